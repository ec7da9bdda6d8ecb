/** The schema's foundation: words as scalars and enums, what a request carries, and how much it may ask. */
import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import DataloaderPlugin from "@pothos/plugin-dataloader";
import RelayPlugin from "@pothos/plugin-relay";
import { GraphQLError } from "graphql";
import { ScrutineerError } from "../../protocol/errors.ts";
import { goldStages } from "../../protocol/gold-gate.ts";
import { parentKinds, recordKinds } from "../../protocol/provenance.ts";
import { taskStates } from "../../protocol/task-state.ts";
import { toAddress, toHash } from "../../protocol/words.ts";
import type { RequestContext } from "./context.ts";

/** What one request may ask: nested fields, fields in all, and fields times the rows they may bring. */
export const LIMITS = { depth: 14, breadth: 400, complexity: 150_000 };

/** Rows a page brings if nothing else is asked, and at most. */
export const DEFAULT_PAGE = 100;
export const MAX_PAGE = 1_000;

interface Scalar<Out, In = Out> {
  Input: In;
  Output: Out;
}

export const builder = new SchemaBuilder<{
  Context: RequestContext;
  DefaultFieldNullability: false;
  Scalars: {
    Address: Scalar<string>;
    Hash: Scalar<string>;
    Hex: Scalar<string>;
    BigInt: Scalar<bigint | number, bigint>;
    Uint32: Scalar<number>;
  };
  Connection: { totalCount: () => Promise<number> };
}>({
  plugins: [ComplexityPlugin, RelayPlugin, DataloaderPlugin],
  defaultFieldNullability: false,
  relay: { clientMutationId: "omit", cursorType: "String" },
  complexity: {
    limit: LIMITS,
    defaultComplexity: 1,
    // The rows of a page are counted at its connection; `edges` does not count them again.
    defaultListMultiplier: 1,
    complexityError: (kind, { complexity, depth, breadth }) =>
      new GraphQLError(
        `The query asks too much (${kind.toLowerCase()}): depth ${depth} of ${LIMITS.depth}, ` +
          `fields ${breadth} of ${LIMITS.breadth}, fields times rows ${complexity} of ${LIMITS.complexity}.`,
        { extensions: { code: "QUERY_TOO_COMPLEX", reason: "query-too-complex" } },
      ),
  },
});

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw new ScrutineerError("invalid-input", "must be text", {});
}

builder.scalarType("Address", {
  description: "20 bytes as 0x text. Answers are in lower case; checksummed ones are accepted.",
  serialize: (value) => value,
  parseValue: (value) => toAddress(textOf(value)),
});

builder.scalarType("Hash", {
  description: "32 bytes as lower-case 0x text.",
  serialize: (value) => value,
  parseValue: (value) => toHash(textOf(value)),
});

builder.scalarType("Hex", {
  description: "Bytes as lower-case 0x text.",
  serialize: (value) => value,
  parseValue: (value) => textOf(value).toLowerCase(),
});

builder.scalarType("BigInt", {
  description: "A whole number of any size as decimal text: token units, block numbers, seconds.",
  serialize: (value) => value.toString(),
  parseValue: (value) => {
    if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
    if (typeof value === "string" && /^-?\d{1,78}$/.test(value)) return BigInt(value);
    throw new ScrutineerError("invalid-amount", "must be a whole number as decimal text", {});
  },
});

builder.scalarType("Uint32", {
  description: "A whole number from 0 to 4,294,967,295.",
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 32) {
      return value;
    }
    throw new ScrutineerError("invalid-amount", "must be a whole number from 0 to 2^32 - 1", {});
  },
});

/** Kinds of columns: the type that shows one, and how far it can be compared. */
export const kinds = {
  Address: { type: "Address", ordered: false },
  Hash: { type: "Hash", ordered: false },
  Hex: { type: "Hex", ordered: false },
  BigInt: { type: "BigInt", ordered: true },
  Uint32: { type: "Uint32", ordered: true },
  Int: { type: "Int", ordered: true },
  String: { type: "String", ordered: false },
  Boolean: { type: "Boolean", ordered: false },
  Role: {
    type: builder.enumType("Role", {
      description: "Roles that judge. Human is declared, not proved.",
      values: ["Human", "Ai"] as const,
    }),
    ordered: false,
  },
  StakeRole: {
    type: builder.enumType("StakeRole", {
      description: "Roles that stake.",
      values: ["Human", "Ai", "Operator"] as const,
    }),
    ordered: false,
  },
  Verdict: {
    type: builder.enumType("Verdict", {
      description: "What is tallied, whichever side an output was shown on.",
      values: { A: { value: 0 }, B: { value: 1 }, Tie: { value: 2 } } as const,
    }),
    ordered: false,
  },
  BallotStatus: {
    type: builder.enumType("BallotStatus", {
      description: "How far a committed ballot has come.",
      values: ["Committed", "Revealed", "Voided", "Forfeited", "Settled"] as const,
    }),
    ordered: false,
  },
  StakeChangeKind: {
    type: builder.enumType("StakeChangeKind", {
      values: [
        "Joined",
        "Added",
        "Exiting",
        "Withdrawn",
        "Forfeited",
        "Seized",
        "CommonsPaid",
      ] as const,
    }),
    ordered: false,
  },
  SettlementKind: {
    type: builder.enumType("SettlementKind", { values: ["Settled", "Forfeited"] as const }),
    ordered: false,
  },
  CreditKind: {
    type: builder.enumType("CreditKind", {
      description:
        "Pay of a ballot, refund to a requester, fee to an operator, rest to the commons, a claim's share of a bond.",
      values: ["Pay", "Refund", "Fee", "Rest", "Claim"] as const,
    }),
    ordered: false,
  },
  GoldStage: {
    type: builder.enumType("GoldStage", {
      description:
        "Sealed until opened (for good, if that comes too late); then, by people's votes, with or without a gate.",
      values: goldStages,
    }),
    ordered: false,
  },
  RecordKind: {
    type: builder.enumType("RecordKind", {
      description: "What may be recorded in the registry of lineage.",
      values: recordKinds,
    }),
    ordered: false,
  },
  ParentKind: {
    type: builder.enumType("ParentKind", {
      description: "What a record may be made from: tasks, and other records.",
      values: parentKinds,
    }),
    ordered: false,
  },
} as const;

export type Kind = keyof typeof kinds;

export const TaskStateEnum = builder.enumType("TaskState", {
  description: "Derived from block time and stored facts; every interval is half-open.",
  values: taskStates,
});

export const OrderDirection = builder.enumType("OrderDirection", {
  values: ["asc", "desc"] as const,
});
