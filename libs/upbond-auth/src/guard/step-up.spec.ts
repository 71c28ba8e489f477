import { describe, expect, it } from 'vitest';
import type { StepUpOptions } from '../decorators/marks.js';
import { hasComeBack, isStrongEnough, stepUpMark, stepUpParameters } from './step-up.js';

const clock = { now: 10_000, leewaySeconds: 60 };
const gold = { acrValues: ['gold', 'platinum'] };
const recent = { maxAgeSeconds: 300 };

describe('isStrongEnough', () => {
  it.each<[string, unknown, unknown, StepUpOptions, boolean]>([
    ['one of the classes', 'platinum', undefined, gold, true],
    ['another class', 'silver', undefined, gold, false],
    ['no class', undefined, undefined, gold, false],
    ['a list of classes', ['gold'], undefined, gold, false],
    ['a moment ago', undefined, 9_999, recent, true],
    ['just within the leeway', undefined, 9_640, recent, true],
    ['just too old', undefined, 9_639, recent, false],
    ['not known', undefined, undefined, recent, false],
    ['a text', undefined, '9999', recent, false],
    ['not finite', undefined, Infinity, recent, false],
    ['ahead within the leeway', undefined, 10_060, recent, true],
    ['from the future', undefined, 10_061, recent, false],
    ['strong but old', 'gold', 1, { ...gold, ...recent }, false],
    ['recent but weak', 'silver', 9_999, { ...gold, ...recent }, false],
    ['both', 'gold', 9_999, { ...gold, ...recent }, true],
    ['just now, where every time is asked for', undefined, 10_000, { maxAgeSeconds: 0 }, true],
  ])('%s', (_, acr, authTime, options, expected) => {
    expect(isStrongEnough({ acr, authTime }, options, clock)).toBe(expected);
  });
});

it('says what is needed in the words of the protocol', () => {
  expect(stepUpParameters({ ...gold, ...recent })).toEqual({
    acr_values: 'gold platinum',
    max_age: '300',
  });
  expect(stepUpParameters(recent)).toEqual({ max_age: '300' });
});

describe('hasComeBack', () => {
  const [before, after] = [stepUpMark(gold, 'session-1'), stepUpMark(gold, 'session-2')];
  it.each<[string, string | undefined, string, boolean]>([
    ['never sent away', undefined, before, false],
    ['sent away, but not signed in again', before, before, false],
    ['signed in again, for the same requirement', before, after, true],
    ['signed in again, for another one', stepUpMark(recent, 'session-1'), after, false],
    ['a mark that is none', 'x', after, false],
    ['an empty mark', '', after, false],
  ])('%s', (_, mark, current, expected) => {
    expect(hasComeBack(mark, current)).toBe(expected);
  });
});
