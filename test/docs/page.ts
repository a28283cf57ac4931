import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export const ROOT = join(import.meta.dir, '../..');
/** What stands in backticks or in a block of code. */
const SPAN = /`([^`\n]+)`/g;
const BLOCK = /^```(\w*)\n([\s\S]*?)^```$/gm;
const LINK = /\]\(([^)\s]+)\)/g;

/** A page of the documentation, taken apart. */
export class Page {
  /** From the root of the checkout. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly { readonly language: string; readonly text: string }[];
  /** What stands in backticks. */
  readonly spans: readonly string[];

  constructor(path: string) {
    this.path = path;
    this.text = readFileSync(join(ROOT, path), 'utf8');
    this.blocks = [...this.text.matchAll(BLOCK)].map(([, language = '', text = '']) => ({ language, text }));
    this.spans = [...this.text.replace(BLOCK, '').matchAll(SPAN)].map(([, span = '']) => span);
  }

  /** Everything that is code, however it stands there. */
  get code(): string[] {
    return [...this.spans, ...this.blocks.flatMap(({ text }) => text.split('\n'))];
  }

  /** Where its links lead, as paths from the root with their anchors; none to other sites. */
  get links(): { readonly file: string; readonly anchor: string }[] {
    const targets = [...this.text.replace(BLOCK, '').matchAll(LINK)].map(([, target = '']) => target);
    return targets
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => {
        const [file = '', anchor = ''] = target.split('#');
        return { file: file === '' ? this.path : normalize(join(dirname(this.path), file)), anchor };
      });
  }

  /** The anchors of its headings, as GitHub makes them. */
  get anchors(): string[] {
    return [...this.text.replace(BLOCK, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
  }
}

/** Every page that people read: those at the root and those in docs. */
export function allPages(): Page[] {
  const pagesIn = (folder: string) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => new Page(join(folder, name)));
  return [...pagesIn('.'), ...pagesIn('docs')];
}
