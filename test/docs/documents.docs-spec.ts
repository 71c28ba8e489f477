import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '../../libs/upbond-auth/src/errors/error-codes.js';
import { DEFAULTS } from '../../libs/upbond-auth/src/options/defaults.js';
import {
  attackProblems,
  brokenLinks,
  errorTableProblems,
  optionTableProblems,
  unknownScripts,
  unknownTests,
} from './checks.js';
import { samplesOf, tsdocSamples, typeErrors } from './compile.js';
import { readDocument } from './markdown.js';
import { optionReference } from './option-reference.js';
import { ROOT } from './root.js';

const ATTACKS = 'test/attacks.e2e-spec.ts';
const DOCUMENTS = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
  'libs/upbond-auth/README.md',
  'libs/upbond-emulator/README.md',
].map((path) => readDocument(ROOT, path));
/** Its code blocks belong to the emulator, whose README leaves out what surrounds them. */
const COMPILED = DOCUMENTS.filter(({ path }) => path !== 'libs/upbond-emulator/README.md');

const fixture = (name: string) => readDocument(ROOT, `test/docs/fixtures/${name}.md`);
const readme = DOCUMENTS.find(({ path }) => path === 'README.md')!;

describe('code blocks', () => {
  it('compile, in every document and in the TSDoc of both packages', () => {
    const documents = COMPILED.map(samplesOf);
    const examples = ['upbond-auth', 'upbond-emulator'].flatMap(tsdocSamples);
    const samples = [...documents.flatMap((document) => document.samples), ...examples];
    expect(documents.flatMap(({ problems }) => problems)).toEqual([]);
    expect(typeErrors(samples)).toEqual([]);
    expect(samples.length).toBeGreaterThan(12);
    expect(examples.length).toBeGreaterThanOrEqual(5);
  });

  it('are found out when they do not compile, or are exempt without a reason', () => {
    const { samples, problems } = samplesOf(fixture('wrong-code'));
    expect(problems).toEqual([
      expect.stringMatching(/wrong-code\.md:\d+: "no-check": only "no-check: <reason>"/),
    ]);
    expect(typeErrors(samples)).toEqual([
      expect.stringMatching(/wrong-code\.md:6: .*'clientIdentifier' does not exist/),
      expect.stringMatching(/wrong-code\.md:10: .*Cannot find module '\.\/nowhere\.js'/),
    ]);
  });
});

describe('the table of options', () => {
  it('says what the source says', () => {
    expect(optionTableProblems(readme)).toEqual([]);
    expect(optionReference().length).toBeGreaterThan(25);
  });

  it('is found out when a row, a variable, a default, a range or a unit is wrong', () => {
    const problems = optionTableProblems(fixture('wrong-options')).join('\n');
    expect(problems).toMatch(/the option sessionSecret is missing/);
    expect(problems).toMatch(/option clientName: does not exist in the source/);
    expect(problems).toMatch(/option clientId: its variable is UPBOND_CLIENT_ID/);
    expect(problems).toMatch(/option redirectUri: required, or not/);
    expect(problems).toMatch(/option deadlineSeconds: its default is 5/);
    expect(problems).toMatch(/option leewaySeconds: its range is 0 to 300/);
    expect(problems).toMatch(/option transactionLifetimeSeconds: its unit is missing/);
  });

  it('says what the TSDoc says, and that says what the code does', () => {
    const documented = new Map(optionReference().map((one) => [one.option as string, one.default]));
    for (const [name, value] of Object.entries(DEFAULTS)) {
      // Routes are below /auth, or below /auth/<name>; well-known ones are not (RFC 8615)
      const [, route] = /^(\w+)Path$/.exec(name) ?? [];
      const text = documented.get(route ? `routes.${route}` : name)?.replace(/[['"\],]/g, '') ?? '';
      const said = Array.isArray(value) ? value.join(' ') : String(value);
      const isBelowAuth = route !== undefined && !said.startsWith('/.well-known/');
      const expected = isBelowAuth ? `/auth${said}` : said;
      expect(`${name}: ${text.slice(0, expected.length)}`).toBe(`${name}: ${expected}`);
    }
  });
});

describe('the table of error codes', () => {
  it('has every code with its status', () => {
    expect(errorTableProblems(readme, ERROR_CODES)).toEqual([]);
  });

  it('is found out when a code is missing, invented or has another status', () => {
    const codes = { one: { status: 400 }, two: { status: 502 }, three: { status: 403 } };
    expect(errorTableProblems(fixture('wrong-codes'), codes)).toEqual([
      expect.stringMatching(/two with status 502 is missing/),
      expect.stringMatching(/three with status 403 is missing/),
      expect.stringMatching(/four does not exist/),
    ]);
  });
});

describe('links', () => {
  it.each(DOCUMENTS.map((document) => [document.path, document] as const))(
    'of %s lead somewhere',
    (_, document) => {
      expect(brokenLinks(ROOT, document)).toEqual([]);
      expect(unknownScripts(ROOT, document)).toEqual([]);
    },
  );

  it('and commands are found out when they lead nowhere', () => {
    const document = fixture('wrong-links');
    expect(brokenLinks(ROOT, document)).toEqual([
      expect.stringMatching(/wrong-links\.md:3: nowhere\.md does not exist/),
      expect.stringMatching(/wrong-links\.md:4: #nothing: no such heading/),
      expect.stringMatching(/wrong-links\.md:5: wrong-code\.md#nothing: no such heading/),
    ]);
    expect(unknownScripts(ROOT, document)).toEqual([expect.stringMatching(/npm run nonsense/)]);
  });
});

describe('the attacks in SECURITY.md', () => {
  it('are the tests of the attack spec, all of them', () => {
    expect(attackProblems(ROOT, readDocument(ROOT, 'SECURITY.md'), ATTACKS)).toEqual([]);
  });

  it('are found out when a test is missing, and when a line has no test', () => {
    const spec = 'test/docs/fixtures/attacks.ts';
    expect(attackProblems(ROOT, fixture('wrong-attacks'), spec)).toEqual([
      expect.stringMatching(/no test "stealing › a purse is refused"/),
      expect.stringMatching(/not listed: "stealing › … is refused"/),
    ]);
  });
});

describe('the tests of what is remembered, in docs/guard.md', () => {
  const TABLES = ['credentials, and who called', 'everything else'];

  it('are in the specs that are named', () => {
    expect(unknownTests(ROOT, readDocument(ROOT, 'docs/guard.md'), TABLES)).toEqual([]);
  });

  it('are found out when there is none, or none of that name', () => {
    expect(unknownTests(ROOT, fixture('wrong-tests'), ['remembered'])).toEqual([
      expect.stringMatching(/no test of a purse/),
      expect.stringMatching(/attacks\.ts has no test "a hat is refused"/),
    ]);
  });
});
