import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { codeFrom, type ResponseExpectations } from './authorization-response.js';

const ISSUER = 'https://auth3.upbond.io/';
const announced: ResponseExpectations = {
  acceptedIssuers: [ISSUER],
  authorizationResponseIssParameterSupported: true,
};
const silent = { ...announced, authorizationResponseIssParameterSupported: false };
const iss = `iss=${encodeURIComponent(ISSUER)}`;

function outcome(query: string, expected = announced): string {
  try {
    return `code ${codeFrom(new URLSearchParams(query), expected)}`;
  } catch (error) {
    return (error as UpbondAuthException).code;
  }
}

describe('codeFrom', () => {
  it.each<[string, string, string, ResponseExpectations?]>([
    // RFC 6749 §4.1.2
    ['takes the code', `code=abc&state=s&${iss}`, 'code abc'],
    ['takes a code with any characters', `code=a%2Bb%20c%26&${iss}`, 'code a+b c&'],
    ['ignores what it does not know', `code=abc&${iss}&session_state=x&id_token=y`, 'code abc'],
    ['refuses an empty code', `code=&${iss}`, 'invalid_request'],
    ['refuses a code of 5 kB', `code=${'a'.repeat(5000)}&${iss}`, 'invalid_request'],
    ['refuses neither code nor error', iss, 'invalid_request'],
    ['refuses both code and error', `code=abc&error=access_denied&${iss}`, 'invalid_request'],
    [
      'refuses an empty code beside an error',
      `code=&error=access_denied&${iss}`,
      'invalid_request',
    ],
    ['takes no array for a code', `code[]=abc&${iss}`, 'invalid_request'],
    // RFC 6749 §3.1
    ['refuses a code twice', `code=a&code=a&${iss}`, 'invalid_request'],
    ['refuses a state twice', `code=a&state=s&state=s&${iss}`, 'invalid_request'],
    ['refuses an iss twice', `code=a&${iss}&${iss}`, 'invalid_request'],
    ['refuses an error twice', `error=a&error=a&${iss}`, 'invalid_request'],
    [
      'refuses a description twice',
      `error=access_denied&error_description=a&error_description=b&${iss}`,
      'invalid_request',
    ],
    // RFC 9207 §2.4
    ['needs iss once it is announced', 'code=abc', 'issuer_mismatch'],
    ['needs no iss when it is not', 'code=abc', 'code abc', silent],
    ['refuses a foreign iss', 'code=abc&iss=https://evil.example', 'issuer_mismatch'],
    [
      'refuses a foreign iss unannounced',
      'code=abc&iss=https://evil.example',
      'issuer_mismatch',
      silent,
    ],
    ['refuses an empty iss', 'code=abc&iss=', 'issuer_mismatch', silent],
    ['compares iss as strings', 'code=abc&iss=https://auth3.upbond.io', 'issuer_mismatch'],
    ['does not believe a foreign error', 'error=access_denied&iss=x', 'issuer_mismatch'],
    ['does not believe an error without iss', 'error=access_denied', 'issuer_mismatch'],
    // RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6
    ...[
      'invalid_request',
      'unauthorized_client',
      'access_denied',
      'unsupported_response_type',
      'invalid_scope',
      'server_error',
      'temporarily_unavailable',
      'interaction_required',
      'login_required',
      'account_selection_required',
      'consent_required',
    ].map((error): [string, string, string] => [
      `passes ${error} on`,
      `error=${error}&${iss}`,
      error,
    ]),
    // Codes of ours, of other endpoints, and of nobody
    ...[
      'login_refused',
      'state_mismatch',
      'invalid_grant',
      '__proto__',
      'constructor',
      '',
      '<b>',
    ].map((error): [string, string, string] => [
      `does not let the server say "${error}"`,
      `error=${encodeURIComponent(error)}&${iss}`,
      'authorization_failed',
    ]),
  ])('%s', (_, query, expected, expectations) => {
    expect(outcome(query, expectations)).toBe(expected);
  });

  it('quotes what the server said for the log only, in one line', () => {
    const description = encodeURIComponent('no\r\nINFO forged <b>line</b>\u2028');
    const query = new URLSearchParams(`error=odd%0d%0a&error_description=${description}&${iss}`);
    let error: unknown;
    try {
      codeFrom(query, announced);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UpbondAuthException);
    const { detail, message, getResponse } = error as UpbondAuthException;
    expect(detail).toBe(
      'the authorization server answered "odd\\r\\n": "no\\r\\nINFO forged <b>line</b>\\u2028"',
    );
    expect(message + JSON.stringify(getResponse.call(error))).not.toMatch(/forged|odd/);
  });

  it('answers any query with a code or one of our exceptions', () => {
    const name = fc.oneof(
      fc.constantFrom('code', 'iss', 'error', 'error_description', 'state', '__proto__'),
      fc.string(),
    );
    const value = fc.oneof(fc.constantFrom(ISSUER, 'access_denied', ''), fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), fc.boolean(), (pairs, isAnnounced) => {
        const query = new URLSearchParams(pairs);
        try {
          const code = codeFrom(query, isAnnounced ? announced : silent);
          expect(query.getAll('code')).toEqual([code]);
          expect(query.has('error')).toBe(false);
          if (isAnnounced) expect(query.getAll('iss')).toEqual([ISSUER]);
        } catch (error) {
          expect(error).toBeInstanceOf(UpbondAuthException);
        }
      }),
      { numRuns: 500 },
    );
  });
});
