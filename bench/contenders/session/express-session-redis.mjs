// @ts-check
import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';
import { sessionContender } from '../express-session.mjs';

/** @param {import('../../harness/contender.mjs').Settings} settings */
export default async ({ redisUrl }) => {
  const client = await createClient({ url: redisUrl }).connect();
  return sessionContender(new RedisStore({ client }));
};
