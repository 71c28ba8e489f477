// @ts-check
import session from 'express-session';
import { sessionContender } from '../express-session.mjs';

export default () => sessionContender(new session.MemoryStore());
