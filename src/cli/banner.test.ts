import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { fromHex } from '../kit/bytes.ts';
import { renderBanner, wrap } from './banner.ts';
import { drawQr, qrModules, qrSvg } from './qr.ts';
import { type LinkTarget, userLinks } from './user-links.ts';

const KEY = '46f4c1a6aeb1b0d5a27a4e3b5d5a27a4';
const EXAMPLE_COM = '6578616d706c652e636f6d';
const anna = { name: 'anna', key: fromHex(KEY) };
const target: LinkTarget = {
  host: '2001:db8::1',
  port: 443,
  domain: 'example.com',
  modes: { classic: true, secure: true, tls: true },
};

test('a user has a link for every mode that is on, the preferred first', () => {
  const { links } = userLinks(anna, target);
  expect(links.map(({ kind, tg }) => [kind, tg])).toEqual([
    ['ee', `tg://proxy?server=2001%3Adb8%3A%3A1&port=443&secret=ee${KEY}${EXAMPLE_COM}`],
    ['dd', `tg://proxy?server=2001%3Adb8%3A%3A1&port=443&secret=dd${KEY}`],
    ['plain', `tg://proxy?server=2001%3Adb8%3A%3A1&port=443&secret=${KEY}`],
  ]);
  expect(links[1]).toMatchObject({ hex: `dd${KEY}`, base64Url: '3Ub0waausbDVonpOO11aJ6Q' });
  const only = (modes: Partial<LinkTarget['modes']>) =>
    userLinks(anna, { ...target, modes: { classic: false, secure: false, tls: false, ...modes } }).links.map(
      ({ kind }) => kind,
    );
  expect([only({ tls: true }), only({ secure: true }), only({ classic: true })]).toEqual([['ee'], ['dd'], ['plain']]);
});

test('the banner tells where it listens, the links, the code and the notes', () => {
  const users = [userLinks(anna, { ...target, host: '192.0.2.1', modes: { classic: false, secure: true, tls: true } })];
  const qr = {
    user: 'anna',
    modules: [
      [true, false, true],
      [false, false, true],
      [true, true, true],
    ],
  };
  const banner = { addresses: ['0.0.0.0:443', '[::]:443'], users, qr, notes: ['links name a test address'] };
  expect(renderBanner(banner, { columns: 80, hasColour: false })).toBe(`Listening on 0.0.0.0:443, [::]:443

Links of anna
  fake TLS (ee)
    tg://proxy?server=192.0.2.1&port=443&secret=ee${KEY}${EXAMPLE_COM}
    https://t.me/proxy?server=192.0.2.1&port=443&secret=ee${KEY}${EXAMPLE_COM}
  secure (dd)
    tg://proxy?server=192.0.2.1&port=443&secret=dd${KEY}
    https://t.me/proxy?server=192.0.2.1&port=443&secret=dd${KEY}

▄█ 
   

Note: links name a test address.
`);
});

test('colour only where it is wanted', () => {
  const banner = { addresses: ['x'], users: [userLinks(anna, target)], qr: null, notes: ['n'] };
  expect(renderBanner(banner, { columns: 80, hasColour: false })).not.toContain('\x1b');
  expect(renderBanner(banner, { columns: 80, hasColour: true })).toContain('\x1b[1mLinks of anna\x1b[0m');
});

test('a code wider than the terminal gives way to advice', async () => {
  const qr = { user: 'anna', modules: await qrModules('tg://proxy') };
  const banner = { addresses: [], users: [], qr, notes: [] };
  expect(renderBanner(banner, { columns: 20, hasColour: false })).toMatch(/petrel link\s+anna\s+--svg\s+FILE/);
  expect(renderBanner(banner, { columns: qr.modules.length, hasColour: false })).toContain('█');
});

test('an ordinary ee link fits 80 columns', async () => {
  const [link] = userLinks(anna, { ...target, domain: 'www.cloudflare.com', host: '203.0.113.200' }).links;
  expect((await qrModules(link?.tg ?? '')).length).toBeLessThanOrEqual(80);
});

test('the drawn half blocks hold every module, in both colourings', () => {
  const square = fc.integer({ min: 1, max: 12 }).chain((size) => {
    const row = fc.array(fc.boolean(), { minLength: size, maxLength: size });
    return fc.array(row, { minLength: size, maxLength: size });
  });
  fc.assert(
    fc.property(square, fc.boolean(), (modules, hasColour) => {
      const drawn = drawQr(modules, hasColour).map((line) => line.replace('\x1b[30;107m', '').replace('\x1b[0m', ''));
      const read = modules.map((row, y) =>
        row.map((_, x) => {
          const blocks = y % 2 === 0 ? '▀█' : '▄█';
          return blocks.includes(drawn[y >> 1]?.[x] ?? '') === hasColour;
        }),
      );
      expect(read).toEqual(modules);
    }),
  );
});

test('the SVG picture is one', async () => {
  expect(await qrSvg('tg://proxy')).toMatch(/^<svg [\s\S]*<\/svg>$/);
});

test('wrapped lines fit, and lose no word', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(words, fc.integer({ min: 12, max: 40 }), (list, columns) => {
      const lines = wrap(list.join(' '), columns);
      expect(lines.join(' ')).toBe(list.join(' '));
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    }),
  );
});
