import { createRemoteJWKSet, jwtVerify } from 'jose';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demoClient } from './clients.js';
import { startUpbondEmulator } from './index.js';
import type { UpbondEmulator } from './index.js';
import { Browser } from './testing/browser.js';
import { login, prepare, refresh } from './testing/login.js';

describe('/v2/logout', () => {
  let emulator: UpbondEmulator;
  const received: string[] = [];
  const application = createServer((request, response) => {
    request.on('data', (chunk) => received.push(String(chunk)));
    request.on('end', () => response.end());
  });

  beforeEach(async () => {
    received.length = 0;
    await new Promise<void>((resolve) => void application.listen(0, '127.0.0.1', resolve));
    const { port } = application.address() as AddressInfo;
    const backchannelLogoutUri = `http://127.0.0.1:${port}/backchannel-logout`;
    emulator = await startUpbondEmulator({ clients: [{ ...demoClient, backchannelLogoutUri }] });
  });
  afterEach(async () => {
    application.closeAllConnections();
    await Promise.all([emulator.close(), new Promise((resolve) => application.close(resolve))]);
  });

  const logoutUrl = (returnTo: string, clientId = 'demo'): string =>
    `${emulator.url}/v2/logout?${new URLSearchParams({ client_id: clientId, returnTo })}`;

  it('ends the session and its grants, and returns', async () => {
    const { browser, tokens } = await login(emulator);
    const answer = await browser.open(logoutUrl('http://localhost:3000/'));
    expect(answer.url.href).toBe('http://localhost:3000/');
    expect(answer.status).toBe(302);
    expect((await refresh(emulator, tokens.refresh_token ?? '')).body['error']).toBe(
      'invalid_grant',
    );
    const silent = await browser.open((await prepare(emulator, { prompt: 'none' })).url);
    expect(silent.query.get('error')).toBe('login_required');
  });

  it('sends a logout token that verifies', async () => {
    const { browser, tokens } = await login(emulator);
    await browser.open(logoutUrl('http://localhost:3000/'));
    expect(received).toHaveLength(1);
    const token = new URLSearchParams(received[0]).get('logout_token') ?? '';
    const jwks = createRemoteJWKSet(new URL(`${emulator.url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, jwks, {
      issuer: emulator.issuer,
      audience: 'demo',
      typ: 'logout+jwt',
    });
    expect(payload.sub).toBe(emulator.users[0]?.sub);
    expect(payload['events']).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} });
    expect(payload['sid']).toBe(JSON.parse(atob(tokens.id_token?.split('.')[1] ?? '')).sid);
    expect(emulator.counters.backchannelLogouts).toBe(1);
  });

  it('ends the session although the application does not answer', async () => {
    const { browser } = await login(emulator);
    application.closeAllConnections();
    await new Promise((resolve) => application.close(resolve));
    const answer = await browser.open(logoutUrl('http://localhost:3000/'));
    expect(answer.url.href).toBe('http://localhost:3000/');
    expect(emulator.counters.backchannelLogouts).toBe(0);
  });

  it('returns without a session as well', async () => {
    const answer = await new Browser().open(logoutUrl('http://localhost:3000/'));
    expect(answer.url.href).toBe('http://localhost:3000/');
  });

  it.each([
    ['another origin', 'https://evil.test/', 'demo'],
    ['another path', 'http://localhost:3000/elsewhere', 'demo'],
    ['an unknown client', 'http://localhost:3000/', 'unknown'],
    ['markup', 'javascript:alert(1)//<script>', 'demo'],
  ])('does not return to %s', async (_name, returnTo, clientId) => {
    const answer = await new Browser().open(logoutUrl(returnTo, clientId));
    expect(answer.status).toBe(400);
    expect(answer.page).toContain('You are signed out');
    expect(answer.page).not.toContain('<script');
  });

  it('shows a page without returnTo', async () => {
    const answer = await new Browser().open(`${emulator.url}/v2/logout`);
    expect(answer.status).toBe(200);
  });
});
