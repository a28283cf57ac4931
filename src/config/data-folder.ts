import { resolve } from 'node:path';
import { readText } from '../kit/read-text.ts';
import { defaultsLayer } from './defaults-layer.ts';
import { environmentLayers } from './environment-layer.ts';
import { DEFAULT_FILE, readConfigFile, readDotenvFile } from './files.ts';
import { flagsLayer } from './flags-layer.ts';
import { writtenValue } from './layer.ts';
import type { LoadOptions } from './load.ts';
import { absolutePath } from './types/texts.ts';

const KEY = 'data_dir';
const FIRST_TABLE = /^[ \t]*\[/m;
const ASSIGNMENT = /^[ \t]*data_dir[ \t]*=[ \t]*(?:"([^"\n]*)"|'([^'\n]*)')/m;

/**
 * The data folder that a configuration names, read as well as can be where the rest would be refused: whoever asks a running
 * proxy needs no more than that.
 *
 * @returns an absolute path; null when it names none
 */
export function namedDataFolder({ cwd, configFile, env, flags = {} }: LoadOptions): string | null {
  const { layer } = readConfigFile(cwd, configFile);
  const variables = environmentLayers(readDotenvFile(cwd), env, [defaultsLayer()]);
  const found =
    writtenValue([layer, ...variables, flagsLayer(flags)], KEY) ?? assigned(resolve(cwd, configFile ?? DEFAULT_FILE));
  return typeof found === 'string' && found !== '' ? absolutePath(cwd, found) : null;
}

/** What the line of the key says in a file that may be no TOML. */
function assigned(file: string): string | undefined {
  const [top = ''] = (readText(file) ?? '').split(FIRST_TABLE);
  const [, double, single] = ASSIGNMENT.exec(top) ?? [];
  return double ?? single;
}
