import { suite } from './vitest.shared.js';

// What the documents say, held against what there is. Run by scripts/check-docs.mjs.
export default suite('docs', {
  include: ['test/docs/**/*.docs-spec.ts'],
  pool: 'forks',
  testTimeout: 240_000,
});
