import { SECOND_ATTEMPT, suite } from './vitest.shared.js';

export default suite('e2e', {
  ...SECOND_ATTEMPT,
  include: ['test/**/*.e2e-spec.ts'],
  pool: 'forks',
  testTimeout: 30_000,
});
