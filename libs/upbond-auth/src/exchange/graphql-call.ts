import {
  graphqlConnection,
  isObject,
  isRequest,
  type GraphqlConnection,
  type GraphqlRequest,
} from './graphql-connection.js';

/** One field that is being resolved, and where its operation came from. */
export interface GraphqlCall {
  /** What the application's context factory made for this operation. */
  readonly context: object;
  /** Where the field is in the answer: one object for each field, linked to that of its parent. */
  readonly path: FieldPath;
  readonly isSubscription: boolean;
  /** What resolvers know as `req`: the platform's request, or the connection of graphql-ws. */
  readonly req: { user?: unknown };
  readonly request: GraphqlRequest;
  /** Nothing where there is none to write to, such as on a WebSocket. */
  readonly response: unknown;
  readonly connection: GraphqlConnection | undefined;
}

/** `GraphQLResolveInfo.path` */
export interface FieldPath {
  readonly prev?: FieldPath | undefined;
}

/**
 * Reads the arguments of a resolver. Their shapes are those of `@nestjs/apollo`, which puts the request
 * or the connection of graphql-ws at `req` of whatever a context factory returns. Nothing when there is
 * no request in it.
 */
export function graphqlCall(args: readonly unknown[]): GraphqlCall | undefined {
  // (source, args, context, info), of a reference without args, of a type with the type behind
  const at = args.findLastIndex(isResolveInfo);
  const [context, info] = [args[at - 1], args[at]];
  if (!isObject(context) || !isResolveInfo(info)) return undefined;
  const req = context['req'] ?? context['request'];
  const connection = graphqlConnection(req);
  const request = connection ? connection.extra.request : req;
  if (!isObject(req) || !isRequest(request)) return undefined;
  const response = context['res'] ?? context['reply'] ?? context['response'] ?? req['res'];
  return {
    context,
    path: info.path,
    isSubscription: info.operation?.operation === 'subscription',
    req,
    request,
    response: !connection && isResponse(response) ? response : undefined,
    connection,
  };
}

interface ResolveInfo {
  readonly path: FieldPath;
  readonly operation?: { readonly operation?: unknown };
}

function isResolveInfo(value: unknown): value is ResolveInfo {
  return isObject(value) && typeof value['fieldName'] === 'string' && isObject(value['path']);
}

/** Of Express or Fastify; Node's own and that of the Fetch API have no `header()`. */
function isResponse(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value['header'] === 'function' &&
    typeof value['getHeader'] === 'function'
  );
}
