import { RequestMethod, VERSION_NEUTRAL, VersioningType, type Type } from '@nestjs/common';
import {
  HOST_METADATA,
  METHOD_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
  RouteParamtypes,
  VERSION_METADATA,
} from '@nestjs/common/internal';
import { MetadataScanner, type ApplicationConfig, type ModulesContainer } from '@nestjs/core';

/** A route of one of the application's controllers, as it is registered. */
export interface ApplicationRoute {
  readonly module: Type;
  readonly controller: Type;
  readonly methodName: string;
  readonly method: RequestMethod;
  /** With module path, version and global prefix. */
  readonly path: string;
}

/** Reads the routes of the application's controllers in the order in which Nest registers them. */
export class ApplicationRoutes {
  readonly #scanner = new MetadataScanner();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly application: ApplicationConfig,
  ) {}

  /** Every route that answers requests for any host, without a version header, by itself. */
  list(): ApplicationRoute[] {
    return [...this.modules.values()].flatMap((module) =>
      [...module.controllers.values()].flatMap(({ metatype }) => {
        const controller = metatype as Type | null;
        if (!controller || Reflect.getMetadata(HOST_METADATA, controller)) return [];
        const modulePath = this.modulePath(module.metatype);
        return this.routesOf(controller, modulePath).map((route) => ({
          ...route,
          module: module.metatype,
        }));
      }),
    );
  }

  private routesOf(controller: Type, modulePath: string): Omit<ApplicationRoute, 'module'>[] {
    const prototype = controller.prototype as Record<string, object>;
    return this.#scanner.getAllMethodNames(prototype).flatMap((methodName) => {
      const handler = prototype[methodName] as object;
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      if (method === undefined || passesOn(controller, methodName)) return [];
      const starts = texts(Reflect.getMetadata(PATH_METADATA, controller));
      const ends = texts(Reflect.getMetadata(PATH_METADATA, handler));
      return this.versionPaths(controller, handler).flatMap((version) =>
        starts.flatMap((start) =>
          ends.map((end) => {
            const path = join(modulePath, start, end);
            return { controller, methodName, method, path: this.prefixed(version, path, method) };
          }),
        ),
      );
    });
  }

  private prefixed(version: string, path: string, method: RequestMethod): string {
    const isExcluded = isExcludedFromPrefix(this.application, path, method);
    return join(isExcluded ? '' : this.application.getGlobalPrefix(), version, path) || '/';
  }

  /** What URI versioning puts in front of a path; nothing at all for other kinds of versions. */
  private versionPaths(controller: Type, handler: object): string[] {
    const options = this.application.getVersioning();
    if (!options) return [''];
    const versions: unknown =
      Reflect.getMetadata(VERSION_METADATA, handler) ??
      Reflect.getMetadata(VERSION_METADATA, controller) ??
      options.defaultVersion ??
      VERSION_NEUTRAL;
    return [versions].flat().flatMap((version) => {
      if (version === VERSION_NEUTRAL) return [''];
      if (options.type !== VersioningType.URI) return [];
      return [`${options.prefix === false ? '' : (options.prefix ?? 'v')}${String(version)}`];
    });
  }

  private modulePath(module: object): string {
    const key = MODULE_PATH + this.modules.applicationId;
    const path: unknown =
      Reflect.getMetadata(key, module) ?? Reflect.getMetadata(MODULE_PATH, module);
    return typeof path === 'string' ? path : '';
  }
}

/** Whether `setGlobalPrefix(…, { exclude })` names a path for a method. */
export function isExcludedFromPrefix(
  application: ApplicationConfig,
  path: string,
  method: RequestMethod,
): boolean {
  const { exclude = [] } = application.getGlobalPrefixOptions();
  return exclude.some(
    ({ pathRegex, requestMethod }) =>
      pathRegex.test(path) && (requestMethod === RequestMethod.ALL || requestMethod === method),
  );
}

/** Whether a handler asks for `@Next()`: it may leave a request to the routes after it. */
function passesOn(controller: Type, methodName: string): boolean {
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, methodName) ??
    {}) as object;
  return Object.keys(parameters).some((key) => key.startsWith(`${RouteParamtypes.NEXT}:`));
}

function texts(path: unknown): string[] {
  return Array.isArray(path) ? path.map(String) : [typeof path === 'string' ? path : ''];
}

function join(...parts: string[]): string {
  const segments = parts.flatMap((part) => part.split('/')).filter(Boolean);
  return segments.length === 0 ? '' : `/${segments.join('/')}`;
}
