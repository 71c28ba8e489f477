import { didKeyOf } from './did-key.js';
import { UpbondEmulatorError } from './errors.js';

/** A person who can sign in at the emulator, as the caller writes it. */
export interface UpbondEmulatorUserInput {
  /**
   * Subject identifier.
   *
   * @default a `did:key:…` derived from the e-mail address, the same in every run
   */
  sub?: string;
  /** E-mail address; claim `email` with the scope `email`. */
  email: string;
  /** Full name; claim `name` with the scope `profile`, and the name of the button on the login page. */
  name: string;
  /** Wallet address; claim `wallet_address` with the scope `wallet`. Without it the claim is absent. */
  walletAddress?: string;
  /** URL of a picture; claim `picture` with the scope `profile`. */
  picture?: string;
  /** Any other claim under its own name, e.g. `phone_number` or a namespaced one. */
  [claim: string]: unknown;
}

/** A person who can sign in, with the subject identifier decided. */
export interface UpbondEmulatorUser extends UpbondEmulatorUserInput {
  /** Subject identifier, as issued in `sub`. */
  sub: string;
}

const readyMadeUsers: readonly UpbondEmulatorUserInput[] = [
  {
    email: 'hanako@example.com',
    name: 'Hanako Yamada',
    given_name: 'Hanako',
    family_name: 'Yamada',
    walletAddress: '0x52908400098527886E0F7030069857D2E4169EE7',
    picture: 'https://example.com/people/hanako.png',
    locale: 'ja-JP',
    phone_number: '+81 90-0000-0001',
  },
  {
    email: 'taro@example.com',
    name: 'Taro Suzuki',
    given_name: 'Taro',
    family_name: 'Suzuki',
    walletAddress: '0x8617E340B3D01FA5F11F306F4090FD50E238070D',
    locale: 'ja-JP',
  },
  {
    email: 'maria@example.com',
    name: 'Maria García',
    given_name: 'Maria',
    family_name: 'García',
    walletAddress: '0xde709f2102306220921060314715629080e2fb77',
    locale: 'es-ES',
  },
  {
    email: 'alex@example.com',
    name: 'Alex Morgan (no wallet)',
    given_name: 'Alex',
    family_name: 'Morgan',
  },
];

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function withSubject(input: UpbondEmulatorUserInput, index: number): UpbondEmulatorUser {
  for (const field of ['email', 'name'] as const) {
    if (!isFilled(input?.[field])) {
      throw new UpbondEmulatorError('invalid_options', `users[${index}].${field} must be a text.`);
    }
  }
  return { ...input, sub: input.sub ?? didKeyOf(input.email) };
}

export function resolveUsers(
  inputs: readonly UpbondEmulatorUserInput[] = readyMadeUsers,
): UpbondEmulatorUser[] {
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw new UpbondEmulatorError(
      'invalid_options',
      'users must be an array of at least one user.',
    );
  }
  const users = inputs.map(withSubject);
  if (new Set(users.map((user) => user.sub)).size !== users.length) {
    throw new UpbondEmulatorError('invalid_options', 'Two users have the same sub.');
  }
  return users;
}

export function findUser(
  users: readonly UpbondEmulatorUser[],
  wanted: { sub?: string | undefined; email?: string | undefined },
): UpbondEmulatorUser | undefined {
  return users.find(
    (user) =>
      (wanted.sub !== undefined && user.sub === wanted.sub) ||
      (wanted.email !== undefined && user.email.toLowerCase() === wanted.email.toLowerCase()),
  );
}
