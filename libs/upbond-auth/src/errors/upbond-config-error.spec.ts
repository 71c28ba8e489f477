import { describe, expect, it } from 'vitest';
import { UpbondConfigError } from './upbond-config-error.js';

const NOT_SET = { option: 'clientId', problem: 'is not set.', fix: 'set it.' };

describe('UpbondConfigError', () => {
  it('lists every problem with the name under which it was written', () => {
    const problems = [
      { ...NOT_SET, variable: 'UPBOND_CLIENT_ID' },
      { ...NOT_SET, variable: 'UPBOND_CLIENT_ID', setBy: 'option' as const },
      NOT_SET,
    ];
    const error = new UpbondConfigError('default', problems, 'A hint.');
    expect(error.problems).toBe(problems);
    expect(error.name).toBe('UpbondConfigError');
    expect(error.message.split('\n')).toEqual([
      'UpbondAuthModule cannot start: 3 problems in its configuration.',
      '  1. UPBOND_CLIENT_ID (option clientId): is not set.',
      '     Fix: set it.',
      '  2. option clientId (variable UPBOND_CLIENT_ID): is not set.',
      '     Fix: set it.',
      '  3. option clientId: is not set.',
      '     Fix: set it.',
      '',
      'A hint.',
    ]);
  });

  it('names the instance', () => {
    expect(new UpbondConfigError('admin', [NOT_SET]).message).toMatch(
      /^UpbondAuthModule "admin" cannot start: 1 problem in/,
    );
  });
});
