import { join } from 'node:path';

/** Makes every sync of a process to its disk take as long as SLOW_SYNC_MS says. */
const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
static int slowly(const char *name, int fd) {
  const char *text = getenv("SLOW_SYNC_MS");
  long ms = text ? atol(text) : 0;
  struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};
  nanosleep(&pause, NULL);
  return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}
int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
`;

/** What a process has to have in its environment; null where there is no C compiler. */
export async function slowSync(folder: string, ms: number): Promise<Record<string, string> | null> {
  const compiler = Bun.which('cc') ?? Bun.which('gcc');
  if (compiler === null) return null;
  const [source, library] = [join(folder, 'slow-sync.c'), join(folder, 'slow-sync.so')];
  await Bun.write(source, SOURCE);
  const made = Bun.spawn([compiler, '-shared', '-fPIC', '-o', library, source, '-ldl'], { stderr: 'ignore' });
  return (await made.exited) === 0 ? { LD_PRELOAD: library, SLOW_SYNC_MS: String(ms) } : null;
}
