import { key, section } from '../key.ts';
import { fileMode, groupOrNone } from '../types/file-access.ts';

export const listenOptions = section('Of what `listen` names.', {
  unix_mode: key(fileMode(), {
    default: '0660',
    reload: 'restart',
    doc: 'Mode of Unix sockets: whoever may write to the file can connect. "0660": Petrel\'s user and the group of the file.',
  }),
  unix_group: key(groupOrNone(), {
    default: '',
    reload: 'restart',
    doc: "Group of Unix sockets, by name or number, such as the one of the web server that connects. Petrel's user has to be a member of it. Empty: its own group.",
  }),
});
