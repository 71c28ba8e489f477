import { graphqlCall, type FieldPath, type GraphqlCall } from './graphql-call.js';

/** The part of Nest's `ExecutionContext` that tells one kind of call from another. */
export interface CallContext {
  /** `http`, `graphql`, `ws`, `rpc`, or what another package calls its own. */
  getType(): string;
  /** The arguments of the handler, as the transport hands them over. */
  getArgs(): readonly unknown[];
  /** The method that is called. */
  getHandler(): object;
}

/** What the guard puts the user on: one object for each call, or for each connection. */
export interface Carrier {
  user?: unknown;
}

/**
 * Fields of one GraphQL operation are resolved at the same time, and their guards need not agree on who
 * calls: each field has a carrier of its own. What an event of a subscription leads to has new paths;
 * it knows the user by the context of the operation.
 */
const fields = new WeakMap<object, Carrier>();

/** The object that carries the user of a call to its handler; nothing for a context that is not known. */
export function carrierOf(context: CallContext): Carrier | undefined {
  const args = context.getArgs();
  switch (context.getType()) {
    case 'http':
    case 'ws': // the client, in both libraries
      return asCarrier(args[0]);
    case 'rpc':
      // Every transport makes a context of its own for each packet (of gRPC: the call's metadata)
      return asCarrier(args[1]);
    case 'graphql':
      return nearestField(graphqlCall(args));
    default:
      return undefined;
  }
}

/** The carrier of a GraphQL field whose guard has decided. */
export function fieldCarrier({ isSubscription, context, path }: GraphqlCall): Carrier {
  const key = isSubscription && !path.prev ? context : path;
  const carrier = fields.get(key) ?? {};
  fields.set(key, carrier);
  return carrier;
}

/** That of the field, or of the nearest one above it that a guard decided on. */
function nearestField(call: GraphqlCall | undefined): Carrier | undefined {
  let path: FieldPath | undefined = call?.path;
  while (path && !fields.has(path)) path = path.prev;
  const key = path ?? call?.context;
  return key && fields.get(key);
}

function asCarrier(value: unknown): Carrier | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}
