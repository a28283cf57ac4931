import { WORKER_COMMAND } from '../daemon/workers/worker-command.ts';
import { type Command, type CommandOption, countOption, type OptionValues, textOption } from './command.ts';

const MAX_DEMO_SECONDS = 86_400;
const MAX_DEMO_CLIENTS = 5_000; // each holds descriptors at both ends

const config: CommandOption = {
  type: 'string',
  value: 'FILE',
  doc: 'configuration file (default: petrel.toml, if there is one)',
};
const dataDir: CommandOption = { type: 'string', value: 'DIR', doc: 'folder for what Petrel keeps' };

const run: Command = {
  name: 'run',
  summary: 'run the proxy; the first start makes a user and prints the links',
  operands: [],
  options: {
    config,
    port: { type: 'string', value: 'PORT', doc: 'port that clients connect to' },
    listen: { type: 'string', value: 'ADDRESS', multiple: true, doc: 'address to listen on; may be repeated' },
    'data-dir': dataDir,
    profile: { type: 'string', value: 'NAME', doc: 'set of defaults: lowres or standard' },
    'log-level': { type: 'string', value: 'LEVEL', doc: 'debug, info, warn or error' },
  },
  examples: [
    ['petrel run', 'settings from petrel.toml, .env and the environment'],
    ['petrel run --port 443', 'clients connect to port 443'],
    ['petrel run --listen 127.0.0.1 --port 8443', 'only from this machine, to try it out'],
    ['petrel run --config /etc/petrel/petrel.toml', 'settings from another file'],
  ],
  run: async (values, _, terminal) => (await import('./run.ts')).run(configFlags(values), terminal),
};

const demo: Command = {
  name: 'demo',
  summary: 'run against a simulated Telegram with simulated clients; needs no network',
  operands: [],
  options: {
    seconds: { type: 'string', value: 'N', doc: 'how long the clients stay' },
    clients: { type: 'string', value: 'N', doc: 'how many clients there are' },
  },
  examples: [
    ['petrel demo', '60 clients for 20 seconds'],
    ['petrel demo --clients 500 --seconds 60', 'more of them, for longer'],
  ],
  run: async (values, _, terminal) => {
    const seconds = countOption(values, 'seconds', MAX_DEMO_SECONDS);
    const clients = countOption(values, 'clients', MAX_DEMO_CLIENTS);
    const { demo } = await import('./demo.ts');
    return demo({ ...(seconds && { seconds }), ...(clients && { clients }) }, terminal);
  },
};

const link: Command = {
  name: 'link',
  summary: "print users' links, secrets and QR code",
  operands: ['[USER]'],
  options: {
    config,
    'data-dir': dataDir,
    svg: { type: 'string', value: 'FILE', doc: 'write the QR code to FILE as an SVG picture' },
    qr: { type: 'boolean', doc: 'draw the QR code even when the output is no terminal' },
  },
  examples: [
    ['petrel link', 'links of all users'],
    ['petrel link alice', "one user's links and QR code"],
    ['petrel link alice --svg alice.svg', 'the QR code as a picture to send'],
  ],
  run: async (values, [user], terminal) => {
    const { link } = await import('./link.ts');
    const { keptOfUsers } = await import('../daemon/stored-users.ts');
    const options = { user, svgFile: textOption(values, 'svg'), drawQr: values['qr'] === true };
    return link({ ...options, flags: configFlags(values) }, terminal, keptOfUsers);
  },
};

const secret: Command = {
  name: 'secret',
  summary: 'print a new secret',
  operands: [],
  options: {
    domain: { type: 'string', value: 'DOMAIN', doc: 'make it an ee secret that fronts DOMAIN' },
  },
  examples: [
    ['petrel secret', 'for USER1_SECRET, or for users.NAME.secret in petrel.toml'],
    ['petrel secret --domain www.example.org', 'for a proxy whose tls.domain is www.example.org'],
  ],
  run: async (values, _, terminal) => (await import('./secret.ts')).secret(textOption(values, 'domain'), terminal),
};

const doctor: Command = {
  name: 'doctor',
  summary: 'check all that Petrel needs and explain; exit 1 when a check fails',
  operands: [],
  options: {
    config,
    port: { type: 'string', value: 'PORT', doc: 'port that clients connect to' },
    'data-dir': dataDir,
    domain: { type: 'string', value: 'DOMAIN', doc: 'say only whether DOMAIN can be fronted, and why not' },
    site: { type: 'string', value: 'HOST:PORT', doc: 'where its site is (default: where the configuration says)' },
    json: { type: 'boolean', doc: 'print the report as JSON' },
  },
  examples: [
    ['petrel doctor', 'find out why clients do not connect'],
    ['petrel doctor --domain www.example.org', 'say whether it can be fronted'],
    ['petrel doctor --domain www.example.org --site 127.0.0.1:8443', 'the same, where the site is here'],
    ['petrel doctor --json', 'the report for scripts'],
  ],
  run: async (values, _, terminal) => {
    const { doctor } = await import('./doctor.ts');
    const [domain, site] = [textOption(values, 'domain'), textOption(values, 'site')];
    return doctor({ domain, site, json: values['json'] === true, flags: configFlags(values) }, terminal);
  },
};

const status: Command = {
  name: 'status',
  summary: 'show the figures of the running proxy and its warning signs',
  operands: [],
  options: {
    watch: { type: 'boolean', doc: 'show them again every two seconds, until Ctrl-C' },
    json: { type: 'boolean', doc: 'print all figures as JSON' },
    config,
    'data-dir': dataDir,
  },
  examples: [
    ['petrel status', 'a look at the running proxy'],
    ['petrel status --watch', 'the same, every two seconds'],
    ['petrel status --json', 'every figure, for scripts'],
  ],
  run: async (values, _, terminal) => {
    const { status } = await import('./status.ts');
    const options = { watch: values['watch'] === true, json: values['json'] === true };
    return status({ ...options, flags: configFlags(values) }, terminal);
  },
};

const health: Command = {
  name: 'health',
  summary: 'exit 0 when the running proxy serves, for health checks',
  operands: [],
  options: { config, 'data-dir': dataDir },
  examples: [
    ['petrel health', 'exit code 0 when it serves, 1 when it does not'],
    ['petrel health --data-dir /var/lib/petrel', 'the proxy that keeps its data in that folder'],
  ],
  run: async (values, _, terminal) => (await import('./health.ts')).health(configFlags(values), terminal),
};

/** The commands in the order of the help text. */
export const commands: readonly Command[] = [run, link, secret, status, doctor, health, demo];

/** Commands by which Petrel starts itself: they stand in no help text. */
export const innerCommands: readonly Command[] = [
  {
    name: WORKER_COMMAND,
    summary: 'serve as one of several processes',
    operands: [],
    options: {},
    examples: [],
    run: async () => (await import('./worker.ts')).work(),
  },
];

/** Commands that are planned and answer that they are not available yet. */
export const plannedCommands: readonly string[] = ['user', 'import'];

/** What other programs call these commands. */
export const otherWords: ReadonlyMap<string, string> = new Map([
  ['start', 'run'],
  ['serve', 'run'],
  ['check', 'doctor'],
  ['test', 'doctor'],
  ['qr', 'link'],
  ['url', 'link'],
  ['keygen', 'secret'],
  ['top', 'status'],
]);

function configFlags(values: OptionValues): Record<string, string | readonly string[]> {
  const given = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || typeof value === 'boolean' ? [] : [[name, value] as const],
  );
  return Object.fromEntries(given);
}
