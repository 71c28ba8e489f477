import { randomBytes } from 'node:crypto';
import {
  startUpbondEmulator,
  UpbondEmulatorError,
  type UpbondEmulatorOptions,
} from 'upbond-emulator';

const USUAL_PORT = 4400;

/** The emulator beside the example. */
export interface EmulatorBeside {
  /** What to tell whoever started the example. */
  readonly notice: string;
  close(): Promise<void>;
}

/**
 * Starts a local Login 3.0 and configures this process to use it. Only main.ts knows of it: the
 * application itself is the same with the real service.
 */
export async function startEmulator(applicationUrl: string): Promise<EmulatorBeside> {
  const clientSecret = randomBytes(32).toString('base64url');
  const redirectUri = `${applicationUrl}/auth/callback`;
  const emulator = await startOnUsualPort({
    clients: [
      {
        clientId: 'example-app',
        clientSecret,
        redirectUris: [redirectUri],
        postLogoutRedirectUris: [`${applicationUrl}/`],
      },
    ],
  });
  Object.assign(process.env, {
    UPBOND_DOMAIN: emulator.url,
    UPBOND_CLIENT_ID: 'example-app',
    UPBOND_CLIENT_SECRET: clientSecret,
    UPBOND_REDIRECT_URI: redirectUri,
    UPBOND_SCOPE: 'openid profile email wallet',
    UPBOND_SESSION_SECRET: randomBytes(48).toString('base64'),
  });
  const notice =
    '  UPBOND_CLIENT_ID is not set, so people sign in at the local emulator:\n' +
    `  ${emulator.url} · no account, no password, nothing leaves this computer.\n\n`;
  return { notice, close: () => emulator.close() };
}

async function startOnUsualPort(options: UpbondEmulatorOptions) {
  try {
    return await startUpbondEmulator({ ...options, port: USUAL_PORT });
  } catch (error) {
    if (!(error instanceof UpbondEmulatorError) || error.code !== 'port_unavailable') throw error;
    return startUpbondEmulator(options);
  }
}
