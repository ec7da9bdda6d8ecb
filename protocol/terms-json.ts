/**
 * Terms at a JSON border: amounts as decimal strings, times, counts and ppm as numbers.
 */
import { z } from "zod";
import type { Terms } from "./terms.ts";
import { PPM, ZERO_HASH } from "./words.ts";

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "not an address")
  .transform((text) => text.toLowerCase());
const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "not a 32-byte hash")
  .transform((text) => text.toLowerCase());
/** Units of the token; a number only where it is exact. */
const amount = z
  .union([z.string().regex(/^\d{1,78}$/, "not an amount in the smallest unit"), z.int().min(0)])
  .transform((value) => BigInt(value));
const seconds = z
  .union([z.string().regex(/^\d{1,13}$/, "not a time in seconds"), z.int().min(0)])
  .transform((value) => BigInt(value));
const count = z.int().min(0);

export const termsSchema = z.object({
  operator: address,
  operatorBond: amount,
  receiptKey: address,
  itemsRoot: hash,
  itemCount: count,
  manifestHash: hash,
  goldHash: hash.default(ZERO_HASH),
  humanAdmissionRoot: hash.default(ZERO_HASH),
  humanSeats: count.default(0),
  aiAdmissionRoot: hash.default(ZERO_HASH),
  aiSeats: count.default(0),
  humanVotes: count,
  aiVotes: count.default(0),
  humanPrice: amount,
  aiPrice: amount.default(0n),
  operatorFee: amount.default(0n),
  fullPayScore: count.default(250_000),
  breakEven: count.default(50_000),
  maxPenalty: count.default(500_000),
  minJudgments: count.default(40),
  conditionOnAi: z.boolean().default(false),
  oversubscription: count.default(PPM),
  aiClosesAt: seconds,
  closesAt: seconds,
  commitEndsAt: seconds,
  revealEndsAt: seconds,
}) satisfies z.ZodType<Terms>;

const amounts = ["operatorBond", "humanPrice", "aiPrice", "operatorFee"] as const;
type Jsonified<K extends keyof Terms> = K extends (typeof amounts)[number]
  ? string
  : Terms[K] extends bigint
    ? number
    : Terms[K];
export type TermsJson = { [K in keyof Terms]: Jsonified<K> };

export function termsToJson(terms: Terms): TermsJson {
  return {
    ...terms,
    operatorBond: terms.operatorBond.toString(),
    humanPrice: terms.humanPrice.toString(),
    aiPrice: terms.aiPrice.toString(),
    operatorFee: terms.operatorFee.toString(),
    aiClosesAt: Number(terms.aiClosesAt),
    closesAt: Number(terms.closesAt),
    commitEndsAt: Number(terms.commitEndsAt),
    revealEndsAt: Number(terms.revealEndsAt),
  };
}

/** Terms out of a decoded event or call, in which every number is a bigint. */
export function termsOfStruct(struct: Readonly<Record<string, unknown>>): Terms {
  const isAmount = (name: string): boolean => (amounts as readonly string[]).includes(name);
  const plain = Object.entries(struct).map(([name, value]) => [
    name,
    typeof value !== "bigint" ? value : isAmount(name) ? value.toString() : Number(value),
  ]);
  return termsSchema.parse(Object.fromEntries(plain));
}
