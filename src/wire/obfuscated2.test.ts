import { describe, expect, test } from 'bun:test';
import { labelled, vectors } from '../../test/vectors/vectors.ts';
import { fromHex, hex, type Random } from '../kit/bytes.ts';
import { CtrCipher } from './ctr.ts';
import {
  buildInitHeader,
  hasKnownTag,
  INIT_HEADER_BYTES,
  isReservedStart,
  openInitHeader,
  replayKeyOfHeader,
} from './obfuscated2.ts';

const { client_to_proxy, proxy_to_dc, wrong_secret, reserved_first_bytes_plain_tcp } = vectors.obfuscated2;
const SECRET = fromHex(vectors.meta.secret);

function keyOf(secret: string | null): Uint8Array | null {
  return secret === null ? null : fromHex(secret);
}

/** Yields the given arrays one after the other. */
function scripted(...rolls: Uint8Array[]): Random {
  let next = 0;
  return () => rolls[Math.min(next++, rolls.length - 1)];
}

describe.each([...client_to_proxy, ...proxy_to_dc])('$name', (vector) => {
  const wire = fromHex(vector.header_wire);
  const secretKey = keyOf(vector.secret);

  test('opens', () => {
    const header = openInitHeader(wire, secretKey);
    expect(header?.framing).toBe(vector.transport);
    expect(header?.dc).toBe(vector.dc);
    expect(hex(header?.downlinkKey.key ?? wire)).toBe(vector.header_sender_decrypt_key);
    expect(hex(header?.downlinkKey.iv ?? wire)).toBe(vector.header_sender_decrypt_iv);
    const plain = header?.uplink.apply(fromHex(vector.sender_to_receiver_wire));
    expect(hex(plain ?? wire)).toBe(vector.sender_to_receiver_plain);
  });

  test('is built from the same noise', () => {
    const plain = fromHex(vector.header_plain);
    const { transport, dc } = vector;
    const sealed = buildInitHeader({ framing: transport, dc, secretKey, random: scripted(plain) });
    expect(hex(sealed.wire)).toBe(vector.header_wire);
    expect(hex(sealed.uplink.apply(fromHex(vector.sender_to_receiver_plain)))).toBe(vector.sender_to_receiver_wire);
    expect(hex(new CtrCipher(sealed.downlinkKey).apply(fromHex(vector.receiver_to_sender_wire)))).toBe(
      vector.receiver_to_sender_plain,
    );
    expect(hex(sealed.downlinkKey.key)).toBe(vector.header_sender_decrypt_key);
  });
});

test.each(client_to_proxy)('the cheap check knows $name by its secret alone', ({ header_wire }) => {
  expect(hasKnownTag(fromHex(header_wire), SECRET)).toBe(true);
  expect(hasKnownTag(fromHex(header_wire), fromHex(wrong_secret.secret_tried))).toBe(false);
});

test('the cheap check carries the counter through all bytes of the IV', () => {
  for (const tail of [
    'fffffffffffffffffffffffffffffffd',
    '0000000000fffffffffffffffffffffe',
    'fffffffffffffffffffffffffffffffc',
  ]) {
    const noise = labelled('carry', INIT_HEADER_BYTES);
    noise.set(fromHex(tail), 40);
    const { wire } = buildInitHeader({
      framing: 'padded',
      dc: 2,
      secretKey: SECRET,
      random: scripted(noise),
      insideTls: true,
    });
    expect(hasKnownTag(wire, SECRET)).toBe(true);
    expect(openInitHeader(wire, SECRET)?.framing).toBe('padded');
  }
});

test('a wrong secret opens nothing', () => {
  expect(openInitHeader(fromHex(wrong_secret.header_wire), fromHex(wrong_secret.secret_tried))).toBeNull();
});

test('a short header opens nothing, bytes behind it change nothing', () => {
  const wire = fromHex(client_to_proxy[0].header_wire);
  expect(openInitHeader(wire.subarray(0, 63), SECRET)).toBeNull();
  expect(hasKnownTag(wire.subarray(0, 63), SECRET)).toBe(false);
  const longer = new Uint8Array(100);
  longer.set(wire);
  expect(openInitHeader(longer, SECRET)?.dc).toBe(2);
  expect(hasKnownTag(longer, SECRET)).toBe(true);
});

test.each(reserved_first_bytes_plain_tcp)('first bytes $first8: legal $legal', ({ first8, legal }) => {
  expect(isReservedStart(fromHex(first8))).toBe(!legal);
});

describe('reserved first bytes', () => {
  const reserved = labelled('reserved', INIT_HEADER_BYTES);
  reserved.set(fromHex('1603010204050607'));
  const free = labelled('free', INIT_HEADER_BYTES);

  test('are rolled again on bare TCP', () => {
    const { wire } = buildInitHeader({ framing: 'abridged', dc: 1, random: scripted(reserved, reserved, free) });
    expect(hex(wire.subarray(0, 56))).toBe(hex(free.subarray(0, 56)));
  });

  test('stand inside TLS', () => {
    const { wire } = buildInitHeader({ framing: 'padded', dc: 1, random: scripted(reserved), insideTls: true });
    expect(hex(wire.subarray(0, 8))).toBe('1603010204050607');
  });

  test('end in an error when the randomness is stuck', () => {
    expect(() => buildInitHeader({ framing: 'padded', dc: 1, random: scripted(reserved) })).toThrow();
  });
});

test('the noise passed in is not changed', () => {
  const noise = Buffer.from(labelled('noise', INIT_HEADER_BYTES));
  const before = hex(noise);
  buildInitHeader({
    framing: 'padded',
    dc: -3,
    random: scripted(noise),
    fastKey: { key: new Uint8Array(32), iv: new Uint8Array(16) },
  });
  expect(hex(noise)).toBe(before);
});

test('the replay key is bytes 8 to 24', () => {
  const wire = Uint8Array.from({ length: INIT_HEADER_BYTES }, (_, i) => i);
  expect(hex(replayKeyOfHeader(wire))).toBe('08090a0b0c0d0e0f1011121314151617');
});

describe.each(vectors.fast_mode)('fast mode, $transport', (vector) => {
  const secretKey = fromHex(vector.secret);
  const client = openInitHeader(fromHex(vector.client_header_wire), secretKey);
  if (client === null) throw new Error('the client header does not open');
  const { framing, dc, downlinkKey, uplink } = client;
  const dcHeader = buildInitHeader({
    framing,
    dc,
    random: scripted(fromHex(vector.dc_header_plain)),
    fastKey: downlinkKey,
  });

  test('the header to the DC carries the reversed downlink key', () => {
    expect(hex(downlinkKey.key)).toBe(vector.proxy_to_client_key);
    expect(hex(downlinkKey.iv)).toBe(vector.proxy_to_client_iv);
    expect(hex(dcHeader.wire)).toBe(vector.dc_header_wire);
  });

  test('key material of the noise does not matter', () => {
    const noise = fromHex(vector.dc_header_plain);
    noise.fill(0x55, 8, 60);
    const again = buildInitHeader({ framing, dc, random: scripted(noise), fastKey: downlinkKey });
    expect(hex(again.wire)).toBe(vector.dc_header_wire);
  });

  test('what the DC sends is what the client expects', () => {
    const wire = vector.dc_to_proxy_wire_equals_proxy_to_client_wire;
    expect(hex(new CtrCipher(dcHeader.downlinkKey).apply(fromHex(wire)))).toBe(vector.dc_to_proxy_plain);
    expect(hex(new CtrCipher(downlinkKey).apply(fromHex(vector.dc_to_proxy_plain)))).toBe(wire);
  });

  test('uplink is decrypted and encrypted again', () => {
    const plain = uplink.apply(fromHex(vector.client_to_proxy_wire));
    expect(hex(plain)).toBe(vector.client_to_proxy_plain);
    expect(hex(dcHeader.uplink.apply(plain))).toBe(vector.proxy_to_dc_wire);
  });
});
