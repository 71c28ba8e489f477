// test/fastify.e2e-spec.ts
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { createUpbondTesting } from 'nestjs-upbond-auth/testing';
import { AppModule } from '../src/app.module.js';

it('lists orders for those who may read them', async () => {
  const upbond = await createUpbondTesting();
  const builder = Test.createTestingModule({ imports: [AppModule] });
  const module = await upbond.override(builder).compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  await app.init();
  const headers = await upbond.asUser({ sub: 'ann', scopes: ['read:orders'] }).bearer();
  const answer = await app.inject({ url: '/orders', headers });
  expect(answer.json()).toEqual([{ owner: 'ann' }]);
  await app.close();
});
