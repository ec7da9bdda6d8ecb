/** GraphQL over HTTP: a handler that Express mounts as it is. Errors are told by code; what is ours stays in the log. */
import { GraphQLError } from "graphql";
import { createYoga, type YogaServerInstance } from "graphql-yoga";
import { refusalOf, ScrutineerError } from "../../protocol/errors.ts";
import type { Database } from "../../store/database.ts";
import { createContext, type RequestContext } from "./context.ts";
import { schema } from "./schema.ts";

export interface GraphqlDeps {
  readonly db: Database;
  /** Seconds since 1970 by this machine. */
  readonly now: () => bigint;
  /** Where it is mounted; /graphql by default. */
  readonly path?: string | undefined;
  /** Unforeseen errors, whole. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export type GraphqlHandler = YogaServerInstance<Record<string, never>, RequestContext>;

export function createGraphql(deps: GraphqlDeps): GraphqlHandler {
  const clock = createClock(deps.now);
  return createYoga<Record<string, never>, RequestContext>({
    schema,
    graphqlEndpoint: deps.path ?? "/graphql",
    context: () => createContext(deps.db, clock),
    // Reads of public facts: any page may ask, with no cookies of ours to steal.
    cors: { origin: "*", credentials: false },
    landingPage: false,
    logging: false,
    maskedErrors: {
      maskError: (error) => tell(error, deps.onError),
    },
  });
}

/**
 * Blocks tell the time only now and then, and a local chain may be set ahead of every clock: this machine's time, plus the
 * furthest any block has been ahead of it.
 */
function createClock(now: () => bigint): (blockTimestamp: bigint) => bigint {
  let ahead = 0n;
  return (blockTimestamp) => {
    const here = now();
    if (blockTimestamp - here > ahead) ahead = blockTimestamp - here;
    return here + ahead;
  };
}

function tell(error: unknown, onError: GraphqlDeps["onError"]): GraphQLError {
  const cause = rootOf(error);
  const place = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {};
  if (cause instanceof ScrutineerError) {
    return new GraphQLError(cause.message, {
      ...place,
      extensions: { code: refusalOf(cause.code).graphql, reason: cause.code },
    });
  }
  // GraphQL's own complaints about the query: syntax, validation, limits.
  if (cause instanceof GraphQLError) {
    if (cause.extensions["code"] !== undefined) return cause;
    return new GraphQLError(cause.message, {
      ...place,
      extensions: { ...cause.extensions, code: "BAD_USER_INPUT", reason: "invalid-input" },
    });
  }
  onError?.(cause);
  return new GraphQLError("Something went wrong here.", {
    ...place,
    extensions: { code: "INTERNAL_SERVER_ERROR", reason: "internal" },
  });
}

function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof GraphQLError && root.originalError) root = root.originalError;
  return root;
}
