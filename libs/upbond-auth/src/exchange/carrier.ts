/** The part of Nest's `ExecutionContext` that tells one kind of call from another. */
export interface CallContext {
  /** `http`, `graphql`, `ws`, `rpc`, or what another package calls its own. */
  getType(): string;
  /** The arguments of the handler, as the transport hands them over. */
  getArgs(): readonly unknown[];
}

/** What the guard puts the user on: one object for each call, or for each connection. */
export interface Carrier {
  user?: unknown;
}

/** The object that carries the user of a call to its handler; nothing for a context that is not known. */
export function carrierOf(context: CallContext): Carrier | undefined {
  const args = context.getArgs();
  switch (context.getType()) {
    case 'http':
    case 'ws': // the client, in both libraries
      return asCarrier(args[0]);
    default:
      return undefined;
  }
}

function asCarrier(value: unknown): Carrier | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}
