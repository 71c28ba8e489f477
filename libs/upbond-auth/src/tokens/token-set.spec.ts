import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TokenSet } from './token-set.js';

const SECRET = 'seeded-secret';
const members = {
  accessToken: `${SECRET}-access`,
  refreshToken: `${SECRET}-refresh`,
  idToken: `${SECRET}-id`,
  tokenType: 'Bearer' as const,
  scope: ['openid', `${SECRET}-scope`],
  expiresAt: 1_800_000_000,
};
const REDACTED = '[TokenSet: redacted]';

function logged(...values: unknown[]): string {
  const stdout = new PassThrough();
  new Console({ stdout, stderr: stdout }).log(...values);
  return String(stdout.read());
}

function thrownMessage(tokens: TokenSet): string {
  try {
    (tokens as unknown as () => void)();
    return '';
  } catch (error) {
    return inspect(error) + String(error);
  }
}

describe('TokenSet', () => {
  const tokens = new TokenSet(members);

  it('gives its members when they are asked for by name', () => {
    const { accessToken, refreshToken, idToken, tokenType, scope, expiresAt } = tokens;
    expect({ accessToken, refreshToken, idToken, tokenType, scope, expiresAt }).toEqual(members);
  });

  it.each<[string, (value: TokenSet) => string]>([
    ['console.log', (value) => logged(value)],
    ['console.log of an object that holds it', (value) => logged({ session: { value } })],
    ['console.log with %s', (value) => logged('%s', value)],
    ['console.log with %o', (value) => logged('%o', value)],
    ['console.log with %O', (value) => logged('%O', value)],
    ['console.log with %j', (value) => logged('%j', value)],
    ['util.inspect', (value) => inspect(value)],
    ['util.inspect in depth', (value) => inspect([{ value }], { depth: null, showHidden: true })],
    ['util.format', (value) => format(value)],
    ['JSON.stringify', (value) => JSON.stringify(value)],
    ['JSON.stringify of an object that holds it', (value) => JSON.stringify({ a: [value] })],
    ['a template string', (value) => `${value}`],
    ['concatenation', (value) => 'tokens: ' + String(value)],
    ['an error message', (value) => inspect(new Error(`failed with ${value}`, { cause: value }))],
  ])('shows only a placeholder in %s', (_, render) => {
    const text = render(tokens);
    expect(text).toContain(REDACTED);
    expect(text).not.toContain(SECRET);
    expect(render(members as unknown as TokenSet), 'the plain members would show').not.toContain(
      REDACTED,
    );
  });

  it.each<[string, (value: TokenSet) => string]>([
    ['its own keys', (value) => JSON.stringify(Reflect.ownKeys(value))],
    ['Object.assign', (value) => JSON.stringify(Object.assign({}, value))],
    ['Object.entries', (value) => JSON.stringify(Object.entries(value))],
    ['structuredClone', (value) => inspect(structuredClone(value))],
    [
      'inspect without its custom rendering',
      (v) => inspect(v, { customInspect: false, showHidden: true }),
    ],
    ['the message of a TypeError', thrownMessage],
  ])('does not show a token in %s', (_, render) => {
    expect(render(tokens)).not.toContain(SECRET);
  });

  it('cannot be changed, neither itself nor through what it was made of', () => {
    const scope = ['openid'];
    const made = new TokenSet({ ...members, scope });
    scope.push('admin');
    expect(made.scope).toEqual(['openid']);
    expect(() => (made.scope as string[]).push('admin')).toThrow(TypeError);
    expect(() => Object.assign(made, { extra: 1 })).toThrow(TypeError);
    expect(() => Object.assign(made, { accessToken: 'x' })).toThrow(TypeError);
    expect(Object.isFrozen(made)).toBe(true);
  });

  it('does without what the server did not give', () => {
    const { refreshToken, idToken, expiresAt } = new TokenSet({
      accessToken: 'a',
      tokenType: 'Bearer',
      scope: [],
    });
    expect([refreshToken, idToken, expiresAt]).toEqual([undefined, undefined, undefined]);
  });
});
