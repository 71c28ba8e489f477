import { describe, expect, it } from 'vitest';
import { RefusedTokens } from './refused-tokens.js';

describe('RefusedTokens', () => {
  it('knows what was refused, and nothing else', () => {
    const refused = new RefusedTokens();
    refused.add('one');
    expect([refused.has('one'), refused.has('two'), refused.has('')]).toEqual([true, false, false]);
  });

  it('forgets the oldest of more than a thousand', () => {
    const refused = new RefusedTokens();
    for (let index = 0; index <= 1000; index++) refused.add(`token ${index}`);
    expect([refused.has('token 0'), refused.has('token 1')]).toEqual([false, true]);
  });
});
