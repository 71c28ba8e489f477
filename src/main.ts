import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { requireFreePort } from './port.js';

async function bootstrap(): Promise<void> {
  const port = Number(process.env.PORT || 3000);
  const url = `http://localhost:${port}`;
  await requireFreePort(port);
  // Importing AppModule has read .env by now
  const emulator = process.env.UPBOND_CLIENT_ID
    ? undefined
    : await (await import('./emulator.js')).startEmulator(url);

  // Browsers keep connections open, which must not delay the end
  const app = await NestFactory.create(AppModule, { forceCloseConnections: true });
  app.useSecurityHeaders({
    contentSecurityPolicy: {
      // Safari would look for https://localhost
      directives: { styleSrc: "'self'", upgradeInsecureRequests: null },
    },
    // Without a referrer there is no Origin, and older browsers could not prove that a form is ours
    referrerPolicy: { policy: 'same-origin' },
  });
  await app.listen(port);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void Promise.all([app.close(), emulator?.close()]));
  }
  console.log(`\n${emulator?.notice ?? ''}  Open ${url}\n`);
}

bootstrap().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
