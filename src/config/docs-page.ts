import { profiles } from './profiles.ts';
import { type DeclaredKey, plainKeys, sections, userKeys } from './schema.ts';
import { tomlValue } from './toml-value.ts';
import { variableName } from './variables.ts';

/** docs/configuration.md: every key as the schema declares it. */
export function docsPage(): string {
  const top = plainKeys.filter(({ section }) => section === null);
  return [
    ...intro(),
    ...sectionLines('Top level', 'What stands before the first table.', top),
    ...sectionLines('[users.NAME]', userDoc(), userKeys),
    ...Object.entries(sections).flatMap(([name, { doc }]) =>
      sectionLines(
        `[${name}]`,
        doc,
        plainKeys.filter(({ section }) => section === name),
      ),
    ),
    ...profileLines(),
    '',
  ].join('\n');
}

function intro(): string[] {
  return [
    '# Configuration',
    '',
    '<!-- Written by `npm run docs` from src/config; a test holds the two together. -->',
    '',
    'Petrel needs no configuration to start. `petrel.example.toml` lists every key with its default.',
    '',
    'Values come from these places; for each key the later one wins:',
    '',
    '1. built-in defaults',
    '2. the profile (`lowres` or `standard`)',
    '3. `petrel.toml` in the working directory, or the file of `--config`',
    '4. `.env` in the working directory',
    '5. the environment',
    '6. flags of `petrel run`: `--port`, `--listen`, `--data-dir`, `--profile`, `--log-level`',
    '',
    'Each of them is checked completely, even where a later one wins. Unknown keys, unknown `PETREL_` variables and bad values',
    'are refused: `petrel` lists all of them with their place, what was expected, what was found and what was most likely meant,',
    'changes nothing and exits with 2. Keys marked *not available yet* are refused with any value but their default.',
    '',
    'What is accepted but most likely a mistake gives a warning in the log, at the start and at each reload, and in `petrel doctor`:',
    'a variable whose name is near one of these (`USER_1_SECRET`, `MTPROTO_PRT`), in the environment as in `.env`; a variable that',
    'stands twice in `.env`; a secret that was made for a domain that is not in `tls.domain`, or for a mode that is off; a user',
    'who has expired.',
    '',
    'A refused reload leaves the running configuration as it is; keys marked *restart* wait for the next start. A reload is also',
    'refused while `petrel.toml` or `.env` is missing or empty although it set something before, and when it would leave no user at',
    'all, so that a file which is just being written removes nobody. A restart has no such caution.',
    '',
    'How values are written:',
    '',
    '- durations: `"500ms"`, `"90s"`, `"5m"`, `"24h"`, `"1h30m"`, `"7d"`, always with a unit',
    '- sizes: `"64KB"`, `"1.5GB"`, `"10 GiB"`, in upper or lower case. 1 KB is 1,024 bytes and the same as 1 KiB, 1 MB is 1,024 KB, and',
    '  so on. A number without a unit is bytes; a quota below 100,000 and a rate below 10,000 need a unit, since `50` hardly means',
    '  50 bytes',
    '- rates: sizes per second, `"2MB"` or `"2MB/s"`; bits (`"10Mbit"`, `"10Mb"`) are refused, and the message says how many bytes they are',
    '- days: `"2026-12-31"`, with or without quotes',
    '- address ranges: `"10.0.0.0/8"` or one address; `"0.0.0.0"` is one address, too, and refused: everybody is `"0.0.0.0/0"` and `"::/0"`',
    '- a list of one may be written as the value alone',
    '- `0`, `"0"` and `""` mean "no limit" or "not set", where the key says so',
    '',
    'Variables: an empty one counts as not set, lists are separated by commas, true and false may be `yes`/`no`,',
    "`on`/`off`, `1`/`0`. The tables below name each key's variable. Where there are two, use one or the other, not both in one place.",
    'In `.env` a line is `NAME=VALUE`, with or without `export` and quotes; `#` starts a comment; nothing is expanded.',
    'Variables that Kubernetes sets for services (`PETREL_SERVICE_HOST`, `METRICS_PORT=tcp://…`) are left alone.',
    '',
  ];
}

function userDoc(): string {
  return (
    'One table a user, named by 1 to 32 letters, digits, "-" or "_". `USER1_SECRET` makes `users.user1`, and so on. ' +
    '`USER_MAX_TCP_CONNS` is `max_connections` of every user whose table does not set it. ' +
    'Secrets that stand in examples are refused.'
  );
}

function sectionLines(title: string, doc: string, keys: readonly DeclaredKey[]): string[] {
  return [
    `## ${title}`,
    '',
    doc,
    '',
    '| key | expects | default | variable | reload | meaning |',
    '|---|---|---|---|---|---|',
    ...keys.map(keyRow),
    '',
  ];
}

function keyRow(declared: DeclaredKey): string {
  const { name, key } = declared;
  const given = key.default === undefined ? '' : code(tomlValue(key.default));
  const notYet = key.notYet === undefined ? '' : ` *Not available yet: ${key.notYet}.*`;
  const cells = [code(name), key.type.expected, given, variables(declared), key.reload, key.doc + notYet];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function variables(declared: DeclaredKey): string {
  const { env, envPort } = declared.key;
  const names = [env, envPort, variableName(declared)].filter((name) => typeof name === 'string');
  return names.map(code).join(' ');
}

function code(text: string): string {
  return `\`${text}\``;
}

function profileLines(): string[] {
  const rows = Object.entries(profiles.standard).map(([path, value]) => {
    const declared = plainKeys.find((key) => key.path === path);
    return `| ${code(path)} | ${code(tomlValue(declared?.key.default))} | ${code(tomlValue(value))} |`;
  });
  return [
    '## Profiles',
    '',
    '`lowres` is the defaults above, made for 1 vCPU / 2 GB. `standard` spends more memory for bigger machines:',
    '',
    '| key | lowres | standard |',
    '|---|---|---|',
    ...rows,
  ];
}
