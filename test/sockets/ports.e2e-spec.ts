import type { Type } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Public } from 'nestjs-upbond-auth';
import { afterEach, describe, expect, it } from 'vitest';
import { CleanUp } from '../support/boot.js';
import { freePort } from '../support/ports.js';
import { COMBINATIONS, protect, SocketScene } from './fixture.js';
import { outcomeOf } from './clients.js';
import type { Library } from './gateways.js';

const clean = new CleanUp();
afterEach(() => clean.clean());

/** Gateways that do not share the port of the application. */
function gatewaysAt(library: Library, port: number): Type[] {
  const at = (name: string) =>
    WebSocketGateway(port, library === 'ws' ? { path: `/${name}` } : { namespace: name });

  @at('closed')
  class ClosedGateway {
    @SubscribeMessage('me')
    me() {
      return { event: 'me', data: {} };
    }
  }

  @Public()
  @at('open')
  class OpenGateway {}

  return [ClosedGateway, OpenGateway];
}

describe.each(COMBINATIONS)('a port of their own on %s with %s', (platform, library) => {
  it('has the same rules', async () => {
    const port = await freePort();
    const setup = { providers: gatewaysAt(library, port), configure: protect(library) };
    const scene = await clean.closing(SocketScene.start(platform, library, {}, setup));
    const url = `http://localhost:${port}`;
    const outcome = async (place: string, credentials = {}) =>
      outcomeOf(library, url, place, credentials);
    expect(await outcome('closed')).toBe('login_required');
    expect(await outcome('closed', await scene.bearer({ aud: 'urn:other' }))).toBe('invalid_token');
    expect(await outcome('closed', await scene.bearer())).toBe('connected');
    expect(await outcome('open')).toBe('connected');
  });

  it('takes the sessions of the application', async () => {
    const port = await freePort();
    const setup = { providers: gatewaysAt(library, port), configure: protect(library) };
    const scene = await clean.closing(SocketScene.start(platform, library, {}, setup));
    const agent = await scene.application.signedIn();
    const outcome = async (headers: Record<string, string> = {}) =>
      outcomeOf(library, `http://localhost:${port}`, 'closed', await scene.cookies(agent, headers));
    expect(await outcome()).toBe('connected');
    expect(await outcome({ origin: `http://localhost:${port}` })).toBe('cross_site_request');
  });
});
