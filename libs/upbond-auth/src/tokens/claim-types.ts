const MAX_TEXT = 2048;
const MAX_JSON = 8192;

/** Claims about the person and the session that are text (OpenID Connect Core §2 and §5.1). */
const TEXT = [
  'sid',
  'acr',
  'jti',
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'profile',
  'picture',
  'website',
  'email',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
  'phone_number',
  'wallet_address',
] as const;

const BOOLEAN = ['email_verified', 'phone_number_verified'] as const;

type Claims = Readonly<Record<string, unknown>>;

/**
 * What is wrong with the type or the size of a claim, or nothing. `null` counts as absent, as some
 * servers write it; a claim that no specification names may be of any type but not of any size.
 */
export function claimTypeProblem(claims: Claims): string | undefined {
  const text = TEXT.find((name) => !isAbsent(claims[name]) && !isText(claims[name]));
  if (text) return `claim ${text} must be a string of at most ${MAX_TEXT} characters`;
  const boolean = BOOLEAN.find(
    (name) => !isAbsent(claims[name]) && typeof claims[name] !== 'boolean',
  );
  if (boolean) return `claim ${boolean} must be true or false`;
  if (!isAbsent(claims.address) && !isObject(claims.address))
    return 'claim address must be an object';
  if (!isAbsent(claims.updated_at) && !isTime(claims.updated_at)) {
    return 'claim updated_at must be a time';
  }
  if (!isAbsent(claims.amr) && !isTextList(claims.amr))
    return 'claim amr must be a list of strings';
  const large = Object.values(claims).some(
    (value) => value !== undefined && JSON.stringify(value).length > MAX_JSON,
  );
  return large ? `a claim is larger than ${MAX_JSON} characters` : undefined;
}

/** A time in seconds since the epoch, as a JWT has them (RFC 7519 §2). */
export function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

/** OpenID Connect Core §5.1.1. */
function isObject(value: unknown): boolean {
  return typeof value === 'object' && !Array.isArray(value);
}

/** OpenID Connect Core §5.1 wants seconds; Login 3.0's own pages show ISO 8601. */
function isTime(value: unknown): boolean {
  return typeof value === 'number' || isText(value);
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}
