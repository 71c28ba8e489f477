import { NestFactory } from '@nestjs/core';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { INestApplication, Type } from '@nestjs/common';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { freePort } from '../support/ports.js';
import { RedisServer } from '../support/redis-server.js';
import { UserAgent } from '../support/user-agent.js';
import { readDocument, shownFile } from './markdown.js';
import { ROOT } from './root.js';

// The page "your devices" of docs/sessions.md, as it is written there, with a real Redis.

const folder = join(ROOT, 'test-output', 'docs-devices');
const { blocks } = readDocument(ROOT, 'docs/sessions.md');

interface Device {
  readonly id: string;
  readonly isThisDevice: boolean;
  readonly userAgent: string;
}

let url: string;
let redis: RedisServer;
let emulator: UpbondEmulator;
let app: INestApplication;

beforeAll(async () => {
  for (const { text } of blocks) {
    const file = shownFile(text);
    if (!file) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  // Decorators are compiled as the nearest tsconfig.json says that covers a file
  const tsconfig = { extends: join(ROOT, 'tsconfig.json'), include: ['src'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  const port = await freePort();
  url = `http://localhost:${port}`;
  redis = await RedisServer.start();
  emulator = await startUpbondEmulator({
    clients: [{ clientId: 'app', clientSecret: 'secret', redirectUris: [`${url}/auth/callback`] }],
    autoLogin: { email: 'hanako@example.com' },
  });
  const variables = {
    REDIS_URL: redis.url,
    UPBOND_DOMAIN: emulator.url,
    UPBOND_CLIENT_ID: 'app',
    UPBOND_CLIENT_SECRET: 'secret',
    UPBOND_REDIRECT_URI: `${url}/auth/callback`,
    UPBOND_SESSION_SECRET: 'Zk3v9Qm1xT7rW5yB8nC2pL6sD4fG0hJaEuKiRoVt',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const { AppModule } = (await import(join(folder, 'src', 'app.module.ts'))) as {
    AppModule: Type;
  };
  app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(port, '127.0.0.1');
});

afterAll(async () => {
  await app?.close();
  await Promise.all([emulator?.close(), redis?.stop()]);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function signIn(): Promise<UserAgent> {
  const agent = new UserAgent();
  expect(await agent.navigate(`${url}/devices`)).toMatchObject({ status: 200 });
  return agent;
}

async function devices(agent: UserAgent): Promise<Device[]> {
  return JSON.parse((await agent.visit(`${url}/devices`)).body) as Device[];
}

function remove(agent: UserAgent, path: string): Promise<{ readonly status: number }> {
  const headers = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };
  return agent.request(url + path, { method: 'DELETE', headers });
}

describe('your devices, as docs/sessions.md shows them', () => {
  it('are listed, signed out one by one, and all at once', async () => {
    const [here, there] = [await signIn(), await signIn()];
    const listed = await devices(here);
    expect(listed.map(({ isThisDevice }) => isThisDevice).sort()).toEqual([false, true]);
    expect(JSON.stringify(listed)).not.toMatch(/hanako|eyJ/);

    const other = listed.find(({ isThisDevice }) => !isThisDevice)!;
    expect(await remove(here, '/devices/unknown')).toMatchObject({ status: 404 });
    expect(await remove(here, `/devices/${other.id}`)).toMatchObject({ status: 200 });
    expect(await there.request(`${url}/devices`)).toMatchObject({ status: 401 });
    expect(await devices(here)).toHaveLength(1);

    expect(await remove(here, '/devices')).toMatchObject({ status: 200 });
    expect(await here.request(`${url}/devices`)).toMatchObject({ status: 401 });
  });
});
