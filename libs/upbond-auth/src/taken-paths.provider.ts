import { RequestMethod, type HttpServer, type Type } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import type { ApplicationRoute } from './application-routes.provider.js';
import type { ConfigProblem } from './errors/upbond-config-error.js';
import type { Routes } from './options/route-paths.js';
import { DEFAULT_INSTANCE } from './options/instance-names.js';
import { isSameRoute } from './options/paths.js';
import { takesPath } from './options/route-pattern.js';
import type { UpbondAuthConfig } from './options/upbond-auth-config.js';

/** Which of two routes for one path gets the request: the first that matches, or the most specific. */
export type Precedence = 'first' | 'first-of-equals' | 'most-specific';

/** How the router of this application chooses; `getRouteResolutionStrategy` is younger than Nest 12.1. */
export function precedenceOf(application: ApplicationConfig, adapter: HttpServer): Precedence {
  if (!(adapter.isRouteOrderSensitive?.() ?? true)) return 'most-specific';
  const strategy = application.getRouteResolutionStrategy?.();
  return strategy === 'specificity' ? 'first-of-equals' : 'first';
}

interface Situation {
  readonly config: UpbondAuthConfig;
  readonly controller: Type;
  readonly routes: Routes;
  /** Every route of the application, in the order of registration. */
  readonly list: readonly ApplicationRoute[];
  readonly precedence: Precedence;
}

const SETTINGS = {
  login: { option: 'routes.login', variable: 'LOGIN_PATH' },
  callback: { option: 'redirectUri', variable: 'REDIRECT_URI' },
  logout: { option: 'routes.logout', variable: 'LOGOUT_PATH' },
  backchannelLogout: { option: 'routes.backchannelLogout', variable: 'BACKCHANNEL_LOGOUT_PATH' },
  protectedResourceMetadata: {
    option: 'routes.protectedResourceMetadata',
    variable: 'PROTECTED_RESOURCE_METADATA_PATH',
  },
} as const;

/** A problem for each of our routes whose requests another route of the application would get. */
export function takenPaths(situation: Situation): ConfigProblem[] {
  const { list, controller } = situation;
  const names = Object.keys(SETTINGS) as (keyof Routes)[];
  return names.flatMap((name) => {
    const position = list.findIndex(
      (route) => route.controller === controller && route.methodName === name,
    );
    const ours = list[position];
    const winner =
      ours && rivalsOf(position, situation).find((route) => wins(route, ours, situation));
    return winner ? [problemOf(situation, name, ours, winner)] : [];
  });
}

/** The routes that could get the requests of the one at this position. */
function rivalsOf(position: number, { list, controller, precedence }: Situation) {
  return list.filter((route, index) => {
    if (route.controller === controller) return false;
    // The paths of later instances are not known yet; those instances look back at this one
    const isLaterInstance = route.module === list[position]?.module && index > position;
    return index < position || (precedence === 'most-specific' && !isLaterInstance);
  });
}

function wins(rival: ApplicationRoute, ours: ApplicationRoute, { precedence }: Situation): boolean {
  if (rival.method !== RequestMethod.ALL && rival.method !== ours.method) return false;
  return precedence === 'first' ? takesPath(rival.path, ours.path) : rival.path === ours.path;
}

function problemOf(
  { config, precedence }: Situation,
  name: keyof Routes,
  ours: ApplicationRoute,
  winner: ApplicationRoute,
): ConfigProblem {
  const { option, variable } = SETTINGS[name];
  const owner =
    winner.module === ours.module
      ? `the ${winner.methodName} route of another UpbondAuthModule`
      : `${winner.controller.name}.${winner.methodName}`;
  const rule = precedence === 'most-specific' ? '' : ', which is registered before it';
  return {
    variable: config.variablePrefix + variable,
    option,
    problem: `the ${name} route cannot be served at ${ours.path}: ${owner} takes the requests for ${winner.path}${rule}.`,
    fix: isSameRoute(winner.path, ours.path)
      ? `give one of the two another path, such as ${freePath(config, name)}.`
      : `pass routeResolutionStrategy: 'specificity' to NestFactory.create(), or move ${winner.controller.name} to a module that is imported after UpbondAuthModule.`,
  };
}

function freePath({ name }: UpbondAuthConfig, route: keyof Routes): string {
  return name === DEFAULT_INSTANCE ? `/upbond/${route}` : `/auth/${name}/${route}`;
}
