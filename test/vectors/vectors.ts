import { readFileSync } from 'node:fs';
import type { Framing } from '../../src/wire/framing/framing.ts';

/** One obfuscated2 header and both directions after it; all byte fields are hexadecimal. */
export interface HeaderVector {
  name: string;
  transport: Framing;
  dc: number;
  secret: string | null;
  header_plain: string;
  header_wire: string;
  header_sender_encrypt_key: string;
  header_sender_encrypt_iv: string;
  header_sender_decrypt_key: string;
  header_sender_decrypt_iv: string;
  sender_to_receiver_plain: string;
  sender_to_receiver_wire: string;
  receiver_to_sender_plain: string;
  receiver_to_sender_wire: string;
}

export interface SecretVector {
  kind: 'plain' | 'dd' | 'ee';
  raw: string;
  key16: string;
  domain: string | null;
  hex: string;
  hex_upper: string;
  base64url_nopad: string;
  base64: string;
  link_tg: string;
  link_https: string;
  link_tg_b64: string;
}

export interface FastModeVector {
  transport: Framing;
  dc: number;
  secret: string;
  client_header_plain: string;
  client_header_wire: string;
  proxy_to_client_key: string;
  proxy_to_client_iv: string;
  dc_header_plain: string;
  dc_header_wire: string;
  dc_to_proxy_plain: string;
  dc_to_proxy_wire_equals_proxy_to_client_wire: string;
  client_to_proxy_plain: string;
  client_to_proxy_wire: string;
  proxy_to_dc_wire: string;
}

export interface FrameVector {
  transport: Framing;
  payload_len: number;
  quick_ack: boolean;
  padding_len: number;
  /** For `labelled`; padding has the label "pad". */
  payload_label: string;
  header: string;
  /** Not given for long frames. */
  wire: string | null;
  wire_sha256: string;
  payload_len_after_strip: number;
}

export interface HelloVector {
  name: string;
  client_hello: string;
  total_len: number;
  hmac_full: string;
  random_field: string;
  session_id: string;
  timestamp: number;
  sni: string;
}

export interface FlightVector {
  name: string;
  client_hello: string;
  cipher: string;
  group: string;
  server_share: string;
  server_hello_record_len: number;
  encrypted_record_len: number;
  encrypted_record_label: string;
  server_random: string;
  flight: string;
}

export interface ProxyHeaderVector {
  version: 1 | 2;
  name: string;
  wire: string;
  expect: 'use' | 'keep-peer' | 'reject';
  src: string | null;
  src_port: number | null;
}

/** The sections for the client side of the proxy; made by a generator of its own, independent of this code. */
export interface Vectors {
  meta: { secret: string; domain: string };
  secrets_and_links: { valid: SecretVector[]; invalid: { text: string; why: string }[] };
  obfuscated2: {
    client_to_proxy: HeaderVector[];
    proxy_to_dc: HeaderVector[];
    wrong_secret: { header_wire: string; secret_tried: string };
    reserved_first_bytes_plain_tcp: { first8: string; legal: boolean }[];
  };
  fast_mode: FastModeVector[];
  framing: {
    frames: FrameVector[];
    quick_ack_response: {
      token_u32: number;
      abridged_wire: string;
      intermediate_wire: string;
      padded_wire_bare: string;
      padded_wire_frame_no_extra: string;
      padded_wire_frame_one_extra_word: string;
      padded_nop_frame_no_extra: string;
      padded_nop_frame_one_extra_word: string;
    };
    transport_error_frames: {
      code: number;
      payload: string;
      abridged: string;
      intermediate: string;
      padded_no_pad: string;
    }[];
    invalid_headers: { transport: Framing; wire: string; why: string }[];
  };
  fake_tls: {
    secret: string;
    domain: string;
    timestamp: number;
    client_hellos: HelloVector[];
    rejects: {
      name: string;
      patch?: { offset: number; xor: string };
      secret?: string;
      hmac_ok: boolean;
      timestamp_seen?: number;
    }[];
    restamped: { of: string; client_hello: string; timestamp_seen: number; replay_key_16: string };
    fragmented_hello: { wire: string; first_record_len: number; reassembled_equals: string };
    server_flights: FlightVector[];
    data_phase: {
      client_first_bytes: string;
      client_first_bytes_split_header: string;
      inner_header_plain: string;
      inner_transport: Framing;
      inner_dc: number;
      inner_frame_plain: string;
      inner_payload_after_strip_len: number;
      server_frame_plain: string;
      server_wire_record_size_1425: string;
    };
  };
  proxy_protocol: ProxyHeaderVector[];
}

/** Test vectors for the wire; sections are named as in the protocol notes. */
export const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as Vectors;

/** The generator's pseudo-random bytes: SHA-256 of label and block number, block after block. */
export function labelled(label: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let block = 0; 32 * block < length; block++) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(block);
    const digest = new Bun.CryptoHasher('sha256').update(label).update(number).digest();
    bytes.set(digest.subarray(0, Math.min(32, length - 32 * block)), 32 * block);
  }
  return bytes;
}
