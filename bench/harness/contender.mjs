// @ts-check
// What the applications of the contenders are made of.
import { Controller, Get, Req, UnauthorizedException, UseGuards } from '@nestjs/common';

/**
 * @typedef {object} Settings
 * @property {string} issuer
 * @property {'express' | 'fastify'} platform
 * @property {number} port
 * @property {string} url of the application
 * @property {string} redisUrl
 */

/**
 * What a contender exports: how somebody would build `GET /me` with it. Middleware is of Express.
 *
 * @typedef {object} Contender
 * @property {import('@nestjs/common').ModuleMetadata['imports']} [imports]
 * @property {import('@nestjs/common').Provider[]} [providers]
 * @property {(import('@nestjs/common').Type<import('@nestjs/common').CanActivate> | import('@nestjs/common').CanActivate)[]} [guards]
 * @property {import('@nestjs/common').Type[]} [controllers]
 * @property {any[]} [middleware]
 * @property {(request: any) => string | undefined} [sub] where the subject is found; `request.user.sub` unless said otherwise
 * @property {(app: import('@nestjs/common').INestApplication, people: Person[]) => Promise<string[]> | string[]} [mint]
 * the Cookie header of a new session for each person
 * @property {{ login: string, callback: string }} [routes] of a login
 */

/** @typedef {{ sub: string, profile: Record<string, any>, tokens: Record<string, any> }} Person */

/**
 * A guard that is a function. It throws, or returns whether the request may pass.
 *
 * @param {(request: any, response: any) => boolean | Promise<boolean>} check
 * @returns {import('@nestjs/common').CanActivate}
 */
export function guard(check) {
  return {
    canActivate(context) {
      const http = context.switchToHttp();
      return check(http.getRequest(), http.getResponse());
    },
  };
}

/** @returns {never} */
export function refuse() {
  throw new UnauthorizedException();
}

/** The bearer token of a request. @param {any} request @returns {string} */
export function bearerOf(request) {
  const header = request.headers.authorization ?? '';
  return header.startsWith('Bearer ') ? header.slice(7) : refuse();
}

/** The value of a cookie. @param {any} request @param {string} name @returns {string} */
export function cookieOf(request, name) {
  const header = request.headers.cookie ?? '';
  const start = header.indexOf(`${name}=`);
  if (start < 0) return refuse();
  const end = header.indexOf(';', start);
  return header.slice(start + name.length + 1, end < 0 ? undefined : end);
}

/** Decorators, for JavaScript. @param {import('@nestjs/common').Type} type @param {string} method @param {(MethodDecorator | ClassDecorator)[]} decorators */
export function decorate(type, method, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, method);
  for (const decorator of decorators) {
    /** @type {MethodDecorator} */ (decorator)(type.prototype, method, descriptor ?? {});
  }
  return type;
}

/** @param {Contender} contender */
export function meController({ guards = [], sub = (request) => request.user?.sub }) {
  class MeController {
    /** @param {any} request */
    me(request) {
      return { sub: sub(request) };
    }
  }
  Controller()(MeController);
  if (guards.length > 0) UseGuards(...guards)(MeController);
  Req()(MeController.prototype, 'me', 0);
  return decorate(MeController, 'me', Get('me'));
}
