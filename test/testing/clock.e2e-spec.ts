import { createUpbondTesting, type UpbondTesting } from 'nestjs-upbond-auth/testing';
import { PLATFORMS } from '../support/application.js';
import { ApplicationUnderTest, codeOf, ordersModule } from './fixture.js';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe.each(PLATFORMS)('the clock of a testing kit on %s', (platform) => {
  let upbond: UpbondTesting;
  let application: ApplicationUnderTest;

  beforeAll(async () => {
    upbond = await createUpbondTesting();
    const options = { sessionIdleSeconds: DAY, sessionLifetimeSeconds: 2 * DAY };
    application = await ApplicationUnderTest.start(platform, upbond, ordersModule(options));
  });
  afterEach(() => upbond.clock.reset());
  afterAll(() => application.close());

  it('lets a token expire', async () => {
    const token = await upbond.asUser({ sub: 'ann' }).bearer();
    expect(await application.status('/me', token)).toBe(200);
    upbond.clock.advance(HOUR - 5);
    expect(await application.status('/me', token)).toBe(200);
    upbond.clock.advance(5 + 61);
    const late = await application.ask('/me', token);
    expect([late.status, codeOf(late)]).toEqual([401, 'invalid_token']);
  });

  it('lets a session expire', async () => {
    const session = await upbond.asUser({ sub: 'ann' }).session();
    upbond.clock.advance(DAY - 5);
    expect(await application.status('/me', session)).toBe(200);
    upbond.clock.advance(6);
    const late = await application.ask('/me', session);
    expect([late.status, codeOf(late)]).toEqual([401, 'login_required']);
  });

  it('lets a token become valid', async () => {
    const token = await upbond.asUser({ sub: 'ann' }).notYetValid().bearer();
    expect(await application.status('/me', token)).toBe(401);
    upbond.clock.advance(HOUR);
    expect(await application.status('/me', token)).toBe(200);
  });

  it('goes to any date, and credentials of then are good then', async () => {
    const system = Date.now();
    upbond.clock.set(new Date('2040-02-29T12:00:00Z'));
    const ann = upbond.asUser({ sub: 'ann' });
    const credentials = [await ann.bearer(), await ann.session()];
    for (const one of credentials) expect(await application.status('/me', one)).toBe(200);
    expect(upbond.clock.now()).toBeCloseTo(Date.UTC(2040, 1, 29, 12) / 1000, -1);
    expect(Date.now() - system).toBeLessThan(60_000);
    upbond.clock.reset();
    expect(upbond.clock.now()).toBeCloseTo(Date.now() / 1000, -1);
    expect(await application.status('/me', await ann.bearer())).toBe(200);
  });

  it('refuses what is no time', () => {
    expect(() => upbond.clock.advance(Number.NaN)).toThrow(RangeError);
    expect(() => upbond.clock.set(new Date('tomorrow'))).toThrow(RangeError);
  });
});
