import { VersioningType, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { UpbondGuard } from 'nestjs-upbond-auth';
import type { Library } from '../../sockets/gateways.js';
import { graphqlModule, RESOLVERS } from './graphql.js';
import { gatewaysFor } from './gateways.js';
import { CONTROLLERS } from './http.js';
import { MESSAGES } from './messages.js';
import { cartsGatewayFor, CartsController, CartsResolver } from './request-scoped.js';
import { Witness } from './witness.js';

/** What a test leaves out. */
export interface SampleChanges {
  readonly isGuarded?: boolean;
  readonly areFieldsGuarded?: boolean;
}

/**
 * An application with every kind of handler and one guard for all of them. With the adapter of `ws`
 * nothing else can take upgrades on the same port, so GraphQL is beside socket.io.
 */
export function sampleModule(
  library: Library,
  { isGuarded = true, areFieldsGuarded = true }: SampleChanges = {},
): ModuleMetadata {
  const hasGraphql = library === 'socket.io';
  return {
    imports: hasGraphql ? [graphqlModule(areFieldsGuarded ? ['guards'] : [])] : [],
    controllers: [...CONTROLLERS, ...MESSAGES, CartsController],
    providers: [
      ...(isGuarded ? [{ provide: APP_GUARD, useExisting: UpbondGuard }] : []),
      Witness,
      ...gatewaysFor(library),
      cartsGatewayFor(library),
      ...(hasGraphql ? [...RESOLVERS, CartsResolver] : []),
    ],
  };
}

export const PREFIX = 'api';

export function configure(app: INestApplication): void {
  app.enableVersioning({ type: VersioningType.URI });
}
