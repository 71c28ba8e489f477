// test/socket-io.e2e-spec.ts
import { IoAdapter } from '@nestjs/platform-socket.io';
import { Test } from '@nestjs/testing';
import { withUpbondAuth } from 'nestjs-upbond-auth';
import { createUpbondTesting } from 'nestjs-upbond-auth/testing';
import { io } from 'socket.io-client';
import { AppModule } from '../src/app.module.js';
import { OrdersGateway } from '../src/orders.gateway.js';

it('lists orders over socket.io', async () => {
  const upbond = await createUpbondTesting();
  const builder = Test.createTestingModule({ imports: [AppModule], providers: [OrdersGateway] });
  const app = (await upbond.override(builder).compile()).createNestApplication();
  app.useWebSocketAdapter(withUpbondAuth(app, new IoAdapter(app)));
  await app.listen(0);
  const auth = await upbond.asUser({ sub: 'ann', scopes: ['read:orders'] }).socketAuth();
  const socket = io(await app.getUrl(), { auth });
  expect(await socket.emitWithAck('list', {})).toEqual([{ owner: 'ann' }]);
  socket.close();
  await app.close();
});
