/**
 * The one error of this project. A `code` says what is wrong in a word that tests, pages and scripts may rely on;
 * the message says it to a person; `details` carries the values that make it precise (plain JSON: strings, numbers).
 */

interface Refusal {
  /** Status of a REST answer. */
  readonly http: number;
  /** `extensions.code` of a GraphQL error. */
  readonly graphql: string;
  /** Exit status of the CLI: 1 = what was checked does not hold, 2 = could not run. */
  readonly exit: 1 | 2;
}

const badInput: Refusal = { http: 400, graphql: "BAD_USER_INPUT", exit: 2 };
const signIn: Refusal = { http: 401, graphql: "UNAUTHENTICATED", exit: 2 };
const forbidden: Refusal = { http: 403, graphql: "FORBIDDEN", exit: 2 };
const missing: Refusal = { http: 404, graphql: "NOT_FOUND", exit: 2 };
const conflict: Refusal = { http: 409, graphql: "CONFLICT", exit: 2 };
const gone: Refusal = { http: 410, graphql: "GONE", exit: 2 };
const tooLarge: Refusal = { http: 413, graphql: "BAD_USER_INPUT", exit: 2 };
const refused: Refusal = { http: 422, graphql: "UNPROCESSABLE", exit: 2 };
const ours: Refusal = { http: 500, graphql: "INTERNAL_SERVER_ERROR", exit: 2 };
const upstream: Refusal = { http: 502, graphql: "BAD_GATEWAY", exit: 2 };
const later: Refusal = { http: 503, graphql: "UNAVAILABLE", exit: 2 };
const doesNotHold: Refusal = { http: 422, graphql: "DOES_NOT_HOLD", exit: 1 };

const refusals = {
  // any request
  "invalid-input": badInput,
  "invalid-address": badInput,
  "invalid-hash": badInput,
  "invalid-hex": badInput,
  "invalid-amount": badInput,
  "not-found": missing,
  "not-signed-in": signIn,
  "sign-in-invalid": signIn,
  "sign-in-nonce-unknown": signIn,
  "token-expired": signIn,
  "not-allowed": forbidden,
  "method-not-allowed": { http: 405, graphql: "BAD_REQUEST", exit: 2 },
  conflict,
  "idempotency-conflict": conflict,
  "payload-too-large": tooLarge,
  "media-type-unsupported": { http: 415, graphql: "BAD_REQUEST", exit: 2 },
  "range-not-satisfiable": { http: 416, graphql: "BAD_REQUEST", exit: 2 },
  "precondition-failed": { http: 412, graphql: "BAD_REQUEST", exit: 2 },
  "too-many-requests": { http: 429, graphql: "TOO_MANY_REQUESTS", exit: 2 },
  "query-too-complex": { http: 400, graphql: "QUERY_TOO_COMPLEX", exit: 2 },
  "cursor-invalid": badInput,
  "not-implemented": { http: 501, graphql: "NOT_IMPLEMENTED", exit: 2 },
  internal: ours,

  // running a process
  "config-invalid": ours,
  "tool-missing": ours,
  "port-in-use": ours,
  "file-unreadable": missing,
  "file-exists": conflict,
  "chain-unreachable": later,
  "chain-mismatch": conflict,
  "contract-missing": conflict,
  "store-unavailable": later,
  "store-schema-mismatch": ours,
  "api-unreachable": upstream,
  "not-ready": later,
  "timed-out": { http: 504, graphql: "TIMED_OUT", exit: 2 },
  "reorg-too-deep": later,
  "not-leader": later,

  // terms, tasks and their acceptance
  "terms-invalid": refused,
  "acceptance-refused": refused,
  "escrow-unfunded": refused,
  "task-unknown": missing,
  "task-not-open": conflict,
  "task-not-settled": conflict,
  "task-replay": forbidden,
  "task-mismatch": conflict,
  "state-wrong": conflict,
  "seed-unknown": conflict,

  // importing pairs and judgments
  "import-empty": refused,
  "import-truncated": badInput,
  "import-json-invalid": badInput,
  "import-utf8-invalid": badInput,
  "import-field-missing": badInput,
  "import-field-invalid": badInput,
  "import-receipt-invalid": badInput,
  "import-answer-too-large": tooLarge,
  "import-line-too-large": tooLarge,
  "import-layout-unknown": badInput,
  "import-interrupted": badInput,
  "import-rows-bad": badInput,
  "upload-unknown": missing,
  "too-many-items": refused,

  // content, proofs and manifests
  "content-unknown": missing,
  "content-mismatch": doesNotHold,
  "content-invalid": badInput,
  "proof-invalid": doesNotHold,
  "tree-empty": badInput,
  "manifest-unknown": missing,
  "manifest-mismatch": doesNotHold,
  "manifest-invalid": badInput,
  "item-unknown": missing,

  // seats, sessions, leases
  "validator-unknown": missing,
  "validator-not-active": forbidden,
  "role-wrong": forbidden,
  "not-admitted": forbidden,
  "not-in-pool": forbidden,
  "stake-insufficient": refused,
  "session-unknown": forbidden,
  "session-expired": forbidden,
  "session-revoked": forbidden,
  "session-too-short": forbidden,
  "session-signature-invalid": signIn,
  "session-nonce-used": conflict,
  "lease-unknown": missing,
  "lease-taken": conflict,
  "lease-expired": gone,
  "quota-full": conflict,
  "receipt-outstanding": conflict,

  // ballots, openings and receipts
  "entries-length-invalid": badInput,
  "entries-order-invalid": badInput,
  "entries-verdict-invalid": badInput,
  "entries-too-many": badInput,
  "entries-empty": badInput,
  "entry-out-of-range": refused,
  "item-not-eligible": refused,
  "item-not-leased": refused,
  "judgments-mismatch": refused,
  "commitment-mismatch": refused,
  "notes-mismatch": refused,
  "signature-invalid": badInput,
  "signer-wrong": forbidden,
  "version-stale": conflict,
  "version-conflict": conflict,
  "ballot-shrinks": conflict,
  "ballot-too-late": conflict,
  "ballot-unknown": missing,
  "anchor-pending": conflict,
  "judgments-out-of-range": refused,
  "admission-index-taken": conflict,
  "copy-unknown": missing,
  "copy-unreadable": doesNotHold,

  // gold
  "gold-invalid": badInput,
  "gold-too-many": badInput,
  "gold-mismatch": refused,
  "gold-unknown": refused,
  "gold-unjudged": conflict,

  // claims for what an operator omitted
  "claim-outside-window": conflict,
  "claim-repeated": conflict,
  "claim-unfunded": refused,
  "claim-empty": refused,
  "not-omitted": refused,
  "receipt-invalid": forbidden,

  // transactions
  "transaction-reverted": conflict,
  "transaction-lost": later,
  "gas-too-high": refused,
  "funds-insufficient": refused,

  // releases and the recount
  "release-unknown": missing,
  "release-exists": conflict,
  "release-empty": refused,
  "release-invalid": badInput,
  "release-file-unknown": missing,
  "recount-failed": doesNotHold,
} as const satisfies Record<string, Refusal>;

export type ErrorCode = keyof typeof refusals;

export type ErrorDetails = Readonly<Record<string, unknown>>;

export class ScrutineerError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ScrutineerError";
    this.code = code;
    this.details = details;
  }
}

/** HTTP status, GraphQL code and exit status of a code. */
export function refusalOf(code: ErrorCode): Refusal {
  return refusals[code];
}

/** Every code, for documents and tests. */
export const errorCodes: readonly ErrorCode[] = Object.keys(refusals) as ErrorCode[];

/** True for a ScrutineerError, and, if codes are given, only for one of those. */
export function isScrutineerError(error: unknown, ...codes: ErrorCode[]): error is ScrutineerError {
  return error instanceof ScrutineerError && (codes.length === 0 || codes.includes(error.code));
}
