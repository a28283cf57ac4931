import {
  MAX_BUFFER,
  MAX_CLIENT_IPS,
  MAX_CONNECTIONS,
  MAX_FIRST_BYTE_TIMEOUT_MS,
  MAX_HANDSHAKE_TIMEOUT_MS,
  MAX_IDLE_TIMEOUT_MS,
  MAX_REPLAY_ENTRIES,
  MIN_BUFFER,
  MIN_CLIENT_IPS,
  MIN_REPLAY_ENTRIES,
  MIN_TIMEOUT_MS,
} from '../bounds.ts';
import { key, section } from '../key.ts';
import { adaptiveBuffer, duration, size, wholeNumber } from '../types/numbers.ts';

export const limits = section('What the whole process may take.', {
  max_connections: key(wholeNumber(0, MAX_CONNECTIONS), {
    default: 0,
    reload: 'live',
    doc: 'Sessions at once. 0: from the memory and file limits (60 % of memory at 48 KB a session, two open files each). When all are taken, connections that have proved nothing make room for new ones.',
  }),
  max_connections_per_ip: key(wholeNumber(0, MAX_CONNECTIONS, 'zero-unlimited'), {
    default: 0,
    reload: 'live',
    doc: 'Sessions at once from one IPv4 address or IPv6 /64. Connections of it that have proved nothing make room for its new ones. 0: no limit; of silent ones 1,024 may stand all the same.',
  }),
  to_client_buffer: key(adaptiveBuffer(MIN_BUFFER, MAX_BUFFER, MAX_CONNECTIONS), {
    default: [8192, 20, 65536],
    reload: 'live',
    doc: 'Downlink buffers as [low, sessions margin, high] (TO_CLT_BUFSIZE). A session starts with high, or with low when more sessions are open than the margin. One that moves bulk grows step by step to high, with memory to spare to 1 MB, and shrinks back; low for all while memory is short.',
  }),
  to_telegram_buffer: key(size(MIN_BUFFER, MAX_BUFFER), {
    default: 32768,
    reload: 'live',
    doc: 'Uplink buffers (TO_TG_BUFSIZE) that a session starts with. They grow with memory to spare as those of the downlink do.',
  }),
  replay_entries: key(wholeNumber(MIN_REPLAY_ENTRIES, MAX_REPLAY_ENTRIES), {
    default: 4096,
    reload: 'live',
    doc: 'Handshakes remembered to refuse their repetition (REPLAY_CHECK_LEN).',
  }),
  client_ips: key(wholeNumber(MIN_CLIENT_IPS, MAX_CLIENT_IPS), {
    default: 1024,
    reload: 'live',
    doc: 'Client addresses remembered (CLIENT_IPS_LEN).',
  }),
  first_byte_timeout: key(duration(MIN_TIMEOUT_MS, MAX_FIRST_BYTE_TIMEOUT_MS), {
    default: '300s',
    reload: 'live',
    doc: 'Time until the first byte; phones open sockets ahead of use.',
  }),
  handshake_timeout: key(duration(MIN_TIMEOUT_MS, MAX_HANDSHAKE_TIMEOUT_MS), {
    default: '10s',
    reload: 'live',
    doc: 'Time from the first byte until the client has proved its secret.',
  }),
  idle_timeout: key(duration(MIN_TIMEOUT_MS, MAX_IDLE_TIMEOUT_MS, 'or-zero'), {
    default: '5m',
    reload: 'live',
    doc: 'Time without a byte in either direction. 0: no limit.',
  }),
});
