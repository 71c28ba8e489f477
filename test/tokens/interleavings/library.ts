import { readFileSync, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { AccessTokenService } from '../../../libs/upbond-auth/src/outbound/access-token.service.js';
import { LogoutService } from '../../../libs/upbond-auth/src/logout/logout.service.js';
import { RefreshTokenService } from '../../../libs/upbond-auth/src/outbound/refresh-token.service.js';
import { SealedSessions } from '../../../libs/upbond-auth/src/session/sealed-sessions.js';
import { StoredSessions } from '../../../libs/upbond-auth/src/session/store/stored-sessions.js';
import { LocalRecords } from '../../../libs/upbond-auth/src/shared-memory/local-records.js';
import { RefreshCoordinator } from '../../../libs/upbond-auth/src/tokens/refresh-coordinator.js';
import { TokenEndpointRefresh } from '../../../libs/upbond-auth/src/tokens/refresh-grant.js';

/** What is under test. */
export const LIBRARY = {
  AccessTokenService,
  LocalRecords,
  LogoutService,
  RefreshCoordinator,
  RefreshTokenService,
  SealedSessions,
  StoredSessions,
  TokenEndpointRefresh,
};

export type Library = typeof LIBRARY;

const SOURCES = resolve(import.meta.dirname, '../../../libs/upbond-auth/src');

/** One change to a source, which breaks it; the text that it replaces has to be there once. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Sources that import the broken one, the innermost first. */
  readonly through?: readonly string[];
}

/** The library with changed sources: compiled here, with all other modules as they are. */
export async function broken(...changes: readonly Change[]): Promise<Library> {
  const replaced = new Map<string, object>();
  for (const { file } of changes) replaced.set(join(SOURCES, file), {});
  const files = [...new Set(changes.flatMap(({ file, through = [] }) => [file, ...through]))];
  let library: object = LIBRARY;
  for (const file of files) {
    const exported = await compiled(file, changes, replaced);
    replaced.set(join(SOURCES, file), exported);
    library = { ...library, ...exported };
  }
  return library as Library;
}

async function compiled(
  file: string,
  changes: readonly Change[],
  replaced: ReadonlyMap<string, object>,
): Promise<object> {
  const path = join(SOURCES, file);
  const source = changes
    .filter((change) => change.file === file)
    .reduce(changed, readFileSync(path, 'utf8'));
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
    },
  });
  const modules = new Map<string, object>();
  for (const [, name = ''] of outputText.matchAll(/require\("([^"]+)"\)/g)) {
    const target = name.startsWith('.') ? resolve(dirname(path), sourceOf(name)) : name;
    modules.set(
      name,
      replaced.get(target) ?? ((await import(/* @vite-ignore */ target)) as object),
    );
  }
  const module = { exports: {} };
  // oxlint-disable-next-line typescript/no-implied-eval -- the library's own source, changed on purpose
  const run = new Function('require', 'exports', outputText) as (...parts: unknown[]) => void;
  run((name: string) => modules.get(name), module.exports);
  return module.exports;
}

function changed(source: string, { file, from, to }: Change): string {
  if (source.split(from).length === 2) return source.replace(from, () => to);
  throw new Error(`${file} does not have this once any more: ${from}`);
}

function sourceOf(name: string): string {
  return existsSync(name) ? name : name.replace(/\.js$/, '.ts');
}
