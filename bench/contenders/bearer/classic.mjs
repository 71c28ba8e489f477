// @ts-check
// What most Nest applications do: @nestjs/passport, passport-jwt and jwks-rsa.
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { passportJwtSecret } from 'jwks-rsa';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { AUDIENCE } from '../../harness/credentials.mjs';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @returns {import('../../harness/contender.mjs').Contender}
 */
export default ({ issuer }) => {
  class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        secretOrKeyProvider: passportJwtSecret({
          jwksUri: `${issuer}/.well-known/jwks.json`,
          cache: true,
          rateLimit: true,
        }),
        issuer,
        audience: AUDIENCE,
        algorithms: ['RS256', 'ES256'],
      });
    }

    /** @param {object} payload */
    validate(payload) {
      return payload;
    }
  }
  return { providers: [JwtStrategy], guards: [AuthGuard('jwt')] };
};
