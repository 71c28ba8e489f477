import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCommandLine } from './cli-options.js';

const packageFolder = join(import.meta.dirname, '..');
let folder: string;
let cli: string;

/** The command runs as it is published: compiled, in a folder of its own. */
beforeAll(async () => {
  mkdirSync(join(packageFolder, 'node_modules'), { recursive: true });
  folder = mkdtempSync(join(packageFolder, 'node_modules', '.cli-spec-'));
  const compiler = join(packageFolder, '../../node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [
    compiler,
    '-p',
    join(packageFolder, 'tsconfig.build.json'),
    '--outDir',
    join(folder, 'dist'),
    '--declaration',
    'false',
    '--sourceMap',
    'false',
  ]);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  cli = join(folder, 'dist/cli.js');
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

function run(
  args: string[],
  env: Record<string, string> = {},
  whenReady?: (pid: number, out: string) => void,
) {
  return new Promise<Outcome>((resolve) => {
    const child = spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...env } });
    const outcome: Outcome = { code: null, out: '', err: '' };
    child.stdout.on('data', (chunk) => {
      outcome.out += String(chunk);
      if (outcome.out.includes('Ctrl+C')) whenReady?.(child.pid ?? 0, outcome.out);
    });
    child.stderr.on('data', (chunk) => (outcome.err += String(chunk)));
    child.on('close', (code) => resolve({ ...outcome, code }));
  });
}

describe('upbond-emulator', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'prints what to paste, and stops on %s',
    async (signal) => {
      const { code, out, err } = await run(['--port', '0'], {}, (pid) => process.kill(pid, signal));
      expect(err).toBe('');
      expect(code).toBe(0);
      expect(out).toMatch(/UPBOND_DOMAIN=http:\/\/localhost:\d+\n/);
      expect(out).toContain('UPBOND_CLIENT_ID=demo\n');
      expect(out).toContain('UPBOND_CLIENT_SECRET=demo-secret-of-the-emulator-only\n');
      expect(out).toContain('UPBOND_REDIRECT_URI=http://localhost:3000/auth/callback\n');
    },
  );

  it('says help and version', async () => {
    expect((await run(['--help'])).out).toContain('--no-issuer-slash');
    expect((await run(['--version'])).out.trim()).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('takes clients and users from JSON files', async () => {
    const clients = join(mkdtempSync(join(tmpdir(), 'emulator-')), 'clients.json');
    writeFileSync(clients, '[{"clientId":"shop","redirectUris":["https://shop.test/cb"]}]');
    const { out } = await run(['--port', '0', '--clients', clients], {}, (pid) =>
      process.kill(pid),
    );
    expect(out).toContain('UPBOND_CLIENT_ID=shop');
    expect(out).not.toContain('UPBOND_CLIENT_SECRET');
  });

  it('fails with a sentence: busy port', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => void blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const { code, err } = await run(['--port', String(port)]);
    blocker.close();
    expect(code).toBe(1);
    expect(err).toContain('already in use');
    expect(err).not.toContain('    at ');
  });

  it.each([
    ['bad JSON', ['--users', 'package.json.txt']],
    ['unknown flag', ['--nonsense']],
    ['bad algorithm', ['--signing-alg', 'none']],
    ['bad port', ['--port', 'abc']],
  ])('fails with a sentence: %s', async (_name, args) => {
    const file = join(mkdtempSync(join(tmpdir(), 'emulator-')), 'broken.json');
    writeFileSync(file, '[{');
    const { code, err } = await run(args.map((arg) => (arg === 'package.json.txt' ? file : arg)));
    expect(code).toBe(1);
    expect(err).toMatch(/^upbond-emulator: .+\n$/);
  });

  it('refuses production', async () => {
    const { code, err } = await run(['--port', '0'], { NODE_ENV: 'production' });
    expect(code).toBe(1);
    expect(err).toContain('--allow-production');
  });
});

describe('the command line', () => {
  it('switches each habit', () => {
    const args = [
      '--signing-alg=ES256',
      '--access-token=rfc9068',
      '--no-issuer-slash',
      '--no-discovery',
    ];
    const more = ['--no-nonce', '--no-sid', '--no-iss', '--no-rotation', '--end-session'];
    expect(parseCommandLine([...args, ...more])).toMatchObject({
      port: 4400,
      habits: {
        signingAlg: 'ES256',
        accessTokenProfile: 'rfc9068',
        issuerTrailingSlash: false,
        discovery: false,
        nonce: false,
        sid: false,
        issInAuthorizationResponse: false,
        refreshTokenRotation: false,
        endSessionEndpoint: true,
      },
    });
  });
});
