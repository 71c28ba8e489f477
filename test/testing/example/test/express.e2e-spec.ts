// test/express.e2e-spec.ts
import { Test } from '@nestjs/testing';
import { createUpbondTesting } from 'nestjs-upbond-auth/testing';
import request from 'supertest';
import { AppModule } from '../src/app.module.js';

it('lists orders for those who may read them', async () => {
  const upbond = await createUpbondTesting();
  const builder = Test.createTestingModule({ imports: [AppModule] });
  const app = (await upbond.override(builder).compile()).createNestApplication();
  const client = request((await app.init()).getHttpServer());
  const ann = await upbond.asUser({ sub: 'ann', scopes: ['read:orders'] }).bearer();
  const bob = await upbond.asUser({ sub: 'bob' }).bearer();
  const { body } = await client.get('/orders').set(ann).expect(200);
  expect(body).toEqual([{ owner: 'ann' }]);
  await client.get('/orders').set(bob).expect(403);
  await app.close();
});
