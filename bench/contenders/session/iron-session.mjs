// @ts-check
import { getIronSession, sealData } from 'iron-session';
import { guard } from '../../harness/contender.mjs';
import { COOKIE_SECRET } from '../../harness/credentials.mjs';

const OPTIONS = { password: COOKIE_SECRET, cookieName: 'iron' };

/** @returns {import('../../harness/contender.mjs').Contender} */
export default () => ({
  guards: [
    guard(async (request, response) => {
      const { raw = request } = request;
      const session = await getIronSession(raw, response.raw ?? response, OPTIONS);
      request.user = session.user;
      return session.user !== undefined;
    }),
  ],
  mint: (_app, people) =>
    Promise.all(
      people.map(async ({ sub, profile, tokens }) => {
        const sealed = await sealData({ user: { sub, ...profile }, tokens }, OPTIONS);
        return `iron=${sealed}`;
      }),
    ),
});
