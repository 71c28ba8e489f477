import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import { expect, it } from 'vitest';
import { findLeaks, isSearchable } from './log-search.mjs';

const TOKEN = 'q2W8e4R6t0Y1u3I5o7P9a-S_dFgHjKlZxCvBnM4567890';
const SHORT = 'C2jMLEkCWZnmH4r3';
const ODD = 'a+secret: with/special%characters=ü"&more';
const SECRETS = [
  { kind: 'access_token', value: TOKEN },
  { kind: 'code', value: SHORT },
  { kind: 'client_secret', value: ODD },
];
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What the standard logger of Nest prints. */
function printed(log: (logger: Logger) => void): string[] {
  const lines: string[] = [];
  const write = process.stdout.write;
  process.stdout.write = (text: unknown) => lines.push(...String(text).split('\n')) > 0;
  try {
    log(new Logger('Leaking'));
  } finally {
    process.stdout.write = write;
  }
  return lines;
}

it.each([
  ['whole', `token is ${TOKEN}`, 'access_token'],
  ['in a logger line', printed((logger) => logger.debug({ TOKEN })).join(' '), 'access_token'],
  ['its beginning', TOKEN.slice(0, 24), 'access_token'],
  ['its middle, in a word', `/x?y=${TOKEN.slice(9, 33)}zz`, 'access_token'],
  ['its end', `${TOKEN.slice(-24)}…`, 'access_token'],
  ['in base64', base64(TOKEN), 'access_token'],
  ['in base64 behind one character', base64(`:${TOKEN}`), 'access_token'],
  ['in base64 behind two characters', base64(`a:${TOKEN} and more`), 'access_token'],
  ['in base64url', Buffer.from(ODD).toString('base64url'), 'client_secret'],
  ['a short one', `code=${SHORT}&state=`, 'code'],
  ['a short one in base64', `Basic ${base64(`client:${SHORT}`)}`, 'code'],
  ['with spaces', `it is ${ODD}!`, 'client_secret'],
  ['percent-encoded', `client_secret=${encodeURIComponent(ODD)}`, 'client_secret'],
  ['JSON-escaped', JSON.stringify({ secret: ODD }), 'client_secret'],
])('finds a secret %s', (_, line, kind) => {
  const leaks = findLeaks(['Nest application started', line, 'and more'], SECRETS);
  expect(leaks).toEqual([{ kind, line }]);
});

it('finds every part of 24 characters, and none of 23', () => {
  for (let start = 0; start + 24 <= TOKEN.length; start++) {
    expect(findLeaks([`…${TOKEN.slice(start, start + 24)}…`], SECRETS)).toHaveLength(1);
    expect(findLeaks([`…${TOKEN.slice(start, start + 23)}…`], SECRETS)).toEqual([]);
  }
});

it.each([
  ['a JWT', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'],
  ['a cookie of ours', '__Host-upbond-a1B2c3-s-0=AQx7Vd2mP9qR5tY8'],
  ['a private key', '-----BEGIN RSA PRIVATE KEY-----'],
])('finds %s that nobody recorded', (kind, line) => {
  expect(findLeaks([`got ${line}`], [])).toEqual([{ kind, line: `got ${line}` }]);
});

it.each([
  [TOKEN, true],
  [SHORT, true],
  ['the-client-secret-of-the-test-client', true],
  ['elevenchars', false],
  ['access_denied', false],
  ['x'.repeat(20_000), false],
])('knows whether %s can be looked for', (value, expected) => {
  expect(isSearchable(value)).toBe(expected);
});

it('finds nothing in innocent lines', () => {
  const lines = [
    'Mapped {/auth/callback, GET} route RouterExplorer',
    'id_token_expired: ID token: "exp" claim timestamp check failed',
    '    at HttpGuardService.admit (/libs/upbond-auth/src/guard/http-guard.service.ts:47:40)',
    'the cookie __Host-upbond-a1B2c3-s-0 is too long',
  ];
  expect(findLeaks(lines, SECRETS)).toEqual([]);
});

it.each([
  ['a leaking line', [TOKEN], [TOKEN], 1, 'access_token in: '],
  ['no lines', [], [TOKEN], 1, 'no log lines were captured'],
  ['no secrets', ['a line'], [], 1, 'no secrets were recorded'],
  ['innocent lines', ['a line'], [TOKEN], 0, '1 distinct log lines, 1 distinct secrets'],
])('the check of the suites ends as it should with %s', (_, lines, secrets, status, text) => {
  const folder = mkdtempSync(join(tmpdir(), 'check-logs-'));
  try {
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'logs', 'e2e-1-0.log'), lines.join('\n'));
    const recorded = secrets.map((value) => JSON.stringify(['access_token', value]));
    writeFileSync(join(folder, 'logs', 'e2e-1-0.secrets'), recorded.join('\n'));
    const script = fileURLToPath(new URL('check-logs.mjs', import.meta.url));
    const env = { ...process.env, TEST_OUTPUT: folder };
    const run = spawnSync(process.execPath, [script, 'e2e'], { env, encoding: 'utf8' });
    expect(run.stdout + run.stderr).toContain(text);
    expect(run.status).toBe(status);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
