// test/microservice.e2e-spec.ts
import type { AddressInfo, Server } from 'node:net';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { createUpbondTesting } from 'nestjs-upbond-auth/testing';
import { firstValueFrom } from 'rxjs';
import { AppModule } from '../src/app.module.js';
import { OrdersMessages } from '../src/orders.messages.js';

const TCP = { transport: Transport.TCP, options: { port: 0 } } as const;

it('lists orders for the sender of a packet', async () => {
  const upbond = await createUpbondTesting();
  const builder = Test.createTestingModule({ imports: [AppModule], controllers: [OrdersMessages] });
  const service = (await upbond.override(builder).compile()).createNestMicroservice(TCP);
  await service.listen();
  const { port } = service.unwrap<Server>().address() as AddressInfo;
  const client = ClientProxyFactory.create({ ...TCP, options: { port } });
  const metadata = await upbond.asUser({ sub: 'ann', scopes: ['read:orders'] }).bearer();
  client.setOnDispatchHook((packet) => void Object.assign(packet, { metadata }));
  expect(await firstValueFrom(client.send('orders.list', {}))).toEqual([{ owner: 'ann' }]);
  await Promise.all([client.close(), service.close()]);
});
