import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { UpbondEmulatorClient } from './clients.js';
import { UpbondEmulatorError } from './errors.js';
import type { SigningAlgorithm, UpbondEmulatorHabits } from './habits.js';
import type { UpbondEmulatorOptions } from './options.js';
import type { UpbondEmulatorUserInput } from './users.js';

export const defaultPort = 4400;

export const help = `Usage: upbond-emulator [options]

A local UPBOND Login 3.0 for development and tests. No password, no network, no account.

  --port <number>            port to listen on (default ${defaultPort}; 0 = any free port)
  --host <address>           address to listen on (default 127.0.0.1)
  --public-url <origin>      origin that browsers use (default http://localhost:<port>)
  --clients <file.json>      array of clients (default: the client "demo")
  --users <file.json>        array of users (default: four ready-made people)
  --tls-key <file.pem>       with --tls-cert: speak https
  --tls-cert <file.pem>
  --auto-login <email|sub>   sign this user in without showing pages
  --allow-production         start although NODE_ENV is "production"
  --quiet                    do not print refused requests
  --help, --version

Habits of the service that are undocumented or contradictory:

  --signing-alg <alg>        RS256 (default), ES256 or PS256
  --access-token <profile>   login-3.0 (default), rfc9068 or opaque
  --no-issuer-slash          issuer without the slash at its end
  --no-discovery             404 at /.well-known/openid-configuration
  --no-nonce                 do not echo nonce in the ID token
  --no-sid                   no sid in the ID token
  --no-iss                   no iss in authorization responses (RFC 9207)
  --no-rotation              refresh tokens stay the same
  --end-session              serve and advertise an end_session_endpoint
`;

const flags = {
  port: { type: 'string' },
  host: { type: 'string' },
  'public-url': { type: 'string' },
  clients: { type: 'string' },
  users: { type: 'string' },
  'tls-key': { type: 'string' },
  'tls-cert': { type: 'string' },
  'auto-login': { type: 'string' },
  'allow-production': { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  'signing-alg': { type: 'string' },
  'access-token': { type: 'string' },
  'no-issuer-slash': { type: 'boolean' },
  'no-discovery': { type: 'boolean' },
  'no-nonce': { type: 'boolean' },
  'no-sid': { type: 'boolean' },
  'no-iss': { type: 'boolean' },
  'no-rotation': { type: 'boolean' },
  'end-session': { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseFlags>;

function invalid(message: string, cause?: unknown): UpbondEmulatorError {
  return new UpbondEmulatorError('invalid_options', message, { cause });
}

function parseFlags(args: string[]) {
  try {
    return parseArgs({ args, options: flags, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw invalid(`${(cause as Error).message.split('. ')[0]}. Try --help.`, cause);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(`${file} cannot be read: ${(cause as Error).message}.`, cause);
  }
}

function readArray<Item>(file: string | undefined): { items?: Item[] } {
  if (file === undefined) return {};
  try {
    const items: unknown = JSON.parse(readText(file));
    if (Array.isArray(items)) return { items: items as Item[] };
  } catch (cause) {
    if (cause instanceof UpbondEmulatorError) throw cause;
    throw invalid(`${file} is no valid JSON: ${(cause as Error).message}.`, cause);
  }
  throw invalid(`${file} must hold a JSON array.`);
}

function oneOf<Value extends string>(
  flag: string,
  value: string | undefined,
  allowed: readonly Value[],
): Value | undefined {
  if (value === undefined) return undefined;
  const match = allowed.find((candidate) => candidate === value);
  if (match === undefined)
    throw invalid(`--${flag} must be one of ${allowed.join(', ')}, not ${value}.`);
  return match;
}

function habitsOf(values: Values): Partial<UpbondEmulatorHabits> {
  const algorithms: SigningAlgorithm[] = ['RS256', 'ES256', 'PS256'];
  const signingAlg = oneOf('signing-alg', values['signing-alg'], algorithms);
  const profile = oneOf('access-token', values['access-token'], [
    'login-3.0',
    'rfc9068',
    'opaque',
  ] as const);
  return {
    ...(signingAlg ? { signingAlg } : {}),
    ...(profile ? { accessTokenProfile: profile } : {}),
    issuerTrailingSlash: !values['no-issuer-slash'],
    discovery: !values['no-discovery'],
    nonce: !values['no-nonce'],
    sid: !values['no-sid'],
    issInAuthorizationResponse: !values['no-iss'],
    refreshTokenRotation: !values['no-rotation'],
    endSessionEndpoint: values['end-session'] === true,
  };
}

function tlsOf(values: Values): Pick<UpbondEmulatorOptions, 'tls'> {
  const { 'tls-key': key, 'tls-cert': cert } = values;
  if (key === undefined && cert === undefined) return {};
  if (key === undefined || cert === undefined)
    throw invalid('--tls-key and --tls-cert go together.');
  return { tls: { key: readText(key), cert: readText(cert) } };
}

function autoLoginOf(who: string | undefined): Pick<UpbondEmulatorOptions, 'autoLogin'> {
  if (who === undefined) return {};
  return { autoLogin: who.includes('@') ? { email: who } : { sub: who } };
}

function portOf(text = String(defaultPort)): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw invalid(`--port must be a number, not ${text}.`);
}

function optionsOf(values: Values): UpbondEmulatorOptions {
  const { items: clients } = readArray<UpbondEmulatorClient>(values.clients);
  const { items: users } = readArray<UpbondEmulatorUserInput>(values.users);
  const { 'public-url': publicUrl, host } = values;
  return {
    port: portOf(values.port),
    ...(host === undefined ? {} : { host }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(clients === undefined ? {} : { clients }),
    ...(users === undefined ? {} : { users }),
    ...tlsOf(values),
    ...autoLoginOf(values['auto-login']),
    allowProduction: values['allow-production'] === true,
    habits: habitsOf(values),
    ...(values.quiet ? {} : { logger: (line: string) => console.error(line) }),
  };
}

export type Command = 'help' | 'version' | UpbondEmulatorOptions;

/** What the command line asks for. */
export function parseCommandLine(args: string[]): Command {
  const values = parseFlags(args);
  if (values.help) return 'help';
  return values.version ? 'version' : optionsOf(values);
}
