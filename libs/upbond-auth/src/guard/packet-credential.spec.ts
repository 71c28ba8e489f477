import { describe, expect, it } from 'vitest';
import { packetCredential } from './packet-credential.js';

const GOOD = 'Bearer abc';

function read(context: unknown): string {
  const credential = packetCredential(context);
  if (!credential) return 'none';
  return 'token' in credential ? `token ${credential.token}` : `malformed: ${credential.problem}`;
}

/** JSON as a socket delivers it, `__proto__` as a member included. */
const metadata = (json: string) => ({ getMetadata: () => JSON.parse(json) as unknown });

/** `MsgHdrs` of @nats-io/nats-core: `Iterable<[string, string[]]>`. */
const natsHeaders = (...entries: [string, string[]][]) => ({
  getHeaders: () => ({ [Symbol.iterator]: () => entries[Symbol.iterator](), has: () => false }),
});

/** `Metadata` of @grpc/grpc-js: `get(key): (string | Buffer)[]`, keys in lower case. */
class GrpcMetadata {
  constructor(private readonly values: Record<string, (string | Buffer)[]>) {}
  get(key: string) {
    return this.values[key] ?? [];
  }
}

const mqtt = (properties: unknown) => ({ getPacket: () => ({ topic: 't', properties }) });
const message = (value: unknown) => ({ getMessage: () => value });

describe('the token of a packet', () => {
  it.each<[string, unknown, string]>([
    ['TCP, Redis', metadata('{"authorization":"Bearer abc"}'), 'token abc'],
    ['TCP, Redis: any letter case', metadata('{"Authorization":"bearer abc"}'), 'token abc'],
    ['NATS', natsHeaders(['x', ['y']], ['Authorization', [GOOD]]), 'token abc'],
    ['MQTT 5', mqtt({ userProperties: { authorization: GOOD } }), 'token abc'],
    ['RabbitMQ', message({ properties: { headers: { authorization: GOOD } } }), 'token abc'],
    ['Kafka', message({ headers: { authorization: GOOD } }), 'token abc'],
    ['Kafka: bytes', message({ headers: { authorization: Buffer.from(GOOD) } }), 'token abc'],
    ['gRPC', new GrpcMetadata({ authorization: [GOOD] }), 'token abc'],
  ])('is found with %s', (_, context, expected) => {
    expect(read(context)).toBe(expected);
  });

  it.each<[string, unknown]>([
    ['TCP, Redis: no metadata', { getMetadata: () => undefined }],
    ['TCP, Redis: empty', metadata('{}')],
    ['NATS: no headers', { getHeaders: () => undefined }],
    ['NATS: others', natsHeaders(['x', [GOOD]])],
    ['MQTT 3', mqtt(undefined)],
    ['MQTT 5: no user properties', mqtt({ contentType: 'text/plain' })],
    ['MQTT: no packet', { getPacket: () => undefined }],
    ['RabbitMQ: no headers', message({ properties: { headers: undefined } })],
    ['Kafka: no headers', message({})],
    ['no message', message(undefined)],
    ['gRPC: others', new GrpcMetadata({ cookie: ['a=b'] })],
    ['another context', { getPattern: () => GOOD }],
    ['no context', undefined],
    ['a text for a context', GOOD],
    ['another scheme', metadata('{"authorization":"Basic dTpw"}')],
    ['the token without its scheme', metadata('{"authorization":"abc"}')],
    ['a cookie', metadata('{"cookie":"Bearer abc"}')],
    ['metadata that is a text', metadata('"Bearer abc"')],
    ['metadata that is a number', metadata('1')],
    ['metadata that is null', metadata('null')],
    ['metadata that is a list', metadata('[["authorization","Bearer abc"]]')],
    ['no value', metadata('{"authorization":[]}')],
    ['a prototype', metadata('{"__proto__":{"authorization":"Bearer abc"}}')],
    ['what is inherited', { getMetadata: () => Object.create({ authorization: GOOD }) as unknown }],
  ])('is not found with %s', (_, context) => {
    expect(read(context)).toBe('none');
  });

  const TWICE = 'malformed: more than one Authorization header';
  const NO_TEXT = 'malformed: authorization is not a text';
  it.each<[string, unknown, string]>([
    ['two letter cases', metadata(`{"authorization":"${GOOD}","Authorization":"${GOOD}"}`), TWICE],
    ['a list of two', metadata(`{"authorization":["${GOOD}","${GOOD}"]}`), TWICE],
    ['two user properties', mqtt({ userProperties: { authorization: [GOOD, GOOD] } }), TWICE],
    ['two headers of NATS', natsHeaders(['authorization', [GOOD, GOOD]]), TWICE],
    ['two entries of gRPC', new GrpcMetadata({ authorization: [GOOD, GOOD] }), TWICE],
    ['null', metadata('{"authorization":null}'), NO_TEXT],
    ['a number', metadata('{"authorization":1}'), NO_TEXT],
    ['an object', metadata('{"authorization":{"toString":"Bearer abc"}}'), NO_TEXT],
    ['a list in a list', metadata('{"authorization":[["Bearer abc"]]}'), NO_TEXT],
    ['a text and a number', metadata('{"authorization":["Bearer abc",1]}'), NO_TEXT],
    [
      '1 MB',
      metadata(`{"authorization":"Bearer ${'a'.repeat(2 ** 20)}"}`),
      'malformed: longer than 16 kB',
    ],
  ])('is malformed when it is %s', (_, context, expected) => {
    expect(read(context)).toBe(expected);
  });
});
