import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The parts of the page that break a rule of axe, best practices included. */
export async function violationsOn(page: Page): Promise<string[]> {
  // Not a script element, which the policy of the pages forbids
  await page.evaluate(source);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${page.url()} ${id} (${help}): ${node.html}`),
  );
}

/** Whether a page is wider than the screen, so that people have to scroll sideways. */
export function overflows(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
}
