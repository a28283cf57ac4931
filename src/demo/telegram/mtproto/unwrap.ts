import { unzipSync } from 'node:zlib';
import { TL } from './names.ts';
import { TlReader } from './tl-reader.ts';

const MAX_UNPACKED_BYTES = 4 << 20;
const MAX_JSON_DEPTH = 16;
const HAS_PROXY = 1 << 0;
const HAS_PARAMS = 1 << 1;

/**
 * Takes a request out of its wrappers: gzip_packed, invokeWithLayer, initConnection, invokeWithoutUpdates, invokeAfterMsg(s).
 *
 * @returns the innermost request, constructor first: a view, or fresh bytes when it was packed
 */
export function unwrapRequest(request: Uint8Array): Uint8Array {
  const reader = new TlReader(request);
  switch (reader.int()) {
    case TL.gzipPacked:
      return unwrapRequest(unpack(reader.string()));
    case TL.invokeWithLayer:
      reader.int();
      return unwrapRequest(reader.rest());
    case TL.invokeWithoutUpdates:
      return unwrapRequest(reader.rest());
    case TL.invokeAfterMsg:
      reader.long();
      return unwrapRequest(reader.rest());
    case TL.invokeAfterMsgs:
      reader.longs();
      return unwrapRequest(reader.rest());
    case TL.initConnection:
      skipClientDescription(reader);
      return unwrapRequest(reader.rest());
    default:
      return request;
  }
}

/** The contents of a gzip_packed object, which some clients fill with bare zlib data; empty when damaged or too long. */
export function unpack(packed: Uint8Array): Uint8Array {
  try {
    return unzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch {
    return new Uint8Array(0); // answered like any request that is not known
  }
}

function skipClientDescription(reader: TlReader): void {
  const flags = reader.int();
  reader.int(); // api_id
  for (let i = 0; i < 6; i++) reader.string(); // models, versions, languages
  if (flags & HAS_PROXY) {
    reader.int();
    reader.string();
    reader.int();
  }
  if (flags & HAS_PARAMS) skipJson(reader, MAX_JSON_DEPTH);
}

function skipJson(reader: TlReader, depth: number): void {
  if (depth === 0) return;
  switch (reader.int()) {
    case TL.jsonBool:
      reader.int();
      return;
    case TL.jsonNumber:
      reader.raw(8);
      return;
    case TL.jsonString:
      reader.string();
      return;
    case TL.jsonArray:
      skipEach(reader, () => skipJson(reader, depth - 1));
      return;
    case TL.jsonObject:
      skipEach(reader, () => skipJsonField(reader, depth));
      return;
    default: // jsonNull has no fields; anything else is not JSON and leaves the request unknown
  }
}

function skipJsonField(reader: TlReader, depth: number): void {
  reader.int();
  reader.string();
  skipJson(reader, depth - 1);
}

function skipEach(reader: TlReader, skip: () => void): void {
  reader.int(); // Vector
  const count = reader.int();
  for (let i = 0; i < count && !reader.isShort; i++) skip();
}
