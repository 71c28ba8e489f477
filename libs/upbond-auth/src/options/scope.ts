import { DEFAULTS } from './defaults.js';
import type { Settings } from './settings.js';
import { words } from './values.js';

/** Requested scope values; `openid` makes the request one of OpenID Connect (Core §3.1.2.1). */
export function scope(settings: Settings, oauthOnly: boolean): readonly string[] | undefined {
  if (settings.value('scope') === undefined) {
    return DEFAULTS.scope.filter((value) => !oauthOnly || value !== 'openid');
  }
  const values = words(settings, 'scope');
  if (values === undefined) return undefined;
  const mistake = mistakeOf(values);
  if (mistake) return settings.refuse('scope', ...mistake);
  if (!oauthOnly) return values.includes('openid') ? values : ['openid', ...values];
  if (!values.includes('openid')) return values;
  return settings.refuse(
    'scope',
    'contains openid, although dangerouslyAllowOAuthOnly is set.',
    `remove openid, or do not set ${settings.label('dangerouslyAllowOAuthOnly')}.`,
  );
}

function mistakeOf(values: readonly string[]): [problem: string, fix: string] | undefined {
  const standard: readonly string[] = DEFAULTS.scope;
  if (
    values.some((value) =>
      value.split(',').some((part) => part !== value && standard.includes(part)),
    )
  ) {
    return ['is separated by commas.', `put spaces between the values: ${standard.join(' ')}`];
  }
  // RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
  if (values.every((value) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value))) return undefined;
  const problem = 'contains a character that scope values cannot have.';
  return [problem, `use printable ASCII without " and \\, such as: ${standard.join(' ')}`];
}
