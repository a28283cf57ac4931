import { dlopen, FFIType } from 'bun:ffi';

/** For the rest of its life this process, started by root, is another user's, in one group only. */
export function become(user: number, group: number): void {
  const { symbols } = dlopen('libc.so.6', {
    setgroups: { args: [FFIType.u64, FFIType.u64], returns: FFIType.i32 },
    setresgid: { args: [FFIType.u32, FFIType.u32, FFIType.u32], returns: FFIType.i32 },
    setresuid: { args: [FFIType.u32, FFIType.u32, FFIType.u32], returns: FFIType.i32 },
  });
  const isDone =
    symbols.setgroups(0, 0) === 0 &&
    symbols.setresgid(group, group, group) === 0 &&
    symbols.setresuid(user, user, user) === 0;
  if (!isDone) throw new Error('only root can become another user');
}
