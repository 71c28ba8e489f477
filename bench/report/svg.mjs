// @ts-check
// A bar chart of ratios: one panel for each group and platform.
import { summary } from '../harness/statistics.mjs';
import { ratios } from '../targets.mjs';

const WIDTH = 860;
const NAMES = 250;
const ROW = 22;
const HEAD = 34;
const SCALE = (WIDTH - NAMES - 90) / 1.2;
const COLOURS = { ours: '#2563eb', ceiling: '#9ca3af', peer: '#d97706' };

/** @param {string} contender */
const colourOf = (contender) =>
  contender.startsWith('ours')
    ? COLOURS.ours
    : contender === 'ceiling'
      ? COLOURS.ceiling
      : COLOURS.peer;

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** @param {import('../measure/rounds.mjs').Result[]} results @param {Record<string, string>} titles of the groups */
export function chart(results, titles) {
  const measured = results.filter(({ group, rounds }) => group !== 'login' && rounds.length > 0);
  /** @type {Map<string, typeof measured>} */
  const panels = new Map();
  for (const one of measured) panels.set(keyOf(one), [...(panels.get(keyOf(one)) ?? []), one]);
  let y = 40;
  const parts = [];
  for (const rows of panels.values()) {
    const [first] = rows;
    if (!first) continue;
    parts.push(text(12, y + 16, `${titles[first.group]}, ${first.platform}`, 'font-weight="600"'));
    y += HEAD;
    for (const row of rows) {
      parts.push(bar(row, y));
      y += ROW;
    }
    y += 12;
  }
  const line = `<path d="M${NAMES + SCALE} 30V${y}" stroke="#111" stroke-dasharray="3 3"/>`;
  const caption = 'Unguarded route = 1.00 (CPU time per request; longer is cheaper)';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 10}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${caption}">
<rect width="100%" height="100%" fill="#fff"/>
${text(NAMES, 20, caption)}
${line}
${parts.join('\n')}
</svg>
`;
}

/** @param {{ group: string, platform: string }} one */
const keyOf = ({ group, platform }) => `${group} ${platform}`;

/** @param {import('../measure/rounds.mjs').Result} row @param {number} y */
function bar(row, y) {
  const { median, low, high } = summary(ratios(row));
  const [from, to] = [NAMES + low * SCALE, NAMES + high * SCALE];
  const middle = y + ROW / 2 - 1;
  return [
    text(NAMES - 8, y + 15, row.contender, 'text-anchor="end"'),
    `<rect x="${NAMES}" y="${y + 2}" width="${(median * SCALE).toFixed(1)}" height="${ROW - 6}" fill="${colourOf(row.contender)}"/>`,
    `<path d="M${from.toFixed(1)} ${middle}H${to.toFixed(1)}" stroke="#111"/>`,
    text(Math.max(to, NAMES + median * SCALE) + 6, y + 15, median.toFixed(2)),
  ].join('');
}

/** @param {number} x @param {number} y @param {string} content @param {string} [more] attributes */
function text(x, y, content, more = '') {
  return `<text x="${x.toFixed(1)}" y="${y}" ${more}>${escaped(content)}</text>`;
}
