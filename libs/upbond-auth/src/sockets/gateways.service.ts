import { Inject, Injectable, type Type } from '@nestjs/common';
import { ApplicationConfig, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { PUBLIC } from '../decorators/public.decorator.js';
import { requirementsOf, type ReadMark } from '../guard/requirements.js';
import type { Gateway } from './place.js';
import { SocketFilter } from './socket.filter.js';

// What the decorators of @nestjs/websockets and of Nest write; the package itself is not needed here
const IS_GATEWAY = 'websockets:is_gateway';
const OPTIONS = 'websockets:gateway_options';
const PORT = 'port';
const IS_MESSAGE = 'websockets:message_mapping';
const GUARDS = '__guards__';
const FILTERS = '__exceptionFilters__';

type Handler = Parameters<typeof Reflect.getMetadata>[1];

/** A gateway and where it serves. */
interface ServedGateway extends Gateway {
  readonly type: Type;
  readonly port: number;
  readonly path: unknown;
  /** A name, or a pattern of names. */
  readonly namespace: unknown;
}

/** Where a gateway serves: as in the options of its decorator. */
export type Address = Pick<ServedGateway, 'port' | 'path' | 'namespace'>;

/**
 * Knows the gateways of the application. Nest has no global filters for them, so each gets the filter of
 * this library as its last.
 */
@Injectable()
export class GatewaysService {
  readonly #gateways: readonly ServedGateway[];

  constructor(
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(ApplicationConfig) private readonly application: ApplicationConfig,
  ) {
    this.#gateways = gatewaysIn(modules);
    // Now, because gateways are connected before any hook is called
    for (const { type } of this.#gateways) addFilter(type);
  }

  /** The gateways that serve at an address. */
  at({ port, path, namespace }: Address): Gateway[] {
    return this.#gateways.filter(
      (one) => one.port === port && one.path === path && isNamed(one.namespace, namespace),
    );
  }

  /** Names of the gateways that a guard is bound to. */
  guardedBy(guard: Type): string[] {
    const isIt = (one: unknown) => one === guard || (one as object).constructor === guard;
    const isEverywhere = this.application.getGlobalGuards().some(isIt);
    const guards = (target: Handler) =>
      (Reflect.getMetadata(GUARDS, target) as unknown[] | undefined) ?? [];
    const isBound = ({ type }: ServedGateway) =>
      [type, ...messagesOf(type)].some((target) => guards(target).some(isIt));
    return this.#gateways.filter((one) => isEverywhere || isBound(one)).map(({ name }) => name);
  }
}

function gatewaysIn(modules: ModulesContainer): ServedGateway[] {
  const types = [...modules.values()].flatMap(({ providers }) =>
    [...providers.values()].filter((one) => !one.isNotMetatype).map((one) => one.metatype),
  );
  return [...new Set(types)].flatMap((type) =>
    typeof type === 'function' && Reflect.getMetadata(IS_GATEWAY, type) === true
      ? [gatewayOf(type as Type)]
      : [],
  );
}

function gatewayOf(type: Type): ServedGateway {
  const { path, namespace } = Reflect.getMetadata(OPTIONS, type) as Partial<Address>;
  const read = reader(type);
  const requirements = requirementsOf(read, () => undefined, PUBLIC);
  const messages = messagesOf(type).map((one) => requirementsOf(reader(one), read, PUBLIC));
  return {
    type,
    name: type.name,
    port: (Reflect.getMetadata(PORT, type) as number | undefined) ?? 0,
    path,
    namespace,
    requirements,
    isOpen: [requirements, ...messages].some(({ isPublic }) => isPublic),
  };
}

function reader(target: Handler): ReadMark {
  return (key) => Reflect.getMetadata(key, target) as unknown;
}

function messagesOf({ prototype }: Type): Handler[] {
  const methods = prototype as Readonly<Record<string, Handler>>;
  const names = new MetadataScanner().getAllMethodNames(methods);
  return names
    .flatMap((name) => methods[name] ?? [])
    .filter((method) => Reflect.getMetadata(IS_MESSAGE, method) === true);
}

/** The same option, the same name with or without a slash before it, or a pattern that fits. */
function isNamed(option: unknown, namespace: unknown): boolean {
  if (option === namespace) return true;
  if (typeof namespace !== 'string' && namespace !== undefined) return false;
  if (option instanceof RegExp) return namespace !== undefined && option.test(namespace);
  return withSlash(option) === withSlash(namespace);
}

function withSlash(name: unknown): string {
  return typeof name === 'string' ? `/${name.replace(/^\//, '')}` : '/';
}

/** First in Nest's list is last asked: filters of the application come before. */
function addFilter(type: Type): void {
  const filters = (Reflect.getMetadata(FILTERS, type) as unknown[] | undefined) ?? [];
  if (filters.some((filter) => filter instanceof SocketFilter)) return;
  Reflect.defineMetadata(FILTERS, [new SocketFilter(), ...filters], type);
}
