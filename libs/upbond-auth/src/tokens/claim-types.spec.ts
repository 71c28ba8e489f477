import { describe, expect, it } from 'vitest';
import { claimTypeProblem } from './claim-types.js';

describe('claimTypeProblem', () => {
  it.each([
    [{}],
    [{ name: 'Hanako', email: 'hanako@example.com', email_verified: true, amr: ['pwd'] }],
    [{ name: null, email_verified: null, amr: null }],
    [{ roles: ['admin'], address: { country: 'JP' }, updated_at: '2026-01-01T00:00:00Z', age: 5 }],
    [{ picture: 'p'.repeat(2048) }],
  ])('finds nothing wrong with %j', (claims) => {
    expect(claimTypeProblem(claims)).toBeUndefined();
  });

  it.each<[object, string]>([
    [{ given_name: 1 }, 'claim given_name must be a string'],
    [{ wallet_address: ['0x0'] }, 'claim wallet_address must be a string'],
    [{ locale: 'l'.repeat(2049) }, 'claim locale must be a string of at most 2048'],
    [{ email_verified: 'true' }, 'claim email_verified must be true or false'],
    [{ phone_number_verified: 1 }, 'claim phone_number_verified must be true or false'],
    [{ amr: 'pwd' }, 'claim amr must be a list of strings'],
    [{ amr: [1] }, 'claim amr must be a list of strings'],
    [{ custom: 'c'.repeat(8192) }, 'a claim is larger than 8192'],
    [{ custom: { deep: Array.from({ length: 5000 }, () => 1) } }, 'a claim is larger than 8192'],
  ])('refuses %j', (claims, problem) => {
    expect(claimTypeProblem({ ...claims })).toContain(problem);
  });
});
