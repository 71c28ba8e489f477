import type { Credential } from '../decorators/marks.js';
import type { Requirements } from '../guard/requirements.js';

/** A gateway, as far as it decides who may connect. */
export interface Gateway {
  readonly name: string;
  /** Whether the gateway, or one of its messages, is public. */
  readonly isOpen: boolean;
  /** What its class asks. */
  readonly requirements: Requirements;
}

/** Where clients connect to: a path of `ws`, a namespace of socket.io. Gateways can share one. */
export interface Place {
  /** Whether nobody in particular may connect, and which credentials are looked at. */
  readonly requirements: Pick<Requirements, 'isPublic' | 'credentials'>;
  /** What whoever connects has to satisfy, one after the other. */
  readonly demands: readonly Requirements[];
}

const NOTHING_ASKED = {
  scopes: undefined,
  permissions: undefined,
  roles: undefined,
  claims: undefined,
  stepUp: undefined,
  isEventStream: false,
};
const EITHER: readonly Credential[] = ['session', 'bearer'];

/**
 * A connection reaches all gateways of a place, and what one of them broadcasts reaches all
 * connections: so every gateway has to agree. A place without gateways is closed.
 */
export function placeOf(gateways: readonly Gateway[]): Place {
  const isPublic = gateways.length > 0 && gateways.every(({ isOpen }) => isOpen);
  const credentials = EITHER.filter((credential) =>
    gateways.every(({ requirements }) => requirements.credentials.includes(credential)),
  );
  const requirements = { ...NOTHING_ASKED, isPublic, credentials };
  const closed = gateways.filter(({ isOpen }) => !isOpen);
  return { requirements, demands: [requirements, ...closed.map((one) => one.requirements)] };
}
