import { request, type ClientRequest, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import { Controller, Sse, UseGuards, type MessageEvent } from '@nestjs/common';
import { NEVER, concat, of, type Observable } from 'rxjs';
import { CurrentUser, Public, Scopes, SessionService, UpbondGuard } from 'nestjs-upbond-auth';
import { afterEach, describe, expect, it } from 'vitest';
import { CallerEndService } from '../../libs/upbond-auth/src/guard/caller-end.service.js';
import {
  RoutesController,
  startBearerApplication,
  type BearerApplication,
} from '../bearer/fixture.js';
import { PLATFORMS } from '../support/application.js';
import { MovableClock } from '../support/movable-clock.js';
import { UserAgent } from '../support/user-agent.js';
import { until } from '../support/waiting.js';

/** One event with the user, then silence. */
function greet(sub: string | undefined): Observable<MessageEvent> {
  return concat(of({ data: sub ?? 'nobody' }), NEVER);
}

@UseGuards(UpbondGuard)
@Controller('events')
class EventsController {
  @Sse()
  all(@CurrentUser('sub') sub: string) {
    return greet(sub);
  }

  @Public()
  @Sse('open')
  open(@CurrentUser('sub') sub?: string) {
    return greet(sub);
  }

  @Scopes('never:granted')
  @Sse('scope')
  scope() {
    return greet('somebody');
  }
}

/** What browsers send for `new EventSource(url)`. */
const EVENT_SOURCE = {
  accept: 'text/event-stream',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
  'sec-fetch-site': 'same-origin',
};

/** A stream that has answered its first event. */
class OpenStream {
  /** Settles when the server has ended it, however it did. */
  readonly ended: Promise<unknown>;

  private constructor(
    private readonly outgoing: ClientRequest,
    readonly answer: IncomingMessage,
    readonly greeting: string,
  ) {
    this.ended = new Promise((resolve) => answer.once('close', resolve));
    answer.on('error', () => undefined).resume();
  }

  static async open(url: string, headers: Record<string, string>): Promise<OpenStream> {
    const outgoing = request(url, { agent: false, headers: { ...EVENT_SOURCE, ...headers } }).end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    outgoing.on('error', () => undefined);
    let text = '';
    for await (const chunk of answer.iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (text.includes('data: ')) break;
    }
    return new OpenStream(outgoing, answer, /data: (.*)/.exec(text)?.[1] ?? '');
  }

  close(): void {
    this.outgoing.destroy();
  }
}

describe.each(PLATFORMS)('server-sent events on %s', (platform) => {
  let app: BearerApplication;
  const clock = new MovableClock();
  const streams: OpenStream[] = [];

  const start = async () => {
    clock.reset();
    const controllers = [RoutesController, EventsController];
    const options = { sessionIdleSeconds: 3600 };
    app = await startBearerApplication(platform, options, { clock, controllers });
  };

  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    await app.close();
  });

  async function open(path: string, headers: Record<string, string> = {}): Promise<OpenStream> {
    const stream = await OpenStream.open(app.url + path, headers);
    streams.push(stream);
    return stream;
  }

  const cookieOf = async (agent: UserAgent) => ({
    cookie: await agent.cookies.getCookieString(app.url),
  });
  const bearer = async () => ({ authorization: `Bearer ${await app.token()}` });
  const watched = () => app.running.app.get(CallerEndService, { strict: false }).size;

  it('nobody gets 401 and a challenge, and is not sent to log in', async () => {
    await start();
    for (const headers of [EVENT_SOURCE, { accept: 'text/event-stream' }]) {
      const answer = await new UserAgent().request(`${app.url}/events`, { headers });
      expect([answer.status, answer.headers.get('location')]).toEqual([401, null]);
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
    }
  });

  it('a bad token gets 401, and one without the scope 403', async () => {
    await start();
    const headers = { ...EVENT_SOURCE, authorization: 'Bearer bad' };
    expect((await app.get('/events', headers)).status).toBe(401);
    expect((await app.get('/events/scope', { ...EVENT_SOURCE, ...(await bearer()) })).status).toBe(
      403,
    );
  });

  it('a token, a session, and nobody where that is allowed', async () => {
    await start();
    expect((await open('/events', await bearer())).greeting).toBe('did:key:z1');
    const agent = await app.signedIn();
    expect((await open('/events', await cookieOf(agent))).greeting).toBe(app.server.sub);
    expect((await open('/events/open')).greeting).toBe('nobody');
    expect(watched()).toBe(2);
  });

  it('a session is prolonged before the stream begins', async () => {
    await start();
    const agent = await app.signedIn();
    clock.forward(1800);
    const { answer, greeting } = await open('/events', await cookieOf(agent));
    expect([answer.headers['content-type'], greeting]).toEqual([
      'text/event-stream',
      app.server.sub,
    ]);
    const set = answer.headers['set-cookie']?.filter((line) => /Max-Age=[1-9]/i.test(line));
    expect(set).toHaveLength(1);
  });

  const signOut = async (agent: UserAgent) => {
    const headers = { accept: 'application/json', 'sec-fetch-site': 'same-origin' };
    await agent.request(`${app.url}/auth/logout`, { method: 'POST', headers });
  };

  it.each<[string, (agent: UserAgent) => Promise<void> | void]>([
    ['a logout', signOut],
    ['a revocation', () => app.running.app.get(SessionService).revokeAll(app.server.sub)],
    ['the end of the session', () => clock.forward(3601)],
  ])('a stream ends within a second of %s, and cannot begin again', async (_, happen) => {
    await start();
    const agent = await app.signedIn();
    const cookies = await cookieOf(agent);
    const { ended } = await open('/events', cookies);
    await happen(agent);
    const begin = performance.now();
    await ended;
    expect(performance.now() - begin).toBeLessThan(1000);
    expect((await app.get('/events', { ...EVENT_SOURCE, ...cookies })).status).toBe(401);
    expect(watched()).toBe(0);
  });

  it('a stream ends when its token expires, and one of nobody goes on', async () => {
    await start();
    const nobody = await open('/events/open');
    const { ended } = await open('/events', await bearer());
    clock.forward(601);
    await ended;
    expect(nobody.answer.destroyed).toBe(false);
  });

  it('nothing waits for a client that is gone', async () => {
    await start();
    const stream = await open('/events', await bearer());
    expect(watched()).toBe(1);
    stream.close();
    await until(async () => watched() === 0, 'something waits');
  });

  it('nothing waits for a client that went while it was found out who it is', async () => {
    const asked: ((user: object) => void)[] = [];
    const loadTokenUser = () => new Promise<object>((resolve) => asked.push(resolve));
    const controllers = [RoutesController, EventsController];
    app = await startBearerApplication(platform, { loadTokenUser }, { clock, controllers });
    const headers = { ...EVENT_SOURCE, ...(await bearer()) };
    let closed = 0;
    const server = app.running.app.getHttpServer() as Server;
    server.on('connection', (socket) => socket.once('close', () => closed++));
    const outgoing = request(`${app.url}/events`, { agent: false, headers }).end();
    outgoing.on('error', () => undefined);
    await until(async () => asked.length === 1, 'nobody asked');
    outgoing.destroy();
    await until(async () => closed === 1, 'still connected');
    // The guard decides long before this one is answered
    const other = await (async () => {
      const answer = app.get('/me', await bearer());
      await until(async () => asked.length === 2, 'nobody asked');
      for (const resolve of asked) resolve({ sub: 'a' });
      return answer;
    })();
    expect(other.status).toBe(200);
    expect(watched()).toBe(0);
  });
});
