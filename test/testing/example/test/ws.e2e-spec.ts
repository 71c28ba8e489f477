// test/ws.e2e-spec.ts
import { once } from 'node:events';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { withUpbondAuth } from 'nestjs-upbond-auth';
import { createUpbondTesting } from 'nestjs-upbond-auth/testing';
import { WebSocket } from 'ws';
import { AppModule } from '../src/app.module.js';
import { OrdersGateway } from '../src/orders.gateway.js';

it('lists orders over ws', async () => {
  const upbond = await createUpbondTesting();
  const builder = Test.createTestingModule({ imports: [AppModule], providers: [OrdersGateway] });
  const app = (await upbond.override(builder).compile()).createNestApplication();
  app.useWebSocketAdapter(withUpbondAuth(app, new WsAdapter(app)));
  await app.listen(0);
  const headers = await upbond.asUser({ sub: 'ann', scopes: ['read:orders'] }).bearer();
  const socket = new WebSocket((await app.getUrl()).replace('http', 'ws'), { headers });
  socket.once('open', () => socket.send('{"event":"list"}'));
  expect(await once(socket, 'message')).toEqual([Buffer.from('[{"owner":"ann"}]'), false]);
  await app.close();
});
