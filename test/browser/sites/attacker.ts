import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestCertificate } from '../../support/tls.js';
import { HOSTS } from './hosts.js';

/** Whatever the attacker wants to serve. */
export interface AttackerSite {
  /** Publishes a page on the attacker's own site and answers its URL. */
  publish(body: string): string;
  /** Publishes a page on a host that shares the shop's site, but not its origin. */
  publishOnSibling(body: string): string;
  close(): void;
}

export async function startAttacker(certificate: TestCertificate): Promise<AttackerSite> {
  const pages: string[] = [];
  const server = createServer(certificate, (request, response) => {
    const body = pages[Number(request.url?.slice(1))];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/html' });
    response.end(`<!doctype html><title>You have won</title>${body ?? ''}`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const publish = (host: string, body: string): string =>
    `https://${host}:${port}/${pages.push(body) - 1}`;
  return {
    publish: (body) => publish(HOSTS.attacker, body),
    publishOnSibling: (body) => publish(HOSTS.sibling, body),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A form that submits itself. */
export function autoSubmit(action: string, fields: Readonly<Record<string, string>> = {}): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
  );
  return `<form method="post" action="${action}">${inputs.join('')}</form><script>document.forms[0].submit()</script>`;
}

/** A page that goes on by itself. */
export function autoNavigate(url: string): string {
  return `<script>location.href = ${JSON.stringify(url)}</script>`;
}
