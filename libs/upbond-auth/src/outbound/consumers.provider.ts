import {
  PARAMTYPES_METADATA,
  PROPERTY_DEPS_METADATA,
  SELF_DECLARED_DEPS_METADATA,
} from '@nestjs/common/internal';
import type { ModulesContainer } from '@nestjs/core';

/** What Nest knows of a provider or controller. */
interface Known {
  readonly metatype: unknown;
  readonly inject?: readonly unknown[] | null;
}

/**
 * Whether anything of the application is made with one of these: also what Nest makes for each request,
 * and so only when the first request is under way.
 */
export function isInjected(modules: ModulesContainer, tokens: ReadonlySet<unknown>): boolean {
  const all = [...modules.values()].flatMap(({ providers, controllers, injectables }) =>
    [providers, controllers, injectables].flatMap((map) => [...map.values()] as Known[]),
  );
  return all.some((known) => dependencies(known).some((one) => tokens.has(one)));
}

function dependencies({ metatype, inject }: Known): unknown[] {
  if (inject) return inject.map((one) => (isOptional(one) ? one.token : one));
  if (typeof metatype !== 'function') return [];
  const list = (key: string) => (Reflect.getMetadata(key, metatype) ?? []) as object[];
  return [
    ...list(PARAMTYPES_METADATA),
    ...list(SELF_DECLARED_DEPS_METADATA).map((one) => (one as { param: unknown }).param),
    ...list(PROPERTY_DEPS_METADATA).map((one) => (one as { type: unknown }).type),
  ];
}

function isOptional(one: unknown): one is { readonly token: unknown } {
  return typeof one === 'object' && one !== null && 'token' in one;
}
