import {
  Get,
  Inject,
  Module,
  Optional,
  Post,
  RequestMethod,
  Scope,
  type DynamicModule,
  type HttpServer,
  type NestModule,
  type OnModuleDestroy,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { MODULE_PATH } from '@nestjs/common/internal';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { ApplicationRoutes, isExcludedFromPrefix } from './application-routes.provider.js';
import type { Http } from './authorization-server/http.js';
import { HTTP } from './authorization-server/http.provider.js';
import { UpbondConfigError, type ConfigProblem } from './errors/upbond-config-error.js';
import { GraphqlConnections } from './guard/graphql-connections.service.js';
import { GuardService, guardServiceToken } from './guard/guard.service.js';
import { UpbondGuard } from './guard/upbond.guard.js';
import { INSTANCE_NAME, UPBOND_AUTH_CONFIG } from './options/config.provider.js';
import { DEFAULT_INSTANCE } from './options/instance-names.js';
import { resolveRoutes, type Routing, type Routes } from './options/route-paths.js';
import { RoutesHolder } from './options/routes.provider.js';
import type { UpbondAuthConfig } from './options/upbond-auth-config.js';
import type { UpbondAuthOptions } from './options/upbond-auth-options.js';
import { createUpbondAuthController, type UpbondAuthRoutes } from './upbond-auth.controller.js';
import {
  ConfigurableModuleClass,
  type ASYNC_OPTIONS_TYPE,
  type UpbondAuthModuleExtras,
} from './upbond-auth.module-definition.js';
import { precedenceOf, takenPaths } from './taken-paths.provider.js';
import {
  ClientCredentialsService,
  clientCredentialsServiceToken,
} from './outbound/client-credentials.service.js';
import { UpbondAuthFilter } from './pages/upbond-auth.filter.js';
import { SessionService, sessionServiceToken } from './session/session.service.js';
import { isInjected } from './outbound/consumers.provider.js';
import { CurrentCallService } from './outbound/current-call.service.js';
import { TokenService, tokenServiceToken } from './outbound/token.service.js';
import { UpbondFetch, upbondFetchToken } from './outbound/upbond-fetch.service.js';
import { UserinfoService, userinfoServiceToken } from './outbound/userinfo.service.js';
import { AdapterService } from './sockets/adapter.service.js';
import { adapterServiceToken } from './sockets/with-upbond-auth.service.js';
import { INSTANCE_PROVIDERS } from './upbond-auth.provider.js';

/** Injection token of the controller class of an instance. */
const CONTROLLER = Symbol('UPBOND_AUTH_CONTROLLER');

/**
 * Login through UPBOND Login 3.0: registers the strategy, the login, callback, logout and back-channel
 * logout routes, and what {@link UpbondGuard} and {@link SessionService} need.
 *
 * Import it once in the root module. Without options everything comes from the environment through
 * `@nestjs/config`; see {@link UpbondAuthOptions} for the variables.
 *
 * @example
 * ```ts
 * @Module({
 *   imports: [ConfigModule.forRoot({ isGlobal: true }), UpbondAuthModule.forRoot()],
 * })
 * class AppModule {}
 * ```
 */
@Module({})
export class UpbondAuthModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnModuleDestroy
{
  /**
   * Registers an instance with options that are known now.
   *
   * @throws {@link UpbondConfigError} while the application boots, listing everything that is wrong
   */
  static override forRoot(options: UpbondAuthOptions & UpbondAuthModuleExtras = {}): DynamicModule {
    return assemble(super.forRoot(options), options);
  }

  /**
   * Registers an instance whose options are made by a factory, with injected services:
   * `useFactory` and `inject`, `useClass` or `useExisting`.
   *
   * @throws {@link UpbondConfigError} while the application boots, listing everything that is wrong
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return assemble(super.forRootAsync(options), options);
  }

  // All of it is optional, because a bare UpbondAuthModule among the imports has none of it
  /** @hidden Nest makes it. */
  constructor(
    @Optional() @Inject(UPBOND_AUTH_CONFIG) private readonly config?: UpbondAuthConfig,
    @Optional() @Inject(RoutesHolder) private readonly routes?: RoutesHolder,
    @Optional() @Inject(CONTROLLER) private readonly controller?: Type<UpbondAuthRoutes>,
    @Optional() @Inject(HTTP) private readonly http?: Http,
    @Optional() @Inject(ApplicationConfig) private readonly application?: ApplicationConfig,
    @Optional() @Inject(ModulesContainer) private readonly modules?: ModulesContainer,
    @Optional() @Inject(HttpAdapterHost) private readonly host?: HttpAdapterHost,
    @Optional() @Inject(CurrentCallService) private readonly calls?: CurrentCallService,
    @Optional() @Inject(UpbondAuthFilter) private readonly filter?: UpbondAuthFilter,
  ) {
    super();
    // A microservice never calls configure(), and connectMicroservice() takes the filters of that moment
    this.registerFilter();
  }

  /**
   * Sets the paths of the routes. Nest calls this after the application has set its global prefix and
   * before it registers routes.
   */
  configure(): void {
    if (!this.config || !this.routes || !this.controller) return;
    const routes = resolveRoutes(this.config, this.routing());
    const problem = 'problem' in routes ? routes : this.modulePathProblem();
    if (problem) throw new UpbondConfigError(this.config.name, [problem]);
    this.routes.set(routes as Routes);
    mount(this.controller, routes as Routes);
    this.refuseTakenPaths(this.config, this.controller, routes as Routes);
  }

  /** What is made for each request comes too late to begin with it. */
  onModuleInit(): void {
    const { config, modules, calls } = this;
    if (!config || !modules || !calls) return;
    const tokens = OUTBOUND.flatMap(([token, type]) => [
      token(config.name),
      ...(config.name === DEFAULT_INSTANCE ? [type] : []),
    ]);
    if (isInjected(modules, new Set<unknown>(tokens))) calls.start();
  }

  /** Closes the connections to the authorization server. */
  onModuleDestroy(): void {
    this.http?.close();
  }

  /** First in Nest's list is last asked: behind every filter of the application, however it came there. */
  private registerFilter(): void {
    const filters = this.application?.getGlobalFilters() ?? [];
    const isThere = filters.some((filter) => filter instanceof UpbondAuthFilter);
    if (this.filter && !isThere) filters.unshift(this.filter);
  }

  private routing(): Routing {
    const { application } = this;
    const adapter: HttpServer | undefined = this.host?.httpAdapter;
    return {
      globalPrefix: (application?.getGlobalPrefix() ?? '').replace(/^\/+|\/+$/g, ''),
      isExcluded: (path, method) =>
        application !== undefined && isExcludedFromPrefix(application, path, RequestMethod[method]),
      ignoresTrailingSlash: adapter?.getRouteMatchingOptions?.().ignoreTrailingSlash ?? true,
    };
  }

  /** Makes sure that the requests for our paths come to our routes. */
  private refuseTakenPaths(
    config: UpbondAuthConfig,
    controller: Type<UpbondAuthRoutes>,
    routes: Routes,
  ): void {
    const { application, modules, host } = this;
    if (!application || !modules || !host?.httpAdapter) return;
    const precedence = precedenceOf(application, host.httpAdapter);
    const list = new ApplicationRoutes(modules, application).list();
    const problems = takenPaths({ config, controller, routes, list, precedence });
    if (problems.length > 0) throw new UpbondConfigError(config.name, problems);
  }

  private modulePathProblem(): ConfigProblem | undefined {
    const key = MODULE_PATH + (this.modules?.applicationId ?? '');
    const path = Reflect.getMetadata(key, UpbondAuthModule) as string | undefined;
    if (path === undefined) return undefined;
    return {
      option: 'redirectUri',
      problem: `RouterModule puts UpbondAuthModule below ${path}, so the callback cannot be served at the path of the redirect URI.`,
      fix: 'take UpbondAuthModule out of RouterModule.register() and set its paths with redirectUri and routes.',
    };
  }
}

/** The services for calling others: made for each that injects them, so that unused ones cost nothing. */
const OUTBOUND = [
  [tokenServiceToken, TokenService],
  [userinfoServiceToken, UserinfoService],
  [upbondFetchToken, UpbondFetch],
] as const;

/** What is injected by its class. */
const DEFAULT_EXPORTS = [
  UpbondGuard,
  SessionService,
  GraphqlConnections,
  ClientCredentialsService,
  ...OUTBOUND.map(([, type]) => type),
];

function assemble(definition: DynamicModule, extras: UpbondAuthModuleExtras): DynamicModule {
  const { isGlobal = true, name = DEFAULT_INSTANCE } = extras;
  const controller = createUpbondAuthController();
  const isDefault = name === DEFAULT_INSTANCE;
  return {
    ...definition,
    global: isGlobal,
    controllers: [controller],
    providers: [
      ...(definition.providers ?? []),
      { provide: INSTANCE_NAME, useValue: name },
      { provide: CONTROLLER, useValue: controller },
      { provide: guardServiceToken(name), useExisting: GuardService },
      { provide: sessionServiceToken(name), useExisting: SessionService },
      { provide: clientCredentialsServiceToken(name), useExisting: ClientCredentialsService },
      ...OUTBOUND.map(([token, useClass]) => ({
        provide: token(name),
        useClass,
        scope: Scope.TRANSIENT,
      })),
      { provide: adapterServiceToken(name), useExisting: AdapterService },
      ...INSTANCE_PROVIDERS,
      ...(isDefault ? [UpbondGuard, ...OUTBOUND.map(([, type]) => type)] : []),
    ],
    exports: [
      guardServiceToken(name),
      sessionServiceToken(name),
      clientCredentialsServiceToken(name),
      ...OUTBOUND.map(([token]) => token(name)),
      ...(isDefault ? DEFAULT_EXPORTS : []),
    ],
  };
}

/** Decorates the routes again, now that their paths are known. */
function mount(controller: Type<UpbondAuthRoutes>, routes: Routes): void {
  const { login, callback, logout, backchannelLogout, protectedResourceMetadata } = routes;
  const prototype = controller.prototype as UpbondAuthRoutes;
  const decorate = (name: keyof UpbondAuthRoutes, route: MethodDecorator) =>
    route(prototype, name, Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor);
  decorate('login', Get(login.nestPath));
  decorate('callback', Get(callback.nestPath));
  decorate('postedCallback', Post(callback.nestPath));
  decorate('askToLogout', Get(logout.nestPath));
  decorate('logout', Post(logout.nestPath));
  decorate('backchannelLogout', Post(backchannelLogout.nestPath));
  if (protectedResourceMetadata) {
    decorate('protectedResourceMetadata', Get(protectedResourceMetadata.nestPath));
  }
}
