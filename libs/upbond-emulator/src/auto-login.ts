import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { addRequestedScopes } from './consent.js';
import { textParameter } from './parameters.js';
import type { UpbondEmulatorUser } from './users.js';

type Grant = InstanceType<KoaContextWithOIDC['oidc']['provider']['Grant']>;

function asked(ctx: KoaContextWithOIDC): Set<string> {
  return new Set(textParameter(ctx.oidc.params, 'prompt').split(' '));
}

/**
 * Signs the user in before oidc-provider looks for a session, so that one redirect answers the
 * request. `prompt=none` stays silent about a user who is not there.
 */
export function signIn(ctx: KoaContextWithOIDC, user: UpbondEmulatorUser | undefined): void {
  const prompts = asked(ctx);
  if (!user || ctx.oidc.session?.accountId || prompts.has('none') || prompts.has('login')) return;
  ctx.oidc.session?.loginAccount({ accountId: user.sub, amr: ['emulator'] });
}

async function existingGrant({ oidc }: KoaContextWithOIDC): Promise<Grant | undefined> {
  const clientId = oidc.client?.clientId ?? '';
  const grantId = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(clientId);
  return grantId === undefined ? undefined : oidc.provider.Grant.find(grantId);
}

/** Finds what the user allowed this client before; with automatic login, allows what is asked now. */
export function loadExistingGrant(
  autoLogin: () => boolean,
): NonNullable<Configuration['loadExistingGrant']> {
  return async (ctx) => {
    const { oidc } = ctx;
    const existing = await existingGrant(ctx);
    if (!autoLogin() || asked(ctx).has('none')) return existing;
    const accountId = oidc.account?.accountId ?? '';
    const clientId = oidc.client?.clientId ?? '';
    const grant = existing ?? new oidc.provider.Grant({ accountId, clientId });
    const resources = Object.keys(oidc.resourceServers ?? {});
    addRequestedScopes(grant, textParameter(oidc.params, 'scope'), resources);
    await grant.save();
    return grant;
  };
}
