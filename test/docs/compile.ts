import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { shownFile, type CodeBlock, type Document } from './markdown.js';
import { ROOT } from './root.js';

/** A source file that exists only for the compiler. */
export interface Sample {
  readonly file: string;
  readonly text: string;
  /** Where the first line of the text is, for messages. */
  readonly path: string;
  readonly line: number;
}

/** Samples live here as far as the compiler knows, so that packages resolve as in the tests. */
const VIRTUAL = join(ROOT, 'test', 'docs', 'virtual');

/** Blocks that are to be compiled; a block can be exempt only with a reason. */
function compiled({ blocks, path }: Document, problems: string[]): CodeBlock[] {
  return blocks.filter(({ language, info, line }) => {
    if (language !== 'ts' && language !== 'typescript') return false;
    if (info === '') return true;
    if (!/^no-check: \S+( \S+)+/.test(info)) {
      problems.push(`${path}:${line}: "${info}": only "no-check: <reason>" may follow \`\`\`ts`);
    }
    return false;
  });
}

/**
 * The samples of a document. Each block stands alone, beside the files that the document shows: a file
 * of an earlier section is there unless the section shows its own.
 */
export function samplesOf(document: Document): { samples: Sample[]; problems: string[] } {
  const problems: string[] = [];
  const blocks = compiled(document, problems);
  const shown = new Map<string, CodeBlock>();
  for (const block of blocks) {
    const file = shownFile(block.text);
    if (file && !shown.has(file)) shown.set(file, block);
  }
  const samples = [...new Set(blocks.map(({ section }) => section))].flatMap((section) => {
    const directory = join(VIRTUAL, document.path.replace(/\W/g, '_'), String(section));
    const own = blocks.filter((block) => block.section === section);
    const files = new Map([...starterFiles(), ...shown].map(([file, block]) => [file, block]));
    for (const block of own) files.set(shownFile(block.text) ?? `src/line-${block.line}.ts`, block);
    return [...files].map(([file, { text, line }]) => ({
      file: join(directory, file),
      text,
      path: document.path,
      line,
    }));
  });
  return { samples, problems };
}

/** What `nest new` makes and the README does not repeat. */
function starterFiles(): [string, Pick<CodeBlock, 'text' | 'line'>][] {
  const service = 'export class AppService {}';
  const controller = 'export class AppController {}';
  return [
    ['src/app.service.ts', { text: service, line: 1 }],
    ['src/app.controller.ts', { text: controller, line: 1 }],
  ];
}

/** The examples in the TSDoc of a library, with the imports that a reader has to add. */
export function tsdocSamples(library: string): Sample[] {
  const directory = join(ROOT, 'libs', library, 'src');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .sort()
    .flatMap((file) => examplesOf(library, directory, file));
}

function examplesOf(library: string, directory: string, file: string): Sample[] {
  const lines = readFileSync(join(directory, file), 'utf8').split('\n');
  const samples: Sample[] = [];
  for (let index = 0; index < lines.length; index++) {
    if (!/^\s*\* ```ts$/.test(lines[index] ?? '')) continue;
    const end = lines.findIndex((line, at) => at > index && /^\s*\* ```$/.test(line));
    const text = lines.slice(index + 1, end).map((line) => line.replace(/^\s*\* ?/, ''));
    const code = text.join('\n');
    samples.push({
      file: join(VIRTUAL, library, file.replace(/\W/g, '_'), `line-${index + 2}.ts`),
      text: `${importsFor(code)}${code}\nexport {};`,
      path: `libs/${library}/src/${file}`,
      line: index + 2,
    });
    index = end;
  }
  return samples;
}

const NEST_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  '@nestjs/common': ['Controller', 'Get', 'Injectable', 'Module', 'Post', 'UseGuards'],
  '@nestjs/config': ['ConfigModule'],
};

/** One line of imports for the names that an example uses, ours by what the index files export. */
function importsFor(code: string): string {
  const own = (library: string): string[] =>
    [
      ...readFileSync(join(ROOT, 'libs', library, 'src', 'index.ts'), 'utf8')
        .replace(/\/\/.*$/gm, '')
        .matchAll(/\b([A-Z]\w+|start\w+)\b(?=[^'"]*\} from)/g),
    ].map(([, name = '']) => name);
  const sources = {
    ...NEST_IMPORTS,
    'nestjs-upbond-auth': own('upbond-auth'),
    'upbond-emulator': own('upbond-emulator'),
  };
  return Object.entries(sources)
    .map(([from, names]) => [from, names.filter((name) => isUsed(code, name))] as const)
    .filter(([, names]) => names.length > 0)
    .map(([from, names]) => `import { ${names.map(asImport).join(', ')} } from '${from}'; `)
    .join('');
}

function isUsed(code: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(code) && !code.includes(`import { ${name}`);
}

/** Types that decorated methods name must be imported as types. */
function asImport(name: string): string {
  return /^(UpbondUser|UpbondClaims|Session)$/.test(name) ? `type ${name}` : name;
}

/** Type errors of samples, in the words of the compiler, with the place in the document. */
export function typeErrors(samples: readonly Sample[]): string[] {
  const texts = new Map(samples.map((sample) => [sample.file, sample]));
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file)?.text ?? readFile(file);
  host.getSourceFile = (file, language, ...rest) => {
    const sample = texts.get(file);
    return sample
      ? ts.createSourceFile(file, sample.text, language, true)
      : getSourceFile(file, language, ...rest);
  };
  // Directories that are not on disk have to exist for the modules in them
  const directories = new Set(samples.map(({ file }) => dirname(file)));
  const directoryExists = host.directoryExists?.bind(host) ?? (() => true);
  host.directoryExists = (directory) => directories.has(directory) || directoryExists(directory);
  const program = ts.createProgram({ rootNames: [...texts.keys()], options, host });
  return [...texts.values()].flatMap((sample) => {
    const source = program.getSourceFile(sample.file);
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return found.map((diagnostic) => describe(sample, diagnostic));
  });
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  return {
    ...options,
    pathsBasePath: ROOT,
    configFilePath: join(ROOT, 'tsconfig.json'),
    noEmit: true,
    incremental: false,
    declaration: false,
  };
}

function describe(sample: Sample, { messageText, file, start }: ts.Diagnostic): string {
  const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : 0;
  const message = ts.flattenDiagnosticMessageText(messageText, ' ');
  return `${sample.path}:${sample.line + line}: ${message}`;
}
