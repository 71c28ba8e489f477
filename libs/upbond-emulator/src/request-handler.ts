import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { JSONWebKeySet } from 'jose';
import type { default as Provider } from 'oidc-provider';
import type { AccessTokenTwins } from './access-token.js';
import { replaceAudience } from './audience.js';
import { adaptAuthorizationRequest } from './authorization-request.js';
import { countGrantType, countRequest } from './counters.js';
import type { UpbondEmulatorCounters } from './counters.js';
import type { UpbondEmulatorHabits } from './habits.js';
import { homePage } from './home-page.js';
import { handleInteraction } from './interaction.js';
import { messagePage } from './message-page.js';
import type { EmulatorConfig } from './config.js';
import { sendPage } from './page-layout.js';
import type { Page } from './page-layout.js';
import { readParameters, withFormBody } from './request-body.js';

/** What the handler needs of the running emulator; `provider` changes when keys or habits do. */
export interface RunningEmulator {
  config: EmulatorConfig;
  publicUrl: URL;
  counters: UpbondEmulatorCounters;
  habits: UpbondEmulatorHabits;
  twins: AccessTokenTwins;
  provider: Provider;
  publishedKeys(): JSONWebKeySet;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Issuer and endpoints follow the public URL, whatever name the request came in by. */
function pretendPublicUrl(request: IncomingMessage, { publicUrl }: RunningEmulator): void {
  request.headers.host = publicUrl.host;
  request.headers['x-forwarded-host'] = publicUrl.host;
  request.headers['x-forwarded-proto'] = publicUrl.protocol.slice(0, -1);
}

function sendError(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify({ error }));
}

async function handleAuthorize(
  request: IncomingMessage,
  response: ServerResponse,
  emulator: RunningEmulator,
  url: URL,
): Promise<void> {
  request.url = `${url.pathname}?${adaptAuthorizationRequest(url.searchParams, emulator.habits)}`;
  await emulator.provider.callback()(request, response);
}

/** `/oauth/token` and `/oauth/revoke`: JSON becomes a form, `audience` a resource, a JWT its twin. */
async function handleForm(
  request: IncomingMessage,
  response: ServerResponse,
  emulator: RunningEmulator,
): Promise<void> {
  const form = await readParameters(request).catch(() => undefined);
  if (form === undefined) return sendError(response, 400, 'invalid_request');
  replaceAudience(form);
  countGrantType(emulator.counters, form.get('grant_type'));
  const token = form.get('token');
  if (token) form.set('token', await emulator.twins.twinOf(token, emulator.publishedKeys()));
  await emulator.provider.callback()(withFormBody(request, form), response);
}

async function handleUserinfo(
  request: IncomingMessage,
  response: ServerResponse,
  emulator: RunningEmulator,
): Promise<void> {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() === 'bearer' && token) {
    const twin = await emulator.twins.twinOf(token, emulator.publishedKeys());
    request.headers.authorization = `Bearer ${twin}`;
  }
  await emulator.provider.callback()(request, response);
}

function welcome({ config, provider, habits }: RunningEmulator): Page {
  return homePage({ ...config, issuer: provider.issuer, hasDiscovery: habits.discovery });
}

const notFound: Handler = (_request, response) => sendError(response, 404, 'not_found');

function handlerFor(request: IncomingMessage, url: URL, emulator: RunningEmulator): Handler {
  const { habits, provider, config } = emulator;
  const { pathname } = url;
  const isPost = request.method === 'POST';
  if (pathname === '/') return (_, res) => sendPage(res, 200, welcome(emulator));
  if (pathname === '/favicon.ico') return notFound;
  if (pathname === '/authorize') return (req, res) => handleAuthorize(req, res, emulator, url);
  if (pathname === '/userinfo') return (req, res) => handleUserinfo(req, res, emulator);
  if (isPost && (pathname === '/oauth/token' || pathname === '/oauth/revoke')) {
    return (req, res) => handleForm(req, res, emulator);
  }
  if (pathname.startsWith('/interaction/')) {
    return (req, res) => handleInteraction(req, res, { provider, ...config });
  }
  if (!habits.discovery && /^\/\.well-known\/(openid-configuration|oauth-)/.test(pathname)) {
    return notFound;
  }
  return (req, res) => provider.callback()(req, res);
}

function failed(error: unknown, response: ServerResponse, logger: (line: string) => void): void {
  logger(`A request failed: ${String(error)}`);
  if (response.headersSent) return void response.destroy();
  const page = messagePage('This request cannot be answered', 'It could not be read.');
  sendPage(response, 400, page);
}

export function requestHandler(emulator: RunningEmulator): RequestListener {
  return (request, response) => {
    void (async () => {
      try {
        const url = new URL(request.url ?? '/', emulator.publicUrl);
        pretendPublicUrl(request, emulator);
        countRequest(emulator.counters, url.pathname);
        await handlerFor(request, url, emulator)(request, response);
      } catch (error) {
        failed(error, response, emulator.config.logger);
      }
    })();
  };
}
