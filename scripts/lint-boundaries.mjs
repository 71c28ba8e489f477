// The module boundaries of the design, as a lint: `npm run lint` calls it.
//
// 1. A library file without a Nest suffix imports no framework: it can be read and tested alone.
// 2. Folders of libs/upbond-auth depend in one direction, the order of the login flow.
// 3. One file reads the environment.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { packages, root } from './packages.mjs';

const NEST_SUFFIX =
  /\.(module|module-definition|controller|guard|service|strategy|decorator|filter|exception|provider|interceptor|middleware|gateway)\.ts$/;
const FRAMEWORK = /^(@nestjs\/|express(\/|$)|fastify(\/|$)|@fastify\/|passport|rxjs(\/|$))/;

// In the order of the flow: a folder may import only from folders to its left.
const BASE = ['errors', 'options', 'authorization-server'];
/** The HTTP exchange with the browser: its cookies, the seam to the platform, our own pages. */
const BROWSER = ['cookies', 'exchange', 'pages'];
const REQUEST = [...BASE, ...BROWSER];
const FLOW = [...REQUEST, 'tokens', 'authorize', 'session', 'callback'];

/** What each folder of libs/upbond-auth/src may import, besides itself. @type {Record<string, string[]>} */
const MAY_IMPORT = {
  errors: [],
  options: ['errors'],
  'shared-memory': ['errors', 'options'],
  'authorization-server': ['errors', 'options'],
  cookies: ['errors', 'options'],
  exchange: ['errors', 'options', 'cookies'],
  pages: ['errors', 'options', 'cookies', 'exchange'],
  tokens: [...BASE, 'shared-memory', 'cookies'],
  authorize: [...REQUEST, 'tokens'],
  session: [...REQUEST, 'tokens', 'shared-memory'],
  callback: [...REQUEST, 'tokens', 'shared-memory', 'authorize', 'session'],
  decorators: FLOW,
  guard: [...FLOW, 'decorators'],
  sockets: [...FLOW, 'decorators', 'guard'],
  outbound: [...FLOW, 'shared-memory', 'decorators', 'guard'],
  logout: [...FLOW, 'shared-memory'],
  // An entry point that has to begin sessions as a login does
  testing: FLOW,
};
/** A folder that is not a step of the flow is an entry point of its own. */
const ENTRY_POINT = BASE;
/** Contracts that the options mention, known everywhere. */
const SHARED =
  /^(tokens\/token-set|session\/session|session\/store\/session-store|shared-memory\/shared-memory)\.js$/;

/**
 * The problems of one file, each with its fix.
 *
 * @param {string} path relative to libs/, with forward slashes: `upbond-auth/src/guard/challenge.ts`
 * @param {string} text
 * @returns {string[]}
 */
export function boundaryProblems(path, text) {
  const [library = '', , ...parts] = path.split('/');
  const file = parts.join('/');
  if (file.endsWith('.spec.ts')) return [];
  const imports = ts.preProcessFile(text, true, true).importedFiles.map((one) => one.fileName);
  return [
    ...frameworkProblems(file, imports),
    ...(library === 'upbond-auth' ? directionProblems(file, imports) : []),
    ...(library === 'upbond-auth' ? environmentProblems(file, text) : []),
  ];
}

/** @param {string} file @param {string[]} imports */
function frameworkProblems(file, imports) {
  if (NEST_SUFFIX.test(file) || basename(file) === 'index.ts') return [];
  return imports
    .filter((name) => FRAMEWORK.test(name))
    .map(
      (name) =>
        `imports '${name}' but has no Nest suffix: move the wiring to a .service, .guard, … file`,
    );
}

/** @param {string} file @param {string[]} imports */
function directionProblems(file, imports) {
  const from = folderOf(file);
  if (from === '') return testingProblems(imports);
  const allowed = [from, ...(MAY_IMPORT[from] ?? ENTRY_POINT)];
  return imports
    .filter((name) => name.startsWith('.') || name === 'nestjs-upbond-auth')
    .map((name) => (name.startsWith('.') ? join(dirname(file), name) : 'index.js'))
    .filter((target) => !allowed.includes(folderOf(target)) && !SHARED.test(target))
    .map(
      (target) =>
        `imports '${target}', but ${from}/ may import only ${allowed.join(', ')} (design: dependencies point one way)`,
    );
}

/** What is for tests is no part of a running application. @param {string[]} imports */
function testingProblems(imports) {
  return imports
    .filter((name) => name.startsWith('./testing/'))
    .map((name) => `imports '${name}': nothing but nestjs-upbond-auth/testing leads there`);
}

/** @param {string} file */
function folderOf(file) {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
}

/** @param {string} file @param {string} text */
function environmentProblems(file, text) {
  if (/^options\/environment(\.[a-z-]+)?\.ts$/.test(file)) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {string[]} */
  const problems = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (readsEnvironment(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      problems.push(
        `line ${line + 1}: '${node.getText(source)}': only options/environment.* reads the environment`,
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return problems;
}

/** `process.env`, `process['env']`, `const { env } = process`, and Nest's ConfigService. @param {ts.Node} node */
function readsEnvironment(node) {
  if (ts.isPropertyAccessExpression(node)) {
    return node.name.text === 'env' && isProcess(node.expression);
  }
  if (ts.isElementAccessExpression(node)) return isProcess(node.expression);
  if (ts.isVariableDeclaration(node)) {
    return (
      ts.isObjectBindingPattern(node.name) && !!node.initializer && isProcess(node.initializer)
    );
  }
  if (ts.isImportSpecifier(node)) {
    return (node.propertyName ?? node.name).text === 'ConfigService';
  }
  return false;
}

/** @param {ts.Expression} node */
function isProcess(node) {
  return /(^|\.)process$/.test(node.getText());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const libs = join(root, 'libs');
  const files = packages
    .map(({ directory }) => relative(libs, join(directory, 'src')))
    .flatMap((src) =>
      readdirSync(join(libs, src), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(src, file).replaceAll('\\', '/'),
      ),
    )
    .filter((path) => path.endsWith('.ts'))
    .sort();
  const problems = files.flatMap((path) =>
    boundaryProblems(path, readFileSync(join(libs, path), 'utf8')).map(
      (problem) => `${relative(process.cwd(), join(libs, path))}: ${problem}`,
    ),
  );
  for (const problem of problems) console.error(problem);
  console.log(`Module boundaries: ${files.length} files, ${problems.length} problems.`);
  process.exitCode = problems.length > 0 || files.length === 0 ? 1 : 0;
}
