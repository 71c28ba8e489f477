import type { Client, KoaContextWithOIDC, Session, default as Provider } from 'oidc-provider';
import type { UpbondEmulatorClient } from './clients.js';
import type { UpbondEmulatorCounters } from './counters.js';
import { messagePage } from './message-page.js';
import { pageHeaders, pageMarkup } from './page-layout.js';
import type { Page } from './page-layout.js';

type Context = Parameters<Parameters<Provider['use']>[0]>[0];

/** A client as oidc-provider has it; its declaration leaves the sender of logout tokens out. */
type NotifiableClient = Client & { backchannelLogout(sub: string, sid?: string): Promise<void> };

export interface LogoutContext {
  provider: Provider;
  clients: readonly UpbondEmulatorClient[];
  counters: UpbondEmulatorCounters;
  logger: (line: string) => void;
}

async function notify(
  client: Client | undefined,
  session: Session,
  { counters, logger }: LogoutContext,
): Promise<void> {
  if (!client?.backchannelLogoutUri || !session.accountId) return;
  try {
    const sid = session.sidFor(client.clientId);
    await (client as NotifiableClient).backchannelLogout(session.accountId, sid);
    counters.backchannelLogouts += 1;
  } catch (error) {
    logger(`Back-channel logout of ${client.clientId} failed: ${String(error)}`);
  }
}

async function revokeGrant(provider: Provider, grantId: string | undefined): Promise<void> {
  if (grantId === undefined) return;
  const { AccessToken, AuthorizationCode, RefreshToken } = provider;
  await Promise.all(
    [AccessToken, AuthorizationCode, RefreshToken].map((model) => model.revokeByGrantId(grantId)),
  );
  const grant = await provider.Grant.find(grantId);
  await grant?.destroy();
}

/** Ends the session, all its grants, and tells the clients that asked to be told. */
async function endSession(session: Session, context: LogoutContext): Promise<void> {
  const { provider } = context;
  const authorizations = Object.entries(session.authorizations ?? {});
  await Promise.all(
    authorizations.map(async ([clientId, { grantId }]) => {
      await notify(await provider.Client.find(clientId), session, context);
      await revokeGrant(provider, grantId);
    }),
  );
  await session.destroy();
}

function answer(ctx: Context, status: number, page: Page): void {
  ctx.status = status;
  for (const [name, value] of Object.entries(pageHeaders)) ctx.set(name, value);
  ctx.body = pageMarkup(page);
}

/** `GET /v2/logout?client_id&returnTo`, with or without a session. */
export async function handleLogout(ctx: Context, context: LogoutContext): Promise<void> {
  const { provider, clients } = context;
  const query = new URLSearchParams(ctx.querystring);
  const session = await provider.Session.get(ctx as unknown as KoaContextWithOIDC);
  if (session.accountId) await endSession(session, context);
  ctx.cookies.set(provider.cookieName('session'), null, { signed: true });

  const returnTo = query.get('returnTo');
  if (!returnTo) return answer(ctx, 200, messagePage('You are signed out', 'See you soon.'));
  const client = clients.find(({ clientId }) => clientId === query.get('client_id'));
  if (!client?.postLogoutRedirectUris?.includes(returnTo)) {
    const title = 'You are signed out';
    const reason = `The application may not send you to ${returnTo}: it is not among the logout URLs registered for this client_id.`;
    return answer(ctx, 400, messagePage(title, reason));
  }
  ctx.redirect(returnTo);
}
