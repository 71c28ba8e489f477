// @ts-check
// A login by a Passport strategy, as the documentation of Nest has it.
import { Controller, Get, Redirect, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import session from 'express-session';
import passport from 'passport';
import { decorate } from '../harness/contender.mjs';
import { isAuthenticated, sessionMiddleware } from './express-session.mjs';

export const SCOPE = 'openid profile email offline_access';

/**
 * @param {passport.Strategy} strategy
 * @param {object} [options] of `authenticate`
 * @returns {import('../harness/contender.mjs').Contender}
 */
export function passportLogin(strategy, options) {
  passport.use('login', strategy);

  class LoginGuard extends AuthGuard('login') {
    /** @override */
    getAuthenticateOptions() {
      return { ...options };
    }

    /** @override @param {import('@nestjs/common').ExecutionContext} context */
    async canActivate(context) {
      const isAllowed = await super.canActivate(context);
      await super.logIn(context.switchToHttp().getRequest());
      return Boolean(isAllowed);
    }
  }
  class LoginController {
    login() {}
    callback() {}
  }
  Controller()(LoginController);
  UseGuards(LoginGuard)(LoginController);
  decorate(LoginController, 'login', Get('login'));
  decorate(LoginController, 'callback', Get('callback'), Redirect('/me'));
  return {
    middleware: sessionMiddleware(new session.MemoryStore()),
    controllers: [LoginController],
    guards: [isAuthenticated],
    routes: { login: '/login', callback: '/callback' },
  };
}

/** The subject of an ID token. @param {string} idToken @returns {{ sub: string }} */
export function claimsOf(idToken) {
  return JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
}
