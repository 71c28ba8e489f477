// test/refused.e2e-spec.ts
import { Test } from '@nestjs/testing';
import { createUpbondTesting } from 'nestjs-upbond-auth/testing';
import request from 'supertest';
import { AppModule } from '../src/app.module.js';

it('refuses tokens that are not for it', async () => {
  const upbond = await createUpbondTesting();
  const builder = Test.createTestingModule({ imports: [AppModule] });
  const app = (await upbond.override(builder).compile()).createNestApplication();
  const client = request((await app.init()).getHttpServer());
  const ann = upbond.asUser({ sub: 'ann', scopes: ['read:orders'] });
  for (const user of [ann.expired(), ann.forAudience('urn:other'), ann.unsigned()]) {
    const headers = await user.bearer();
    await client.get('/orders').set(headers).expect(401);
  }
  await app.close();
});
