import { DEFAULT_INSTANCE } from '../options/instance-names.js';
import type { TestingIdentity } from './testing-claims.js';
import type { TestingClock } from './testing-clock.js';
import type { TestingKeys } from './testing-keys.js';
import { beginSession, type InstanceUnderTest, type SessionHeaders } from './testing-session.js';
import {
  apiIdentifier,
  loginOf,
  signAccessToken,
  signIdToken,
  type TokenDraft,
} from './testing-tokens.js';
import { GOOD, isAboutTokens, TokenVariants, type Variant } from './token-variants.js';

// Types, because an interface does not fit where a client takes headers of any name

/** Header of a request with a bearer token. */
export type BearerHeaders = {
  /** `Bearer`, a space and the access token (RFC 6750 §2.1). */
  readonly authorization: string;
};

/** What a client of socket.io takes as `auth`. */
export type SocketAuth = {
  /** The access token, without a scheme. */
  readonly token: string;
};

/** What the users of a kit share. */
export interface TestingIssuer {
  readonly issuer: string;
  readonly keys: TestingKeys;
  readonly clock: TestingClock;
  /** The instance with this name in the application that was compiled last. */
  readonly instance: (name: string) => InstanceUnderTest | undefined;
}

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
  async socketAuth(): Promise<SocketAuth> {
    return { token: await this.accessToken() };
  }

  /** An access token for the first of the application's `accessTokenAudiences`. */
  async accessToken(): Promise<string> {
    const audience = this.variant.audience ?? apiIdentifier(this.instance().config, this.kit.keys);
    return signAccessToken(this.draft(), audience);
  }

  /** An ID token for the application's client, such as one that is sent by mistake. */
  async idToken(): Promise<string> {
    return signIdToken(this.draft());
  }

  /**
   * The headers of a request with a session. The session is begun as by a login: `onLogin` is asked, and
   * with a `sessionStore` the store has its entry. Of the variants only `expired()` says something here.
   *
   * @throws `UpbondAuthException` as a login does: `login_refused` and `on_login_invalid`, by what `onLogin`
   * returns; `session_too_large`, `session_store_unavailable`
   */
  async session(): Promise<SessionHeaders> {
    const instance = this.instance();
    if (isAboutTokens(this.variant)) {
      throw new Error('session() has no variant but expired(): the others are about tokens.');
    }
    return beginSession(instance, await loginOf(this.draft(), instance.config));
  }

  /** @hidden */
  protected override but(change: Partial<Variant>): this {
    const variant = { ...this.variant, ...change };
    return new TestingUser(this.kit, this.identity, variant, this.name) as this;
  }

  private instance(): InstanceUnderTest {
    const instance = this.kit.instance(this.name);
    if (instance) return instance;
    const call = this.name === DEFAULT_INSTANCE ? 'forRoot()' : `forRoot({ name: '${this.name}' })`;
    throw new Error(
      `No application with UpbondAuthModule.${call} uses this kit: compile one with override(Test.createTestingModule({ … })).compile().`,
    );
  }

  private draft(): TokenDraft {
    const { kit, identity, variant } = this;
    const config = kit.instance(this.name)?.config;
    return { issuer: kit.issuer, keys: kit.keys, now: kit.clock.now(), identity, variant, config };
  }
}
