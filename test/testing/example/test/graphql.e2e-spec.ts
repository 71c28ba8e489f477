// test/graphql.e2e-spec.ts
import { Test } from '@nestjs/testing';
import { createUpbondTesting } from 'nestjs-upbond-auth/testing';
import request from 'supertest';
import { AppModule } from '../src/app.module.js';
import { GraphqlModule } from '../src/orders.graphql.js';

it('queries orders for those who may read them', async () => {
  const upbond = await createUpbondTesting();
  const builder = Test.createTestingModule({ imports: [AppModule, GraphqlModule] });
  const app = (await upbond.override(builder).compile()).createNestApplication();
  const client = request((await app.init()).getHttpServer());
  const headers = await upbond.asUser({ sub: 'ann', scopes: ['read:orders'] }).bearer();
  const { body } = await client.post('/graphql').set(headers).send({ query: '{ orders }' });
  expect(body).toEqual({ data: { orders: ['an order of ann'] } });
  await app.close();
});
