import type { default as Provider } from 'oidc-provider';
import type { EmulatorConfig } from './config.js';
import type { UpbondEmulatorCounters } from './counters.js';
import { UpbondEmulatorError } from './errors.js';
import type { SigningAlgorithm, UpbondEmulatorHabits } from './habits.js';
import { loadProvider } from './load-provider.js';
import { handleLogout } from './logout.js';
import { configurationOf } from './provider-configuration.js';
import type { ProviderParts } from './provider-configuration.js';
import { responseHabits } from './response-habits.js';

export function issuerOf(publicUrl: URL, habits: UpbondEmulatorHabits): string {
  return habits.issuerTrailingSlash ? `${publicUrl.origin}/` : publicUrl.origin;
}

function algorithmsIn(
  { clients }: EmulatorConfig,
  habits: UpbondEmulatorHabits,
): SigningAlgorithm[] {
  const asked = [habits.signingAlg, ...clients.map((client) => client.idTokenSigningAlg)];
  return asked.filter((alg): alg is SigningAlgorithm => alg !== undefined && alg !== 'HS256');
}

/** oidc-provider looks at a client when it is first used; a mistake is told at the start instead. */
async function checkClients(provider: Provider, config: EmulatorConfig): Promise<void> {
  for (const { clientId } of config.clients) {
    try {
      await provider.Client.find(clientId);
    } catch (cause) {
      const { error_description: description } = cause as { error_description?: string };
      const message = `Client ${clientId}: ${description ?? String(cause)}.`;
      throw new UpbondEmulatorError('invalid_options', message, { cause });
    }
  }
}

function addLogout(
  provider: Provider,
  config: EmulatorConfig,
  counters: UpbondEmulatorCounters,
): void {
  provider.use(async (ctx, next) => {
    if (ctx.path !== '/v2/logout' || ctx.method !== 'GET') return next();
    const { clients, logger } = config;
    await handleLogout(ctx, { provider, clients, counters, logger });
  });
}

/** Habits that oidc-provider has no switch for, applied to what it is about to answer. */
function addHabits(provider: Provider, habits: UpbondEmulatorHabits): void {
  provider.use(responseHabits(habits));
  provider.on('authorization.success', (_ctx, response) => {
    if (!habits.issInAuthorizationResponse) delete response?.['iss'];
  });
  provider.on('grant.success', (ctx) => {
    const body = ctx.body as Record<string, unknown>;
    const isRefresh = ctx.oidc.params?.['grant_type'] === 'refresh_token';
    if (isRefresh && !habits.refreshTokenRotation) delete body['refresh_token'];
  });
}

/** oidc-provider tells a refusal from another only by this text. */
const REUSED = 'refresh token already used';

function addReuseCounter(provider: Provider, counters: UpbondEmulatorCounters): void {
  provider.on('grant.error', (_ctx, { error_detail: detail }) => {
    if (detail === REUSED) counters.refreshTokenReuses += 1;
  });
}

const refusals = ['authorization', 'grant', 'revocation', 'userinfo'].map(
  (name) => `${name}.error`,
);

function addLogger(provider: Provider, { logger }: EmulatorConfig): void {
  const events: NodeJS.EventEmitter = provider;
  for (const event of [...refusals, 'server_error']) {
    events.on(event, (_ctx, error: Error & { error_description?: string }) => {
      logger(`Refused: ${error.message} (${error.error_description ?? 'no description'})`);
    });
  }
  // With a listener of ours Koa does not print the stack itself.
  events.on('error', (error) => logger(`A request failed: ${String(error)}`));
}

/** Builds oidc-provider with the habits of Login 3.0. */
export async function buildProvider(
  parts: ProviderParts,
  counters: UpbondEmulatorCounters,
): Promise<Provider> {
  const { config, habits, keys, publicUrl } = parts;
  // The two slow things of a start, at the same time.
  const [{ default: OidcProvider }] = await Promise.all([
    loadProvider(),
    keys.ensure(algorithmsIn(config, habits)),
  ]);
  const provider = new OidcProvider(issuerOf(publicUrl, habits), configurationOf(parts));
  provider.proxy = true;
  addHabits(provider, habits);
  addLogout(provider, config, counters);
  addReuseCounter(provider, counters);
  addLogger(provider, config);
  await checkClients(provider, config);
  return provider;
}
