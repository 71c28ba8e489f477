import { CAPTURE_NEST, suite } from './vitest.shared.js';

export default suite('e2e', {
  include: ['test/**/*.e2e-spec.ts'],
  pool: 'forks',
  setupFiles: [CAPTURE_NEST],
  testTimeout: 30_000,
});
