import { once } from 'node:events';
import { createServer } from 'node:net';

/** Fails with one sentence when the example cannot listen, before anything else is started. */
export async function requireFreePort(port: number): Promise<void> {
  const probe = createServer();
  try {
    await once(probe.listen(port), 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(
      `The example cannot listen on port ${port}: it is already in use. Stop what listens there, or choose another port: PORT=${port + 1} npm start`,
      { cause: error },
    );
  }
  await new Promise((resolve) => probe.close(resolve));
}
