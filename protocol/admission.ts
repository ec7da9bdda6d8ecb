/**
 * Who may judge in a role of a task: everybody with a seat, or a list that the manifest holds. A list says how it was
 * drawn up, so that whoever has the chain can draw it again (draw-admission.ts); the addresses stand in it all the same,
 * for the terms bind the list and not the rule.
 */
import { z } from "zod";
import type { Address, Hash } from "./words.ts";

/** Everybody with a seat of the role. */
export interface OpenAdmission {
  readonly rule: "open";
}

/** These addresses, for reasons of the requester's own; a place in the list is the index on chain. */
export interface NamedAdmission {
  readonly rule: "list";
  readonly validators: readonly Address[];
}

/** Seat holders with an attestation of the Ethereum Attestation Service that was good at the end of `block`. */
export interface AttestedAdmission {
  readonly rule: "eas";
  /** The EAS contract, on the chain of the task. */
  readonly contract: Address;
  /** UID of the schema. */
  readonly schema: Hash;
  /** Whose attestations count; ascending. */
  readonly attesters: readonly Address[];
  readonly block: number;
  /** Ascending. */
  readonly validators: readonly Address[];
}

/** Seat holders of whose ballots at least `minimum` had been scored in this contract at the end of `block`. */
export interface SettledAdmission {
  readonly rule: "settled";
  readonly minimum: number;
  readonly block: number;
  /** Ascending. */
  readonly validators: readonly Address[];
}

/** A list that anyone can draw again from the chain. */
export type DrawnAdmission = AttestedAdmission | SettledAdmission;
export type AdmissionRule = OpenAdmission | NamedAdmission | DrawnAdmission;

/** What a list is drawn by, before it is drawn. */
export type DrawingRule =
  Omit<AttestedAdmission, "validators"> | Omit<SettledAdmission, "validators">;
/** A rule without its list. */
export type AdmissionKind = OpenAdmission | Omit<NamedAdmission, "validators"> | DrawingRule;

/** As many as an index on chain can name. */
export const MAX_ADMITTED = 65_535;
export const MAX_ATTESTERS = 64;

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "not an address")
  .toLowerCase();
const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "not a 32-byte hash")
  .toLowerCase();
const block = z.int().min(0);
const validators = z.array(address).min(1, "a list names somebody").max(MAX_ADMITTED);

const open = z.strictObject({ rule: z.literal("open") });
const named = z.strictObject({ rule: z.literal("list") });
const attested = z.strictObject({
  rule: z.literal("eas"),
  contract: address,
  schema: hash,
  attesters: z.array(address).min(1).max(MAX_ATTESTERS).refine(ascend, "not ascending").readonly(),
  block,
});
const settled = z.strictObject({ rule: z.literal("settled"), minimum: z.int().min(1), block });

export const admissionKindSchema = z.discriminatedUnion("rule", [
  open,
  named,
  attested,
  settled,
]) satisfies z.ZodType<AdmissionKind>;

const listed = validators.refine(areDistinct, "an address stands on the list twice").readonly();
const drawn = validators.refine(ascend, "not ascending").readonly();

export const admissionRuleSchema = z.discriminatedUnion("rule", [
  open,
  named.extend({ validators: listed }),
  attested.extend({ validators: drawn }),
  settled.extend({ validators: drawn }),
]) satisfies z.ZodType<AdmissionRule>;

/** The list, by index on chain; undefined where the role is open. */
export function admittedBy(rule: AdmissionRule): readonly Address[] | undefined {
  return rule.rule === "open" ? undefined : rule.validators;
}

/** What is said of a list where the list itself would be too long. */
export function kindOf(rule: AdmissionRule): AdmissionKind {
  if (rule.rule === "open") return rule;
  const { validators: _, ...kind } = rule;
  return kind;
}

export function isDrawn(rule: AdmissionRule): rule is DrawnAdmission {
  return rule.rule === "eas" || rule.rule === "settled";
}

function areDistinct(addresses: readonly Address[]): boolean {
  return new Set(addresses).size === addresses.length;
}

/** Lower-case text of one length sorts as the numbers do. */
function ascend(addresses: readonly Address[]): boolean {
  return addresses.every((each, index) => index === 0 || (addresses[index - 1] as string) < each);
}
