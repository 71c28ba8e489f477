import { describe, expect, it } from 'vitest';
import { LocalRecords } from '../shared-memory/local-records.js';
import type { HeldTokens } from './held-tokens.js';
import { RefreshCoordinator, type RefreshParts } from './refresh-coordinator.js';
import { TokenSet } from './token-set.js';
import type { WantedToken } from './wanted-token.js';

const NOW = 1_000_000;
const PLAIN: WantedToken = {
  audience: undefined,
  scope: [],
  minimumValiditySeconds: undefined,
  refused: undefined,
};

function tokens(number: number, furtherTokens: HeldTokens['furtherTokens'] = []): HeldTokens {
  return { tokenSet: tokenSet(`token-${number}`), furtherTokens, refreshNumber: number };
}

function tokenSet(accessToken: string): TokenSet {
  return new TokenSet({
    accessToken,
    refreshToken: `refresh of ${accessToken}`,
    tokenType: 'Bearer',
    scope: [],
    receivedAt: NOW,
    expiresAt: NOW + 600,
  });
}

function coordinator(parts: Partial<RefreshParts> = {}) {
  let refreshes = 0;
  const made = new RefreshCoordinator({
    grant: {
      refresh: async ({ furtherTokens }, { audience, scope: requestedScope }, number) => {
        refreshes++;
        await new Promise((resolve) => setImmediate(resolve));
        const further = { audience, requestedScope, tokenSet: tokenSet(`for ${audience}`) };
        return tokens(number, [...furtherTokens, further]);
      },
    },
    local: new LocalRecords(() => NOW),
    shared: undefined,
    label: 'test',
    patienceSeconds: 10,
    memorySeconds: 3600,
    now: () => NOW,
    sleep: async () => undefined,
    ...parts,
  });
  return { coordinator: made, refreshes: () => refreshes };
}

describe('the refresh coordinator', () => {
  it('gets every token of a page that asks for many at the same time', async () => {
    const { coordinator: one, refreshes } = coordinator();
    const audiences = Array.from({ length: 20 }, (_, index) => `https://api-${index}`);
    const all = await Promise.all(
      audiences.map((audience) => one.obtain(tokens(0), { ...PLAIN, audience })),
    );
    for (const [index, held] of all.entries()) {
      expect(held.furtherTokens.map(({ audience }) => audience)).toContain(audiences[index]);
    }
    expect(refreshes()).toBe(audiences.length);
  });

  it('remembers for long what came right after another refresh', async () => {
    // Two answers were on their way to the browser, and the older one came last
    let now = NOW;
    const clock = () => now;
    const { coordinator: one } = coordinator({ local: new LocalRecords(clock), now: clock });
    const first = await one.obtain(tokens(0), { ...PLAIN, audience: 'https://first' });
    const second = await one.obtain(first, { ...PLAIN, audience: 'https://second' });
    now += 3000;
    expect((await one.newest(first)).refreshNumber).toBe(second.refreshNumber);
    now += 3000;
    expect((await one.newest(first)).refreshNumber).toBe(first.refreshNumber);
  });

  it('hands over what came of a refresh, though it cannot be remembered here', async () => {
    const local = new LocalRecords(() => NOW);
    local.writeRecord = async () => Promise.reject(new Error('Every record is leased'));
    const { coordinator: one } = coordinator({ local, shared: new LocalRecords(() => NOW) });
    const held = await one.obtain(tokens(0), { ...PLAIN, audience: 'https://api' });
    expect(held.refreshNumber).toBeGreaterThan(0);
  });
});
