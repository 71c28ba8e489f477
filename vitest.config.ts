import { suite } from './vitest.shared.js';

export default suite('unit', {
  include: ['libs/*/src/**/*.spec.ts', 'scripts/**/*.spec.ts'],
  pool: 'threads',
});
