import { createHash } from 'node:crypto';

export type ClientAuthentication =
  'client_secret_post' | 'client_secret_basic' | 'private_key_jwt' | 'none';

/** A client as it is registered at the scripted server. */
export interface Registration {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly authentication: ClientAuthentication;
  /** `false`: a client that logs in by OAuth alone, without `openid` and `nonce`. */
  readonly isOpenid: boolean;
}

/** What a code stands for. */
export interface IssuedCode {
  readonly code: string;
  readonly parameters: URLSearchParams;
  isUsed: boolean;
}

/** What the checks look at in a token request. */
export interface TokenRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly form: URLSearchParams;
}

const REQUEST_MEMBERS = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
];

const OF_A_LOGIN = ['code', 'redirect_uri', 'code_verifier'];

/** What the OpenID conformance suite would hold against an authorization request. */
export function problemsOfAuthorizationRequest(
  parameters: URLSearchParams,
  client: Registration,
): string[] {
  const scope = (parameters.get('scope') ?? '').split(' ');
  const hasNonce = (parameters.get('nonce') ?? '').length >= 22;
  return [
    ...REQUEST_MEMBERS.filter((name) => parameters.getAll(name).length !== 1).map(
      (name) => `${name} is not sent exactly once`,
    ),
    ...expected('response_type', parameters.get('response_type'), 'code'),
    ...expected('client_id', parameters.get('client_id'), client.clientId),
    ...expected('redirect_uri', parameters.get('redirect_uri'), client.redirectUri),
    ...expected('code_challenge_method', parameters.get('code_challenge_method'), 'S256'),
    ...when(!/^[\w-]{43}$/.test(parameters.get('code_challenge') ?? ''), 'bad code_challenge'),
    ...when((parameters.get('state') ?? '').length < 22, 'state is missing or can be guessed'),
    ...when(scope.includes('openid') !== client.isOpenid, `openid and scope: ${scope.join(' ')}`),
    ...when(client.isOpenid && !hasNonce, 'nonce is missing or can be guessed'),
    ...when(!client.isOpenid && parameters.has('nonce'), 'nonce without openid'),
    ...when(parameters.has('client_secret'), 'client_secret in a URL'),
  ];
}

/** What the OpenID conformance suite would hold against a token request. */
export function problemsOfTokenRequest(
  { method, query, headers, form }: TokenRequest,
  client: Registration,
  issued: IssuedCode | undefined,
): string[] {
  return [
    ...expected('method', method, 'POST'),
    ...when(query.size > 0, 'parameters in the URL of the token endpoint'),
    ...when(
      !String(headers['content-type']).startsWith('application/x-www-form-urlencoded'),
      'the content type is not that of a form',
    ),
    ...problemsOfGrant(form, issued),
    ...problemsOfAuthentication(headers['authorization'], form, client),
  ];
}

function problemsOfGrant(form: URLSearchParams, issued: IssuedCode | undefined): string[] {
  const grant = form.get('grant_type');
  if (grant === 'refresh_token') return problemsOfRefresh(form);
  if (grant === 'client_credentials')
    return problemsOfOtherMembers(form, [...OF_A_LOGIN, 'refresh_token']);
  return problemsOfCodeExchange(form, issued);
}

function problemsOfCodeExchange(form: URLSearchParams, issued: IssuedCode | undefined): string[] {
  const asked = issued?.parameters;
  return [
    ...expected('grant_type', form.get('grant_type'), 'authorization_code'),
    ...when(!issued, 'the code was not issued here'),
    ...when(issued?.isUsed === true, 'the code is used twice'),
    ...expected('redirect_uri', form.get('redirect_uri'), asked?.get('redirect_uri') ?? null),
    ...expected(
      'code_verifier',
      challengeOf(form.get('code_verifier')),
      asked?.get('code_challenge') ?? null,
    ),
  ];
}

/** RFC 6749 §6: one refresh token, and nothing of a login. */
function problemsOfRefresh(form: URLSearchParams): string[] {
  return [
    ...when(form.getAll('refresh_token').length !== 1, 'refresh_token is not sent exactly once'),
    ...when(form.get('refresh_token') === '', 'refresh_token is empty'),
    ...problemsOfOtherMembers(form, OF_A_LOGIN),
  ];
}

function problemsOfOtherMembers(form: URLSearchParams, names: readonly string[]): string[] {
  return names.flatMap((name) =>
    when(form.has(name), `${name} with grant_type ${form.get('grant_type')}`),
  );
}

/** What RFC 7662 §2.1 would hold against an introspection request. */
export function problemsOfIntrospection(
  { method, query, headers, form }: TokenRequest,
  client: Registration,
): string[] {
  return [
    ...expected('method', method, 'POST'),
    ...when(query.size > 0, 'parameters in the URL of the introspection endpoint'),
    ...when(!form.get('token'), 'no token'),
    ...expected('token_type_hint', form.get('token_type_hint'), 'access_token'),
    ...problemsOfAuthentication(headers['authorization'], form, client),
  ];
}

function problemsOfAuthentication(
  authorization: string | string[] | undefined,
  form: URLSearchParams,
  { clientId, clientSecret, authentication }: Registration,
): string[] {
  const basic = `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')}`;
  const isBasic = authentication === 'client_secret_basic';
  const isPost = authentication === 'client_secret_post';
  const isAssertion = authentication === 'private_key_jwt';
  return [
    ...expected('authorization', authorization, isBasic ? basic : undefined),
    ...expected('client_secret', form.get('client_secret'), isPost ? clientSecret : null),
    ...when(form.has('client_assertion') !== isAssertion, 'client_assertion'),
    ...(isBasic ? [] : expected('client_id', form.get('client_id'), clientId)),
  ];
}

function encode(text: string): string {
  return new URLSearchParams({ text }).toString().slice('text='.length);
}

function challengeOf(verifier: string | null): string | null {
  if (!/^[\w.~-]{43,128}$/.test(verifier ?? '')) return 'a verifier that RFC 7636 does not allow';
  return createHash('sha256')
    .update(verifier ?? '')
    .digest('base64url');
}

function expected(name: string, actual: unknown, wanted: unknown): string[] {
  return when(actual !== wanted, `${name} is ${String(actual)}, not ${String(wanted)}`);
}

function when(isProblem: boolean, problem: string): string[] {
  return isProblem ? [problem] : [];
}
