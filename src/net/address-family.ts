import { errorCode, libc } from './libc.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;

/** What the kernel says when it gives no TCP socket for addresses like this one, such as "EAFNOSUPPORT"; null when it gives one. */
export function familyRefusal(ip: string): string | null {
  if (libc === null) return null;
  const fd = libc.socket(ip.includes(':') ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errorCode();
  libc.close(fd);
  return null;
}
