// @ts-check
// The authorization server that all contenders talk to, in a process of its own. Nobody visits its
// /authorize: the load generator makes a code that says which nonce the ID token has to carry.
import { createServer } from 'node:http';
import { makeSigner, tampered, tokenResponse } from './credentials.mjs';

/** @typedef {{ nonce?: string, iss: string, index: number, isForged?: boolean }} Code */

const { port, keys } = JSON.parse(process.env.BENCH ?? '{}');
const signer = makeSigner(keys);
const jwks = JSON.stringify({ keys: [keys.RS256.jwk, keys.ES256.jwk] });
const issuer = `http://127.0.0.1:${port}/realms/bench`;
const metadata = JSON.stringify({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/oauth/token`,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  end_session_endpoint: `${issuer}/logout`,
  response_types_supported: ['code'],
  response_modes_supported: ['query', 'form_post'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256', 'ES256'],
  token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  code_challenge_methods_supported: ['S256'],
});

const server = createServer((request, response) => {
  const { url = '' } = request;
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    response.setHeader('Content-Type', 'application/json');
    if (url.endsWith('/openid-configuration')) response.end(metadata);
    else if (/(certs|jwks\.json)$/.test(url)) response.end(jwks);
    else if (url.endsWith('/token')) response.end(answerFor(new URLSearchParams(body).get('code')));
    else response.writeHead(404).end('{}');
  });
});

/** @param {string | null} code */
function answerFor(code) {
  /** @type {Code} */
  const { nonce, iss, index, isForged } = JSON.parse(
    Buffer.from(code ?? '', 'base64url').toString(),
  );
  const tokens = tokenResponse(signer, iss, index, nonce === undefined ? {} : { nonce });
  if (isForged) tokens.id_token = tampered(tokens.id_token);
  return JSON.stringify(tokens);
}

server.keepAliveTimeout = 60_000;
server.listen(port, '127.0.0.1', () => process.send?.({ ready: true }));
process.on('disconnect', () => process.exit());
