// test/session.e2e-spec.ts
import { Test } from '@nestjs/testing';
import { createUpbondTesting } from 'nestjs-upbond-auth/testing';
import request from 'supertest';
import { AppModule } from '../src/app.module.js';

it('creates orders for those who have signed in today', async () => {
  const upbond = await createUpbondTesting();
  const builder = Test.createTestingModule({ imports: [AppModule] });
  const app = (await upbond.override(builder).compile()).createNestApplication();
  const client = request((await app.init()).getHttpServer());
  const session = await upbond.asUser({ sub: 'ann' }).session();
  await client.post('/orders').set(session).expect(201, { owner: 'ann' });
  upbond.clock.advance(25 * 60 * 60);
  await client.post('/orders').set(session).expect(401);
  await app.close();
});
