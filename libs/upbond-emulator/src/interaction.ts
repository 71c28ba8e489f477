import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Interaction, InteractionResults, default as Provider } from 'oidc-provider';
import { audienceOf } from './audience.js';
import { consentPage } from './consent-page.js';
import { addRequestedScopes } from './consent.js';
import { loginPage } from './login-page.js';
import { messagePage } from './message-page.js';
import { sendPage } from './page-layout.js';
import type { Page } from './page-layout.js';
import { scopesOf, textParameter } from './parameters.js';
import { readParameters } from './request-body.js';
import { findUser } from './users.js';
import type { UpbondEmulatorUser } from './users.js';

export interface InteractionContext {
  provider: Provider;
  users: readonly UpbondEmulatorUser[];
  autoLoginUser: UpbondEmulatorUser | undefined;
}

function requestedResources(interaction: Interaction): string[] {
  return [interaction.params['resource'] ?? []].flat().map(String);
}

function pageOf(interaction: Interaction, { users }: InteractionContext): Page {
  const clientName = textParameter(interaction.params, 'client_id');
  if (interaction.prompt.name === 'login') {
    const hint = textParameter(interaction.params, 'login_hint');
    return loginPage({ clientName, users, suggested: findUser(users, { sub: hint, email: hint }) });
  }
  const user = findUser(users, { sub: interaction.session?.accountId });
  return consentPage({
    clientName,
    userName: user?.name ?? '',
    scopes: scopesOf(textParameter(interaction.params, 'scope')),
    // Without an audience the token is for userinfo, which needs no mention
    audiences: requestedResources(interaction)
      .map(audienceOf)
      .filter((audience) => !audience.endsWith('/userinfo')),
  });
}

const refused: InteractionResults = {
  error: 'access_denied',
  error_description: 'The user refused.',
};

function signedIn(user: UpbondEmulatorUser): InteractionResults {
  return { login: { accountId: user.sub, amr: ['emulator'] } };
}

async function allowed(provider: Provider, interaction: Interaction): Promise<InteractionResults> {
  const existing = interaction.grantId && (await provider.Grant.find(interaction.grantId));
  const grant =
    existing ||
    new provider.Grant({
      accountId: interaction.session?.accountId ?? '',
      clientId: textParameter(interaction.params, 'client_id'),
    });
  const resources = requestedResources(interaction);
  addRequestedScopes(grant, textParameter(interaction.params, 'scope'), resources);
  return { consent: { grantId: await grant.save() } };
}

/** What the click means; nothing when it does not belong to the page that is due. */
async function decisionOf(
  form: URLSearchParams,
  interaction: Interaction,
  { provider, users }: InteractionContext,
): Promise<InteractionResults | undefined> {
  if (form.has('cancel')) return refused;
  if (interaction.prompt.name === 'login') {
    const user = findUser(users, { sub: form.get('user') ?? undefined });
    return user && signedIn(user);
  }
  if (form.get('consent') === 'deny') return refused;
  return form.get('consent') === 'allow' ? allowed(provider, interaction) : undefined;
}

async function automaticDecision(
  interaction: Interaction,
  { provider, autoLoginUser }: InteractionContext,
): Promise<InteractionResults | undefined> {
  if (autoLoginUser === undefined) return undefined;
  return interaction.prompt.name === 'login'
    ? signedIn(autoLoginUser)
    : allowed(provider, interaction);
}

/** Serves the login or the consent page, and takes its answer. */
export async function handleInteraction(
  request: IncomingMessage,
  response: ServerResponse,
  context: InteractionContext,
): Promise<void> {
  const { provider } = context;
  const interaction = await provider.interactionDetails(request, response).catch(() => undefined);
  if (interaction === undefined) {
    const page = messagePage(
      'This sign-in is over',
      'It took too long, or was finished elsewhere. Go back to the application and start again.',
    );
    return sendPage(response, 400, page);
  }
  const decision =
    request.method === 'POST'
      ? await decisionOf(await readParameters(request), interaction, context)
      : await automaticDecision(interaction, context);
  if (decision === undefined) return sendPage(response, 200, pageOf(interaction, context));
  const mergeWithLastSubmission = !('error' in decision);
  return provider.interactionFinished(request, response, decision, { mergeWithLastSubmission });
}
