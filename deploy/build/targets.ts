/** A kind of machine that an executable is for. */
export interface Target {
  /** As in the names of files and of `--target`. */
  readonly name: 'x64' | 'arm64';
  readonly bunTarget: Bun.Build.CompileTarget;
  /** The registry's package that holds the runtime for it. */
  readonly runtimePackage: string;
}

export const X64: Target = { name: 'x64', bunTarget: 'bun-linux-x64', runtimePackage: '@oven/bun-linux-x64' };
const ARM64: Target = { name: 'arm64', bunTarget: 'bun-linux-arm64', runtimePackage: '@oven/bun-linux-aarch64' };

export const ALL_TARGETS: readonly Target[] = [X64, ARM64];

/** What `--target` takes. The x64 runtime chooses its instructions at run time: one executable serves CPUs without AVX2 too. */
export const TARGET_NAMES: ReadonlyMap<string, readonly Target[]> = new Map([
  ['x64', [X64]],
  ['x64-baseline', [X64]],
  ['arm64', [ARM64]],
  ['all', ALL_TARGETS],
]);

/** The target that this machine is; null where none is (another system or processor). */
export const thisMachine: Target | null =
  process.platform === 'linux' ? (ALL_TARGETS.find(({ name }) => name === process.arch) ?? null) : null;
