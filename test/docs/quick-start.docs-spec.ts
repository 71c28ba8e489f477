import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { packages } from '../../scripts/packages.mjs';
import { freePort } from '../support/ports.js';
import { UserAgent } from '../support/user-agent.js';
import { readDocument, shownFile } from './markdown.js';
import { ROOT } from './root.js';

// The quick start of the README as a newcomer follows it: in an application that the Nest CLI has just
// made, with the packages as they would be published. The commands and the files are the README's own;
// only the names of the packages become tarballs, and the ports become free ones.

const README = readDocument(ROOT, 'README.md');
const STEPS = README.blocks.filter(({ isQuickStart }) => isQuickStart);
const LOGIN_TEST = README.blocks.find(({ text }) => shownFile(text)?.startsWith('test/'));
const SERVERS = ['npx upbond-emulator', 'npm start'];

const folder = mkdtempSync(join(tmpdir(), 'quick-start-'));
const application = join(folder, 'my-app');
const running: ChildProcess[] = [];
const output: string[] = [];

let port: number;
let emulatorPort: number;

/** Neither this repository's commands nor its variables: a terminal of somebody else. */
function terminal(): NodeJS.ProcessEnv {
  const ours = /^(UPBOND_|npm_|VITEST|NODE_ENV$|NODE_OPTIONS$|TEST$|INIT_CWD$)/i;
  const environment = Object.entries(process.env).filter(([name]) => !ours.test(name));
  const path = (process.env.PATH ?? '').split(':').filter((entry) => !entry.startsWith(ROOT));
  const npm = { npm_config_audit: 'false', npm_config_prefer_offline: 'true' };
  const own = { PATH: path.join(':'), PORT: String(port), CI: '1' };
  return { ...Object.fromEntries(environment), ...npm, ...own };
}

function run(command: string, cwd = application, variables: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', command], {
    cwd,
    env: { ...terminal(), ...variables },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command}\n${stdout}\n${stderr}`);
  return stdout + stderr;
}

/** Starts a server, and resolves when it says that it is ready. */
async function start(command: string, ready: RegExp): Promise<void> {
  const child = spawn('sh', ['-c', command], {
    cwd: application,
    env: terminal(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk.toString();
      output.push(chunk.toString());
      if (ready.test(printed)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`${command} ended (${code}):\n${printed}`)));
  });
}

function packTarballs(): Record<string, string> {
  run('node scripts/build-packages.mjs', ROOT);
  const pack = `npm pack --silent --ignore-scripts --pack-destination ${folder}`;
  return Object.fromEntries(
    packages.map(({ name, directory }) => [name, join(folder, run(pack, directory).trim())]),
  );
}

/** What a newcomer types, with tarballs for names and free ports for the usual ones. */
function adapted(text: string, tarballs: Record<string, string> = {}): string {
  const install = (line: string) =>
    Object.entries(tarballs).reduce(
      (one, [name, file]) => one.replace(new RegExp(`(?<=\\s)${name}(?=\\s|$)`), file),
      line,
    );
  return text
    .split('\n')
    .map((line) => (line.startsWith('npm install') ? install(line) : line))
    .join('\n')
    .replaceAll('localhost:3000', `localhost:${port}`)
    .replaceAll('localhost:4400', `localhost:${emulatorPort}`);
}

function write(block: { readonly text: string }): void {
  const file = join(application, shownFile(block.text) ?? '');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${block.text}\n`);
}

/** The demo client, at the port that this run has. */
function emulatorClients(): string {
  const client = {
    clientId: 'demo',
    clientSecret: 'demo-secret-of-the-emulator-only',
    redirectUris: [`http://localhost:${port}/auth/callback`],
    postLogoutRedirectUris: [`http://localhost:${port}/`],
  };
  const file = join(folder, 'clients.json');
  writeFileSync(file, JSON.stringify([client]));
  return file;
}

describe('the quick start of the README', () => {
  let installed: string;

  beforeAll(async () => {
    port = await freePort();
    emulatorPort = await freePort();
    const nest = join(ROOT, 'node_modules', '.bin', 'nest');
    run(`${nest} new my-app --skip-git --skip-install --package-manager npm`, folder);
    const tarballs = packTarballs();
    const commands = STEPS.filter(
      ({ language, text }) => language === 'sh' && !SERVERS.includes(text),
    );
    // What the CLI would have installed before comes with the first of these commands
    installed = commands.map(({ text }) => run(adapted(text, tarballs))).join('\n');
    for (const block of STEPS.filter(({ language }) => language === 'ts')) write(block);
    const emulator = `${SERVERS[0]} --port ${emulatorPort} --clients ${emulatorClients()}`;
    await start(emulator, /is ready/);
    await start(SERVERS[1] ?? '', /successfully started/);
  }, 300_000);

  afterAll(async () => {
    const ended = running.map((child) => new Promise((resolve) => child.once('close', resolve)));
    // Each runs in a process group of its own
    for (const { pid } of running) if (pid) process.kill(-pid);
    await Promise.all(ended);
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  it('has the steps that this test follows', () => {
    expect(STEPS.map(({ language, text }) => shownFile(`${text}\n`) ?? language)).toEqual([
      'sh',
      'sh',
      'src/profile.controller.ts',
      'src/app.module.ts',
      'sh',
      'sh',
    ]);
    expect(STEPS.slice(-2).map(({ text }) => text)).toEqual(SERVERS);
    expect(LOGIN_TEST).toBeDefined();
  });

  it('ends with the profile of Hanako Yamada, and signs her out again', async () => {
    const browser = new UserAgent();
    const profile = `http://localhost:${port}/profile`;
    expect((await browser.request(profile)).status).toBe(401);

    let page = await browser.navigate(profile);
    expect(page.url).toMatch(`http://localhost:${emulatorPort}/`);
    page = await click(browser, page, 'Hanako Yamada');
    page = await click(browser, page, 'Allow');
    expect(page.url).toBe(profile);
    expect(JSON.parse(page.body)).toEqual({
      sub: expect.stringMatching(/^did:key:/),
      name: 'Hanako Yamada',
      email: 'hanako@example.com',
    });

    const answer = await browser.submit(page, '/auth/logout');
    expect(answer.status).toBe(200);
    expect((await browser.request(profile)).status).toBe(401);
  });

  it("brings a test that passes with the application's own test command", () => {
    write(LOGIN_TEST!);
    // Nothing has to listen there: the test follows the redirect itself
    const variables = { UPBOND_REDIRECT_URI: 'http://localhost:3000/auth/callback' };
    const command = `npm run test:e2e -- ${shownFile(LOGIN_TEST!.text)}`;
    expect(run(command, application, variables)).toMatch(/2 passed/);
  });

  it('adds no engine warning', () => {
    const warnings = [...installed.matchAll(/package: '([^']+)@[^@']+'/g)].map(([, name]) => name);
    const nest = /^(@angular-devkit\/|@nestjs\/(schematics|cli)$|commander$|file-type$|cookie$)/;
    expect(warnings.filter((name) => !nest.test(name ?? ''))).toEqual([]);
  });

  it('leaves types that stand on their own, without skipLibCheck', () => {
    const uses = packages.map(({ name }) => `export * from '${name}';`).join('\n');
    // One deliberate mistake shows that the compiler ran
    writeFileSync(join(application, 'types.mts'), `${uses}\nexport const one: string = 1;\n`);
    const compile = 'npx tsc --noEmit --ignoreConfig --strict --skipLibCheck false';
    const { stdout } = spawnSync(
      'sh',
      ['-c', `${compile} --module nodenext --target es2023 --types node types.mts`],
      { cwd: application, env: terminal(), encoding: 'utf8' },
    );
    const ours = packages.map(({ name }) => `node_modules/${name}/`);
    const lines = stdout.split('\n').filter((line) => /error TS/.test(line));
    const own = (line: string) =>
      line.startsWith('types.mts') || ours.some((path) => line.startsWith(path));
    expect(lines.filter(own)).toEqual([expect.stringContaining('types.mts(3,14)')]);
  });

  it('works from CommonJS', () => {
    const script = `const { UpbondAuthModule, UpbondGuard } = require('nestjs-upbond-auth');
      const { startUpbondEmulator } = require('upbond-emulator');
      console.log(typeof UpbondAuthModule.forRoot, typeof UpbondGuard.for, typeof startUpbondEmulator);`;
    writeFileSync(join(application, 'consumer.cjs'), script);
    expect(run('node --throw-deprecation consumer.cjs')).toContain('function function function');
  });

  it('leads to no complaint of the started programs but the one that it announces', () => {
    const lines = stripVTControlCharacters(output.join('')).split('\n');
    // The machine's own npm settings are nobody's fault here
    const complaints = lines
      .filter((line) => /error|warn|deprecat/i.test(line))
      .filter((line) => !line.startsWith('npm warn Unknown'));
    expect(complaints).toEqual([expect.stringMatching(/WARN \[UpbondAuth\] .*sharedMemory/)]);
    expect(README.lines.join('\n')).toMatch(/[Bb]oot warns that.*sharedMemory/s);
  });
});

/** Presses a button of a page, as its form says. */
async function click(browser: UserAgent, page: { body: string; url: string }, name: string) {
  const forms = [...page.body.matchAll(/<form[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => form);
  const form = forms.find((one) => one.includes(name)) ?? '';
  const button = [...form.matchAll(/<button[^>]*>[\s\S]*?<\/button>/g)].find(([one]) =>
    one.includes(name),
  )?.[0];
  if (!button) throw new Error(`no button "${name}" at ${page.url}:\n${page.body}`);
  const inputs = [...form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => input);
  const fields = [...inputs, button].flatMap((tag) => {
    const field = attribute(tag, 'name');
    return field === undefined ? [] : [[field, attribute(tag, 'value') ?? ''] as const];
  });
  const action = attribute(form, 'action') ?? page.url;
  const answer = await browser.submit(
    page as Parameters<UserAgent['submit']>[0],
    action,
    Object.fromEntries(fields),
  );
  return browser.follow(answer);
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&');
}
