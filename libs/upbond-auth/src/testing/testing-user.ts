import { isDeepStrictEqual } from 'node:util';
import { DEFAULTS } from '../options/defaults.js';
import { DEFAULT_INSTANCE } from '../options/instance-names.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import {
  accessTokenClaims,
  idTokenClaims,
  timesOf,
  type TestingClient,
  type TestingIdentity,
} from './testing-claims.js';
import type { TestingClock } from './testing-clock.js';
import type { TestingKeys } from './testing-keys.js';
import { beginSession, type InstanceUnderTest, type SessionHeaders } from './testing-session.js';
import { GOOD, TokenVariants, type Variant } from './token-variants.js';

/** Header of a request with a bearer token. */
export interface BearerHeaders {
  /** `Bearer`, a space and the access token (RFC 6750 §2.1). */
  readonly authorization: string;
}

/** What the users of a kit share. */
export interface TestingIssuer {
  readonly issuer: string;
  readonly keys: TestingKeys;
  readonly clock: TestingClock;
  /** The instance with this name in the application that was compiled last. */
  readonly instance: (name: string) => InstanceUnderTest | undefined;
}

/** For tokens that no application of this process is to take. */
const NO_CONFIG = {
  clientId: 'testing',
  rolesClaim: DEFAULTS.rolesClaim,
  permissionsClaim: DEFAULTS.permissionsClaim,
};

/**
 * Somebody who asks in a test. Each credential is made anew when it is asked for, at the time of the
 * kit's clock, and is what the application under test would have got from Login 3.0: really signed, or
 * really sealed.
 *
 * The variants ({@link TokenVariants.expired} and its neighbours) can be chained:
 * `ann.expired().signedWithWrongKey().bearer()`.
 */
export class TestingUser extends TokenVariants {
  /** @hidden `asUser` of the kit makes it. */
  constructor(
    private readonly kit: TestingIssuer,
    private readonly identity: TestingIdentity,
    private readonly variant: Variant = GOOD,
    private readonly name: string = DEFAULT_INSTANCE,
  ) {
    super();
  }

  /**
   * The same user at another instance of the application.
   *
   * @param name - as in `forRoot({ name })`
   */
  forInstance(name: string): TestingUser {
    return new TestingUser(this.kit, this.identity, this.variant, name);
  }

  /**
   * The header of a request with an access token: for supertest, for `inject` of Fastify, for GraphQL
   * over HTTP and over WebSockets (`connectionParams`), and for the upgrade of `ws`.
   */
  async bearer(): Promise<BearerHeaders> {
    return { authorization: `Bearer ${await this.accessToken()}` };
  }

  /** What a client of socket.io takes as `auth`. */
  async socketAuth(): Promise<{ readonly token: string }> {
    return { token: await this.accessToken() };
  }

  /** An access token for the first of the application's `accessTokenAudiences`. */
  async accessToken(): Promise<string> {
    return this.signAccessToken(this.variant.audience ?? this.apiIdentifier());
  }

  /** An ID token for the application's client, such as one that is sent by mistake. */
  async idToken(): Promise<string> {
    return this.sign(this.idClaims());
  }

  /**
   * The headers of a request with a session. The session is begun as by a login: `onLogin` is asked, and
   * with a `sessionStore` the store has its entry. Of the variants only `expired()` says something here.
   *
   * @throws {@link UpbondAuthException} `login_refused` or `on_login_invalid`, when `onLogin` leads to
   * it; `session_too_large`, `session_store_unavailable`
   */
  async session(): Promise<SessionHeaders> {
    const instance = this.kit.instance(this.name);
    if (!instance) throw new Error(noInstance(this.name));
    const { timing, ...others } = this.variant;
    if (timing === 'not yet valid' || !isDeepStrictEqual({ ...GOOD, ...others }, GOOD)) {
      throw new Error('session() has no variant but expired(): the others are about tokens.');
    }
    const { audience = `${this.kit.issuer}/userinfo`, sessionLifetimeSeconds } = instance.config;
    const now = this.kit.clock.now();
    const claims = this.idClaims();
    return beginSession(instance, {
      claims,
      accessToken: await this.signAccessToken(audience),
      idToken: await this.sign(claims),
      scopes: this.identity.scopes ?? [],
      at: timing === 'expired' ? now - sessionLifetimeSeconds - 1 : now,
    });
  }

  protected override but(change: Partial<Variant>): this {
    const variant = { ...this.variant, ...change };
    return new TestingUser(this.kit, this.identity, variant, this.name) as this;
  }

  private apiIdentifier(): string {
    const instance = this.kit.instance(this.name);
    if (!instance) throw new Error(`${noInstance(this.name)} Or say forAudience('…').`);
    const [audience] = instance.config.accessTokenAudiences;
    if (audience !== undefined) return audience;
    throw new Error(
      "The application takes no bearer tokens: its accessTokenAudiences are empty. If the environment sets them elsewhere, say createUpbondTesting({ options: { accessTokenAudiences: ['…'] } }).",
    );
  }

  private signAccessToken(audience: string): Promise<string> {
    return this.sign(accessTokenClaims(this.identity, this.client(), audience, this.times()));
  }

  private idClaims(): UpbondClaims {
    const client = this.client();
    const audience = this.variant.audience ?? client.clientId;
    return idTokenClaims(this.identity, client, audience, this.times());
  }

  private client(): TestingClient {
    const issuer = this.variant.issuer ?? this.kit.issuer;
    const { clientId, rolesClaim, permissionsClaim } =
      this.kit.instance(this.name)?.config ?? NO_CONFIG;
    return { issuer, clientId, rolesClaim, permissionsClaim };
  }

  private times() {
    return timesOf(this.variant.timing, this.kit.clock.now());
  }

  private sign(claims: Readonly<Record<string, unknown>>): Promise<string> {
    return this.kit.keys.sign(claims, this.variant.signature);
  }
}

function noInstance(name: string): string {
  const call = name === DEFAULT_INSTANCE ? 'forRoot()' : `forRoot({ name: '${name}' })`;
  return `No application with UpbondAuthModule.${call} uses this kit: compile one with override(Test.createTestingModule({ … })).compile().`;
}
