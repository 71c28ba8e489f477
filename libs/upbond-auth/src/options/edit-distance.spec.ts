import { expect, it } from 'vitest';
import { distance } from './edit-distance.js';

it.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['abc', '', 3],
  ['clientID', 'clientId', 0],
  ['kitten', 'sitting', 3],
  ['scopes', 'scope', 1],
])('%j is %j in %i steps', (one, other, steps) => {
  expect(distance(one, other)).toBe(steps);
});
