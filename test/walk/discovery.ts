import type { INestApplication, Type } from '@nestjs/common';
import { METHOD_METADATA, SSE_METADATA } from '@nestjs/common/internal';
import { MetadataScanner, ModulesContainer, SerializedGraph } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { PatternHandler } from '@nestjs/microservices/enums/pattern-handler.enum.js';
import { PATTERN_HANDLER_METADATA, PATTERN_METADATA } from '@nestjs/microservices/constants.js';
import {
  GATEWAY_METADATA,
  GATEWAY_OPTIONS,
  MESSAGE_METADATA,
} from '@nestjs/websockets/constants.js';
import type { GraphQLSchema } from 'graphql';
import { PUBLIC } from '../../libs/upbond-auth/src/decorators/public.decorator.js';
import { requirementsOf } from '../../libs/upbond-auth/src/guard/requirements.js';

// What the decorators of @nestjs/graphql write
const RESOLVER_TYPE = 'graphql:resolver_type';
const RESOLVER_NAME = 'graphql:resolver_name';
const RESOLVER_PROPERTY = 'graphql:resolve_property';

/** The routes of a login and a logout; they have answers of their own. */
export const OWN = 'route of the library';

type Method = (...parameters: unknown[]) => unknown;

/** Where a handler is reached. */
export type Address =
  | { readonly by: 'HTTP' | 'SSE' | 'library'; readonly method: string; readonly path: string }
  | { readonly by: 'operation' | 'subscription'; readonly query: string }
  | { readonly by: 'socket'; readonly place: string; readonly event: string }
  | { readonly by: 'message' | 'event'; readonly pattern: unknown };

/** A handler that metadata speak of, and one way to it. */
export interface Handler {
  /** `Class.method` */
  readonly name: string;
  readonly kind: string;
  readonly isPublic: boolean;
  readonly address: Address;
}

/** Every handler of an application, as the metadata of Nest have it: no list is kept anywhere. */
export function handlersOf(app: INestApplication): Handler[] {
  const types = typesOf(app);
  return [...new Set(types)].flatMap((type) =>
    methodsOf(type).flatMap(([name, method]) => handlersAt(app, type, name, method)),
  );
}

/** What Nest itself has noted that it serves: `Class.method`. */
export function servedBy(app: INestApplication): Set<string> {
  return new Set(entrypointsOf(app).map((one) => `${one.className}.${one.methodName}`));
}

interface Entrypoint {
  readonly type: string;
  readonly className: string;
  readonly methodName: string;
  readonly metadata: { readonly path: string; readonly requestMethod: string };
}

function entrypointsOf(app: INestApplication): Entrypoint[] {
  const { entrypoints } = app.get(SerializedGraph).toJSON() as unknown as {
    readonly entrypoints: Readonly<Record<string, readonly Entrypoint[]>>;
  };
  return Object.values(entrypoints)
    .flat()
    .filter(({ type }) => type !== 'middleware');
}

function typesOf(app: INestApplication): Type[] {
  const modules = [...app.get(ModulesContainer).values()];
  return modules.flatMap(({ controllers, providers }) =>
    [...controllers.values(), ...providers.values()].flatMap(({ metatype, isNotMetatype }) =>
      typeof metatype === 'function' && !isNotMetatype ? [metatype as Type] : [],
    ),
  );
}

function methodsOf(type: Type): [string, Method][] {
  const prototype = type.prototype as Readonly<Record<string, Method>> | undefined;
  if (!prototype) return [];
  const names = new MetadataScanner().getAllMethodNames(prototype);
  return names.map((name) => [name, prototype[name] as Method]);
}

function handlersAt(app: INestApplication, type: Type, method: string, handler: Method): Handler[] {
  const read = (key: string) => Reflect.getMetadata(key, handler) as unknown;
  const ofClass = (key: string) => Reflect.getMetadata(key, type) as unknown;
  const { isPublic } = requirementsOf(read, ofClass, PUBLIC);
  const name = `${type.name}.${method}`;
  const found: [kind: string, address: Address][] = [
    ...(read(METHOD_METADATA) === undefined
      ? []
      : routesOf(app, name, read(SSE_METADATA) === true)),
    ...(read(PATTERN_METADATA) === undefined ? [] : packetsOf(read)),
    ...(ofClass(GATEWAY_METADATA) === true && read(MESSAGE_METADATA) !== undefined
      ? [messageOf(ofClass, read)]
      : []),
    ...((read(RESOLVER_TYPE) ?? read(RESOLVER_PROPERTY))
      ? [fieldOf(app, method, ofClass, read)]
      : []),
  ];
  return found.map(([kind, address]) => ({ name, kind, isPublic, address }));
}

type Read = (key: string) => unknown;
type Found = [kind: string, address: Address];

/** A route has an address for each of its paths and versions; Nest has noted where they ended up. */
function routesOf(app: INestApplication, name: string, isStream: boolean): Found[] {
  const isOwn = name.startsWith('UpbondAuthController.');
  const by = isOwn ? 'library' : isStream ? 'SSE' : 'HTTP';
  const kind = isOwn ? OWN : by;
  return entrypointsOf(app)
    .filter((one) => one.type === 'http-endpoint' && `${one.className}.${one.methodName}` === name)
    .map(({ metadata: { path, requestMethod } }) => {
      const method = requestMethod === 'ALL' ? 'GET' : requestMethod;
      return [kind, { by, method, path: path.replace(/:\w+/g, 'x') }];
    });
}

function packetsOf(read: Read): Found[] {
  const isEvent = read(PATTERN_HANDLER_METADATA) === PatternHandler.EVENT;
  const by = isEvent ? 'event' : 'message';
  return [read(PATTERN_METADATA)].flat().map((pattern) => [by, { by, pattern }]);
}

function messageOf(ofClass: Read, read: Read): Found {
  const options = ofClass(GATEWAY_OPTIONS) as { path?: string; namespace?: string };
  const place = (options.path ?? options.namespace ?? '').replace(/^\//, '');
  return ['gateway message', { by: 'socket', place, event: String(read(MESSAGE_METADATA)) }];
}

function fieldOf(app: INestApplication, method: string, ofClass: Read, read: Read): Found {
  const { schema } = app.get(GraphQLSchemaHost, { strict: false });
  const name = (read(RESOLVER_NAME) as string | undefined) ?? method;
  const type = (read(RESOLVER_TYPE) ?? ofClass(RESOLVER_NAME)) as string;
  if (read(RESOLVER_PROPERTY) === true) {
    const parent = String(ofClass(RESOLVER_NAME) ?? ofClass(RESOLVER_TYPE));
    const query = `{ ${parentOf(app, schema, parent)} { ${selection(schema, parent, name)} } }`;
    return ['GraphQL field', { by: 'operation', query }];
  }
  const operation = type.toLowerCase();
  const by = type === 'Subscription' ? 'subscription' : 'operation';
  const query = `${operation} { ${selection(schema, type, name)} }`;
  return [`GraphQL ${operation}`, { by, query }];
}

/** A field, with what has to be selected of it. */
function selection(schema: GraphQLSchema, parent: string, field: string): string {
  const type = schema.getType(namedTypeOf(fieldsOf(schema, parent)[field]));
  return type && 'getFields' in type ? `${field} { __typename }` : field;
}

/** A query that leads to a type, and that everybody may ask: what is below it decides then. */
function parentOf(app: INestApplication, schema: GraphQLSchema, type: string): string {
  const open = typesOf(app).flatMap((one) => methodsOf(one).flatMap(publicQuery(one)));
  const queries = Object.values(fieldsOf(schema, 'Query'));
  const found = queries.find((one) => open.includes(one.name) && namedTypeOf(one) === type);
  if (!found) throw new Error(`no public query leads to ${type}`);
  return found.name;
}

function publicQuery(type: Type) {
  return ([, handler]: [string, Method]): string[] => {
    const read = (key: string) => Reflect.getMetadata(key, handler) as unknown;
    const ofClass = (key: string) => Reflect.getMetadata(key, type) as unknown;
    const isOpen =
      read(RESOLVER_TYPE) === 'Query' && requirementsOf(read, ofClass, PUBLIC).isPublic;
    return isOpen ? [(read(RESOLVER_NAME) as string | undefined) ?? handler.name] : [];
  };
}

type Fields = Readonly<Record<string, { readonly name: string; readonly type: unknown }>>;

function fieldsOf(schema: GraphQLSchema, type: string): Fields {
  const found = schema.getType(type);
  return found && 'getFields' in found ? (found.getFields() as Fields) : {};
}

/** Without lists and exclamation marks. */
function namedTypeOf(field: Fields[string] | undefined): string {
  return String(field?.type).replace(/[[\]!]/g, '');
}
