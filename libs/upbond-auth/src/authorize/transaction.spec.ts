import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newTransactionId, TransactionSealer } from './transaction.js';

const SECRET = 'k9Xw2LrT8vQzB4mN7cYhJ6pDf3GsA5Ue';
const OTHER = 'Zt5Vb8Nq1Ws4Xe7Rc2Tf9Yg6Uh3Ij0Ko';
const sealer = new TransactionSealer([SECRET], 'default AbC123');
const stateHalf = { isRecovery: false, id: 'the-id', returnTo: '/profile?a=1', maxAge: 60 };
const cookieHalf = {
  nonce: 'the-nonce',
  codeVerifier: 'the-verifier',
  expiresAt: 1_800_000_000,
  isRecovery: false,
  isStateBare: false,
};

/** Any UTF-16 text, lone surrogates included. */
const anyText = fc
  .array(fc.nat(0xffff), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));

describe('newTransactionId', () => {
  it('is 128 bits of chance in characters that cookie names may have', () => {
    const ids = Array.from({ length: 200 }, newTransactionId);
    expect(new Set(ids).size).toBe(200);
    for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/);
  });
});

describe('TransactionSealer', () => {
  it('gives back both halves', () => {
    const text = anyText;
    const half = fc.record({
      nonce: fc.option(text, { nil: undefined }),
      codeVerifier: text,
      expiresAt: fc.nat(),
      isRecovery: fc.boolean(),
      isStateBare: fc.boolean(),
    });
    const state = fc.record({
      id: text,
      returnTo: text,
      maxAge: fc.option(fc.nat(), { nil: undefined }),
      isRecovery: fc.boolean(),
    });
    fc.assert(
      fc.property(half, state, (cookie, request) => {
        expect(sealer.openCookie(sealer.sealCookie(cookie, 'name'), 'name')).toEqual(cookie);
        expect(sealer.openState(sealer.sealState(request))).toEqual(request);
      }),
    );
  });

  it.each([
    ['a page', { returnTo: '/profile' }],
    ['a max_age', { maxAge: 0 }],
    ['a mark', { isRecovery: true }],
  ])('seals %s, and gives the id for state when there is nothing to hide', (_, hidden) => {
    const half = { id: newTransactionId(), isRecovery: false };
    expect(sealer.sealState(half)).toBe(half.id);
    expect(sealer.openState(half.id)).toEqual(half);
    const sealed = sealer.sealState({ ...half, ...hidden });
    expect(sealed.length).toBeGreaterThan(half.id.length);
    expect(sealer.openState(sealed)).toEqual({ ...half, ...hidden });
  });

  it('takes neither half for the other', () => {
    expect(sealer.openState(sealer.sealCookie(cookieHalf, 'state'))).toBeUndefined();
    expect(sealer.openCookie(sealer.sealState(stateHalf), 'state')).toBeUndefined();
  });

  it('does not open a cookie under another name', () => {
    const sealed = sealer.sealCookie(cookieHalf, 'upbond-AbC123-t-one');
    expect(sealer.openCookie(sealed, 'upbond-AbC123-t-two')).toBeUndefined();
    expect(sealer.openCookie(sealed, 'upbond-AbC123-t-one')).toEqual(cookieHalf);
  });

  it.each([
    ['another secret', new TransactionSealer([OTHER], 'default AbC123')],
    ['another instance', new TransactionSealer([SECRET], 'admin AbC123')],
    ['another client', new TransactionSealer([SECRET], 'default XyZ789')],
  ])('opens nothing of %s', (_, foreign) => {
    expect(sealer.openState(foreign.sealState(stateHalf))).toBeUndefined();
    expect(sealer.openCookie(foreign.sealCookie(cookieHalf, 'n'), 'n')).toBeUndefined();
  });

  it('keeps the code verifier and the nonce out of state', () => {
    const state = sealer.sealState({ ...stateHalf, ...cookieHalf });
    expect(sealer.openState(state)).toEqual(stateHalf);
  });

  it('stays small: state with a path of 400 characters fits into 700', () => {
    const state = sealer.sealState({
      ...stateHalf,
      id: newTransactionId(),
      returnTo: `/${'a'.repeat(399)}`,
    });
    expect(state.length).toBeLessThan(700);
  });
});
