import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLATFORMS } from '../support/application.js';
import { challengeOf, startBearerApplication, type BearerApplication } from './fixture.js';

const now = () => Math.floor(Date.now() / 1000);

describe.each(PLATFORMS)('a stronger or newer sign-in on %s', (platform) => {
  let app: BearerApplication;

  beforeAll(async () => {
    app = await startBearerApplication(platform);
  });

  afterAll(() => app.close());

  it('a browser is sent to sign in again and comes back to where it was', async () => {
    const agent = await app.signedIn({ auth_time: now() - 4000 });
    app.signsIn({ acr: 'gold', auth_time: now() });
    const answer = await agent.navigate(`${app.url}/step-up?tab=2`);
    expect([answer.status, answer.url]).toEqual([200, `${app.url}/step-up?tab=2`]);
    const { query } = app.server.last('authorize');
    expect([query.get('acr_values'), query.get('max_age')]).toEqual(['gold', '300']);
    // Nothing of it is left, and the next visit needs no sign-in
    expect(await agent.cookieNames(app.url, 'stepUp')).toEqual([]);
    const asked = app.server.count('authorize');
    expect((await agent.navigate(`${app.url}/step-up`)).status).toBe(200);
    expect(app.server.count('authorize')).toBe(asked);
  });

  it('ends with 403 when the new sign-in is no stronger, and can be tried again later', async () => {
    const agent = await app.signedIn();
    const asked = app.server.count('authorize');
    const answer = await agent.navigate(`${app.url}/gold`);
    expect([answer.status, app.server.count('authorize') - asked]).toEqual([403, 1]);
    expect(answer.body).toContain('step_up_failed');
    app.signsIn({ acr: 'gold' });
    expect((await agent.navigate(`${app.url}/gold`)).status).toBe(200);
  });

  it('whoever goes back without signing in is sent again', async () => {
    const agent = await app.signedIn();
    for (let visit = 0; visit < 3; visit++) {
      expect((await agent.visit(`${app.url}/gold`)).status).toBe(302);
    }
  });

  it('a script with a session is told what is needed', async () => {
    const agent = await app.signedIn({ acr: 'gold', auth_time: now() - 4000 });
    const answer = await app.get('/step-up', {}, agent);
    expect([answer.status, challengeOf(answer)]).toEqual([
      401,
      'error="insufficient_user_authentication", acr_values="gold", max_age="300"',
    ]);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect((await app.get('/gold', {}, agent)).status).toBe(200);
  });

  it('auth_time and acr of a token are checked', async () => {
    const status = async (claims: object) =>
      (await app.withToken('/step-up', app.token(claims))).status;
    expect(await status({ acr: 'gold', auth_time: now() })).toBe(200);
    expect(await status({ acr: 'gold', auth_time: now() - 4000 })).toBe(401);
    expect(await status({ acr: 'gold' })).toBe(401);
    expect(await status({ acr: 'silver', auth_time: now() })).toBe(401);
    expect(await status({ acr: 'gold', auth_time: now() + 4000 })).toBe(401);
  });
});
