import { type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  Args,
  Context,
  Field,
  GraphQLModule,
  Int,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { PubSub } from 'graphql-subscriptions';
import {
  Claims,
  Credentials,
  CurrentUser,
  GraphqlConnections,
  Permissions,
  Public,
  Roles,
  Scopes,
  StepUp,
  UpbondGuard,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import type { Platform } from '../support/application.js';
import type { MovableClock } from '../support/movable-clock.js';
import { UserAgent } from '../support/user-agent.js';
import { startBearerApplication, type BearerApplication } from '../bearer/fixture.js';

@ObjectType()
export class Item {
  @Field(() => Int)
  id!: number;
}

/** Knows how many subscriptions listen. */
class CountingPubSub extends PubSub {
  listeners = 0;

  override subscribe(...subscription: Parameters<PubSub['subscribe']>): Promise<number> {
    this.listeners++;
    return super.subscribe(...subscription);
  }

  override unsubscribe(id: number): void {
    this.listeners--;
    super.unsubscribe(id);
  }
}

/** What the subscriptions listen to. */
export const events = new CountingPubSub();

function listen(): AsyncIterableIterator<unknown> {
  return events.asyncIterableIterator('tick');
}

/** What a subscription keeps for its events. */
interface Greeting {
  greets?: string;
}

@Resolver(() => Item)
export class ItemResolver {
  @Query(() => String)
  me(@CurrentUser('sub') sub: string) {
    return sub;
  }

  /** By the convention of Nest, for guards and interceptors of the application. */
  @Query(() => String)
  reqUser(@Context('req') req: { user?: { sub: string } }) {
    return req.user?.sub;
  }

  @Public()
  @Query(() => String, { nullable: true })
  open(@CurrentUser('sub') sub?: string) {
    return sub;
  }

  @Credentials('session')
  @Query(() => Boolean)
  session() {
    return true;
  }

  @Credentials('bearer')
  @Query(() => Boolean)
  bearer() {
    return true;
  }

  @Scopes('read:contacts')
  @Query(() => Boolean)
  scope() {
    return true;
  }

  @Permissions('contacts:write')
  @Query(() => Boolean)
  permission() {
    return true;
  }

  @Roles('admin')
  @Query(() => Boolean)
  role() {
    return true;
  }

  @Claims((user) => user.email_verified === true)
  @Query(() => Boolean)
  claims() {
    return true;
  }

  @StepUp({ acrValues: ['gold'], maxAgeSeconds: 300 })
  @Query(() => Boolean)
  stepUp() {
    return true;
  }

  @Mutation(() => String)
  change(@CurrentUser('sub') sub: string) {
    return sub;
  }

  @Query(() => [Item])
  items(@Args('count', { type: () => Int }) count: number) {
    return Array.from({ length: count }, (_, id) => ({ id }));
  }

  @Public()
  @Query(() => Item)
  openItem() {
    return { id: 0 };
  }

  @ResolveField(() => String, { nullable: true })
  owner(@Parent() { id }: Item, @CurrentUser('sub') sub?: string) {
    return sub && `${sub} ${id}`;
  }

  @Scopes('never:granted')
  @ResolveField(() => Boolean, { nullable: true })
  hidden() {
    return true;
  }

  @Subscription(() => String, {
    resolve: (_: unknown, __: unknown, { greets }: Greeting) => greets,
  })
  tick(@CurrentUser('sub') sub: string, @Context() context: Greeting) {
    context.greets = sub;
    return listen();
  }

  @Public()
  @Subscription(() => String, {
    resolve: (_: unknown, __: unknown, { greets }: Greeting) => greets,
  })
  openTick(@CurrentUser('sub') sub: string | undefined, @Context() context: Greeting) {
    context.greets = sub ?? 'nobody';
    return listen();
  }

  @Scopes('never:granted')
  @Subscription(() => String)
  scopedTick() {
    return listen();
  }

  @Subscription(() => Item, { resolve: () => ({ id: 7 }) })
  itemTick() {
    return listen();
  }
}

export interface GraphqlSetup {
  readonly options?: UpbondAuthOptions;
  readonly graphql?: Partial<ApolloDriverConfig>;
  /** Whether connections are refused as a whole. */
  readonly refusesConnections?: boolean;
  readonly clock?: MovableClock;
}

const GUARD: Provider = { provide: APP_GUARD, useExisting: UpbondGuard };

export async function startGraphqlApplication(
  platform: Platform,
  { options, graphql, refusesConnections = false, clock }: GraphqlSetup = {},
): Promise<BearerApplication> {
  return startBearerApplication(platform, options, {
    imports: [
      GraphQLModule.forRootAsync<ApolloDriverConfig>({
        driver: ApolloDriver,
        inject: [GraphqlConnections],
        useFactory: ({ onConnect }: GraphqlConnections) => ({
          autoSchemaFile: true,
          graphiql: false,
          subscriptions: { 'graphql-ws': refusesConnections ? { onConnect } : true },
          ...graphql,
        }),
      }),
    ],
    providers: [GUARD, ItemResolver],
    ...(clock && { clock }),
  });
}

export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly GraphqlAnswerError[];
}

export interface GraphqlAnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: string;
    readonly status?: number;
    readonly originalError?: { readonly error: string };
  };
}

const OWN = { 'sec-fetch-site': 'same-origin' };

/** Posts an operation as a script of the application's own pages does. */
export async function post(
  app: BearerApplication,
  query: string | object,
  headers: Record<string, string> = OWN,
  agent = new UserAgent(),
): Promise<GraphqlAnswer> {
  const answer = await agent.request(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(typeof query === 'string' ? { query } : query),
  });
  const { data, errors = [] } = JSON.parse(answer.body) as Partial<GraphqlAnswer>;
  return { status: answer.status, headers: answer.headers, data, errors };
}

export async function postWithToken(
  app: BearerApplication,
  query: string,
  token: string | Promise<string>,
): Promise<GraphqlAnswer> {
  return post(app, query, { authorization: `Bearer ${await token}` });
}

/** The outcome of one field: its value, or the codes of its refusal. */
export function outcome({ data, errors }: Pick<GraphqlAnswer, 'data' | 'errors'>): unknown {
  const [error] = errors;
  if (!error) return Object.values(data ?? {})[0];
  return `${error.extensions.code} ${error.extensions.originalError?.error}`;
}
