import { dlopen, FFIType, ptr } from 'bun:ffi';
import { utf8 } from '../../src/kit/bytes.ts';

/*
 * bun without-ipv6.ts PROGRAM ARGUMENT...
 *
 * Becomes another program, for which the kernel has no IPv6 (EAFNOSUPPORT), as one booted with ipv6.disable=1.
 */

const PR_SET_SECCOMP = 22;
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_MODE_FILTER = 2;
const AF_INET6 = 10;
const EAFNOSUPPORT = 97;
const SOCKET_CALLS: Partial<Record<NodeJS.Architecture, number>> = { x64: 41, arm64: 198 };

// Instructions of the kernel's packet filter: code u16, jump if true u8, if false u8, operand u32.
const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const CALL_NUMBER_OFFSET = 0;
const FIRST_ARGUMENT_OFFSET = 16;
const RETURN_ERROR = 0x0005_0000;
const RETURN_ALLOW = 0x7fff_0000;
const INSTRUCTION_BYTES = 8;

function instruction(code: number, ifTrue: number, ifFalse: number, operand: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(INSTRUCTION_BYTES));
  bytes.setUint16(0, code, true);
  bytes.setUint8(2, ifTrue);
  bytes.setUint8(3, ifFalse);
  bytes.setUint32(4, operand, true);
  return new Uint8Array(bytes.buffer);
}

const filter = Buffer.concat([
  instruction(LOAD_WORD, 0, 0, CALL_NUMBER_OFFSET),
  instruction(JUMP_IF_EQUAL, 0, 3, SOCKET_CALLS[process.arch] ?? -1),
  instruction(LOAD_WORD, 0, 0, FIRST_ARGUMENT_OFFSET),
  instruction(JUMP_IF_EQUAL, 0, 1, AF_INET6),
  instruction(RETURN, 0, 0, RETURN_ERROR | EAFNOSUPPORT),
  instruction(RETURN, 0, 0, RETURN_ALLOW),
]);
const { symbols } = dlopen('libc.so.6', {
  prctl: { args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64], returns: FFIType.i32 },
  execv: { args: [FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
});
// sock_fprog: how many instructions, and where they are.
const program = BigUint64Array.of(BigInt(filter.length / INSTRUCTION_BYTES), BigInt(ptr(filter)));
const isLocked =
  symbols.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) === 0 &&
  symbols.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ptr(program), 0, 0) === 0;
const words = process.argv.slice(2).map((word) => utf8(`${word}\0`));
const [path] = words;
const pointers = [...words.map((word) => ptr(word)), 0].map(BigInt);
if (isLocked && path !== undefined) symbols.execv(ptr(path), ptr(BigUint64Array.from(pointers)));
console.error('the program cannot be run without IPv6');
process.exit(1);
