import { suite } from './vitest.shared.js';

export default suite('e2e', {
  include: ['test/**/*.e2e-spec.ts'],
  pool: 'forks',
  testTimeout: 30_000,
});
