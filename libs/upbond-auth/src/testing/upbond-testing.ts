import { randomBytes } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import type { UpbondAuthOptions } from '../options/upbond-auth-options.js';
import {
  InstancesUnderTest,
  overrideProviders,
  type OverridableModule,
} from './overrides.provider.js';
import type { TestingIdentity } from './testing-claims.js';
import { TestingClock } from './testing-clock.js';
import { TestingKeys, type TestingAlgorithm } from './testing-keys.js';
import { TestingUser } from './testing-user.js';

/** What {@link createUpbondTesting} takes; all of it is optional. */
export interface UpbondTestingOptions {
  /**
   * Issuer of the tokens, which the application is told to trust.
   * @default 'https://login.test'
   */
  readonly issuer?: string;
  /**
   * How tokens are signed. An RSA key takes up to a second to make.
   * @default 'ES256'
   */
  readonly algorithm?: TestingAlgorithm;
  /**
   * Options that replace those of the application in every instance, such as `accessTokenAudiences`
   * when only the environment of production sets them. `domain`, `issuer` and `endpoints` are the kit's.
   * @default {}
   */
  readonly options?: Omit<UpbondAuthOptions, 'domain' | 'issuer' | 'endpoints'>;
}

/**
 * An authorization server for the tests of one application, in memory: keys of its own, a clock, and
 * users with really signed tokens and really sealed sessions. Made by {@link createUpbondTesting}.
 */
export class UpbondTesting {
  /** Moves the time of the application under test. */
  readonly clock = new TestingClock();
  readonly #instances = new InstancesUnderTest();
  readonly #secret = randomBytes(48).toString('base64');

  /** @hidden {@link createUpbondTesting} makes it. */
  constructor(
    /** The issuer of all tokens. */
    readonly issuer: string,
    private readonly keys: TestingKeys,
    private readonly options: UpbondAuthOptions,
  ) {}

  /** The public keys, for whatever else has to verify the tokens (RFC 7517 §5). */
  get jwks(): JSONWebKeySet {
    return this.keys.jwks;
  }

  /**
   * Makes the application of a testing module take this kit for Login 3.0, in every instance of
   * `UpbondAuthModule` in it. Nothing is asked over the network: the keys come from memory, and every
   * other request to the authorization server fails with `temporarily_unavailable` and is logged.
   *
   * Required settings that neither the application nor the environment has are filled in. Of several
   * applications, users are those of the one that was compiled last.
   *
   * @param module - what `Test.createTestingModule()` of `@nestjs/testing` returned
   * @returns the same builder
   */
  override<Module extends OverridableModule>(module: Module): Module {
    overrideProviders(module, {
      issuer: this.issuer,
      jwks: this.jwks,
      secret: this.#secret,
      options: this.options,
      now: this.clock.now,
      instances: this.#instances,
    });
    return module;
  }

  /**
   * Says who asks.
   *
   * @param identity - the subject, and what it may do
   */
  asUser(identity: TestingIdentity): TestingUser {
    const { issuer, keys, clock } = this;
    const instance = (name: string) => this.#instances.find(name);
    return new TestingUser({ issuer, keys, clock, instance }, identity);
  }
}

/**
 * Makes a kit for the tests of an application, with keys that exist nowhere else.
 *
 * **Security**: a kit changes only the testing module that is handed to {@link UpbondTesting.override}.
 * Importing it does nothing, and no running application can be made to trust it.
 *
 * @param options - other keys than the usual ones, or options for the application
 *
 * @example
 * ```ts
 * import { Test } from '@nestjs/testing';
 * import { createUpbondTesting } from 'nestjs-upbond-auth/testing';
 *
 * @Module({ imports: [UpbondAuthModule.forRoot()] })
 * class AppModule {}
 *
 * const upbond = await createUpbondTesting();
 * const builder = Test.createTestingModule({ imports: [AppModule] });
 * const app = (await upbond.override(builder).compile()).createNestApplication();
 * const headers = await upbond.asUser({ sub: 'ann', scopes: ['read:orders'] }).bearer();
 * ```
 */
export async function createUpbondTesting(
  options: UpbondTestingOptions = {},
): Promise<UpbondTesting> {
  const { issuer = 'https://login.test', algorithm = 'ES256' } = options;
  return new UpbondTesting(issuer, await TestingKeys.generate(algorithm), options.options ?? {});
}
