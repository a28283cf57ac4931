import type { FileShelf } from '../file-shelf.ts';
import { configAnswer, nearestDcAnswer } from './config-answer.ts';
import { TL } from './names.ts';
import { TlReader } from './tl-reader.ts';
import { TlWriter } from './tl-writer.ts';
import { unwrapRequest } from './unwrap.ts';

const NOT_SIMULATED = 'METHOD_NOT_SIMULATED';
const OFFSET_AND_LIMIT_BYTES = 8 + 4;

/** What the answers depend on. */
export interface RpcPlace {
  readonly dc: number;
  readonly address: string;
  readonly port: number;
  readonly files: FileShelf;
}

/**
 * Answers one request of the API.
 *
 * @param request as it came, wrappers included
 * @returns the constructor of the innermost request, and the object that goes into `rpc_result`
 */
export function answerRequest(
  request: Uint8Array,
  place: RpcPlace,
  unixSeconds: number,
): { method: number; result: Uint8Array } {
  const body = unwrapRequest(request);
  const reader = new TlReader(body);
  const method = reader.int();
  return { method, result: answer(method, reader, place, unixSeconds) };
}

function answer(method: number, reader: TlReader, place: RpcPlace, unixSeconds: number): Uint8Array {
  switch (method) {
    case TL.bindTempAuthKey:
      return bool(true);
    case TL.getConfig:
      return configAnswer(place.dc, place.address, place.port, unixSeconds);
    case TL.getNearestDc:
      return nearestDcAnswer(place.dc);
    case TL.getFile:
      return readFile(reader.rest(), place.files);
    case TL.saveFilePart:
      return saveFile(reader, place.files, false);
    case TL.saveBigFilePart:
      return saveFile(reader, place.files, true);
    default:
      return rpcError(400, NOT_SIMULATED);
  }
}

/** `upload.getFile`: whatever the location says, the shelf has one file; offset and limit end the request. */
function readFile(request: Uint8Array, files: FileShelf): Uint8Array {
  if (request.length < OFFSET_AND_LIMIT_BYTES) return rpcError(400, 'LIMIT_INVALID');
  const tail = new TlReader(request.subarray(request.length - OFFSET_AND_LIMIT_BYTES));
  const bytes = files.read(Number(tail.long()), tail.int());
  return new TlWriter().int(TL.file).int(TL.fileUnknown).int(0).string(bytes).bytes();
}

function saveFile(reader: TlReader, files: FileShelf, isBig: boolean): Uint8Array {
  const fileId = reader.long();
  const part = reader.int();
  if (isBig) reader.int(); // total number of parts
  const bytes = reader.string();
  if (reader.isShort) return rpcError(400, 'FILE_PART_INVALID');
  return bool(files.save(fileId, part, bytes));
}

function bool(value: boolean): Uint8Array {
  return new TlWriter().int(value ? TL.boolTrue : TL.boolFalse).bytes();
}

function rpcError(code: number, message: string): Uint8Array {
  return new TlWriter().int(TL.rpcError).int(code).string(message).bytes();
}
