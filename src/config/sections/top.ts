import { MAX_LISTEN_ADDRESSES, MAX_WORKERS } from '../bounds.ts';
import { key } from '../key.ts';
import { hostOrNone, listenAddresses } from '../types/addresses.ts';
import { port, wholeNumber } from '../types/numbers.ts';
import { oneOf, path } from '../types/texts.ts';

export const topKeys = {
  port: key(port('zero-allowed'), {
    default: 8080,
    env: 'MTPROTO_PORT',
    flag: 'port',
    reload: 'restart',
    doc: 'Port that clients connect to. 0 lets the system choose one, for tests.',
  }),
  listen: key(listenAddresses(MAX_LISTEN_ADDRESSES), {
    default: ['0.0.0.0', '::'],
    flag: 'listen',
    reload: 'restart',
    doc: 'Addresses to listen on; "unix:/run/petrel/petrel.sock" is a Unix socket, whose folder has to be there. One of the default addresses that this machine does not have (IPv6 switched off) is left out; one that is written here has to be there.',
  }),
  public_host: key(hostOrNone('public_port'), {
    default: '',
    reload: 'restart',
    doc: 'Host that links name. Empty: the first public address of this machine.',
  }),
  public_port: key(port('zero-allowed'), {
    default: 0,
    reload: 'restart',
    doc: 'Port that links name, where it differs from port. 0: port.',
  }),
  profile: key(oneOf('lowres', 'standard'), {
    default: 'lowres',
    flag: 'profile',
    reload: 'restart',
    doc: 'Set of defaults: lowres for 1 vCPU / 2 GB, standard for bigger machines.',
  }),
  workers: key(wholeNumber(1, MAX_WORKERS), {
    default: 1,
    reload: 'restart',
    doc: 'Processes that share the port: one for each processor of a bigger machine. From 2 on there is one more, which watches over them. Not with Unix sockets.',
  }),
  data_dir: key(path(), {
    default: 'data',
    flag: 'data-dir',
    reload: 'restart',
    doc: 'Folder for what Petrel keeps; relative to the working directory.',
  }),
};
