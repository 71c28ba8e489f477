import { bearerCredential, type BearerCredential } from './bearer-credential.js';

const NAME = 'authorization';

/**
 * What Nest's transports hand to a handler beside the data of a packet, as far as it can hold a token.
 * Each has one of these; none is imported, so that no transport has to be installed.
 */
interface PacketContext {
  /** TCP and Redis: `PacketMetadata` of the packet, any JSON. */
  getMetadata?(): unknown;
  /** NATS: `MsgHdrs`, which lists its names with their values. */
  getHeaders?(): unknown;
  /** MQTT 5: `IPublishPacket`. */
  getPacket?(): { readonly properties?: { readonly userProperties?: unknown } } | undefined;
  /** RabbitMQ: `Message` of amqplib; Kafka: `KafkaMessage`. */
  getMessage?():
    | { readonly properties?: { readonly headers?: unknown }; readonly headers?: unknown }
    | undefined;
  /** gRPC: `Metadata` itself, whose names are in lower case. */
  get?(name: string): unknown;
}

/**
 * The bearer token of a packet: `Bearer …` under the name `authorization`, in any letter case, of what
 * travels beside its data. `undefined` when nothing there speaks of one.
 */
export function packetCredential(context: unknown): BearerCredential | undefined {
  if (!isObject(context)) return undefined;
  const values = authorizationOf(context);
  // Kafka and gRPC may hand bytes over
  const texts = values.map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : value));
  if (!texts.every(isText)) return { problem: 'authorization is not a text' };
  return bearerCredential(texts);
}

function authorizationOf(context: PacketContext): unknown[] {
  if (context.getMetadata) return named(context.getMetadata());
  if (context.getHeaders) return named(context.getHeaders());
  if (context.getPacket) return named(context.getPacket()?.properties?.userProperties);
  if (context.getMessage) {
    const message = context.getMessage();
    return named(message?.properties?.headers ?? message?.headers);
  }
  return context.get ? [context.get(NAME)].flat() : [];
}

/** Own members only: what a prototype says, no packet has said. */
function named(values: unknown): unknown[] {
  if (!isObject(values) || Array.isArray(values)) return [];
  const entries = isIterable(values) ? [...values] : Object.entries(values);
  return entries
    .filter((entry) => Array.isArray(entry) && isText(entry[0]) && entry[0].toLowerCase() === NAME)
    .flatMap((entry) => (entry as unknown[])[1]);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
