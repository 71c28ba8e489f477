// test/graphql-ws.e2e-spec.ts
import { Test } from '@nestjs/testing';
import { createClient } from 'graphql-ws';
import { createUpbondTesting } from 'nestjs-upbond-auth/testing';
import { WebSocket } from 'ws';
import { AppModule } from '../src/app.module.js';
import { GraphqlModule } from '../src/orders.graphql.js';

it('queries orders over a WebSocket', async () => {
  const upbond = await createUpbondTesting();
  const builder = Test.createTestingModule({ imports: [AppModule, GraphqlModule] });
  const app = (await upbond.override(builder).compile()).createNestApplication();
  await app.listen(0);
  const connectionParams = await upbond.asUser({ sub: 'ann', scopes: ['read:orders'] }).bearer();
  const url = `${await app.getUrl()}/graphql`.replace('http', 'ws');
  const client = createClient({ url, connectionParams, webSocketImpl: WebSocket });
  const answer = await client.iterate({ query: '{ orders }' }).next();
  expect(answer.value).toEqual({ data: { orders: ['an order of ann'] } });
  await app.close();
});
