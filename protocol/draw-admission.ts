/**
 * Lists of validators drawn from what a chain recorded. Whoever has the same logs draws the same list: only what happened
 * up to the end of the named block counts, and nobody is listed who held no seat of the role then, for the contract
 * divides the work by the number admitted and idle places would starve the task.
 */
import type { AttestedAdmission, SettledAdmission } from "./admission.ts";
import type { Address, Hash } from "./words.ts";

/** EAS's `Attested`, with the end of validity that the attestation carries for good. */
export interface Attestation {
  readonly uid: Hash;
  readonly recipient: Address;
  readonly attester: Address;
  readonly schema: Hash;
  readonly block: number;
  /** Seconds since 1970; 0: never. */
  readonly expiresAt: bigint;
}

/** EAS's `Revoked`. */
export interface Revocation {
  readonly uid: Hash;
  readonly block: number;
}

/** A ballot was scored: `BallotSettled`; a void or forfeited one is none. */
export interface ScoredBallot {
  readonly taskId: Hash;
  readonly validator: Address;
  readonly block: number;
}

/**
 * Seat holders with an attestation of the schema by one of the attesters, made by the end of the block, not revoked by
 * then, and not expired at the block's time (EAS holds one that expires at that very second for expired).
 * @param seats who held an active seat of the role at the block
 */
export function drawByAttestation(
  rule: Omit<AttestedAdmission, "rule" | "validators">,
  facts: {
    readonly attestations: Iterable<Attestation>;
    readonly revocations: Iterable<Revocation>;
    readonly blockTime: bigint;
  },
  seats: ReadonlySet<Address>,
): Address[] {
  const revoked = new Set<Hash>();
  for (const { uid, block } of facts.revocations) if (block <= rule.block) revoked.add(uid);
  const holders = new Set<Address>();
  for (const { uid, recipient, attester, schema, block, expiresAt } of facts.attestations) {
    const isMeant = schema === rule.schema && rule.attesters.includes(attester);
    const isGood =
      block <= rule.block && !revoked.has(uid) && (expiresAt === 0n || expiresAt > facts.blockTime);
    if (isMeant && isGood && seats.has(recipient)) holders.add(recipient);
  }
  return [...holders].sort();
}

/**
 * Seat holders with at least `minimum` scored ballots by the end of the block, each of another task.
 * @param seats who held an active seat of the role at the block
 */
export function drawBySettled(
  rule: Omit<SettledAdmission, "rule" | "validators">,
  ballots: Iterable<ScoredBallot>,
  seats: ReadonlySet<Address>,
): Address[] {
  const tasksOf = new Map<Address, Set<Hash>>();
  for (const { taskId, validator, block } of ballots) {
    if (block > rule.block || !seats.has(validator)) continue;
    const tasks = tasksOf.get(validator) ?? new Set();
    tasksOf.set(validator, tasks.add(taskId));
  }
  return [...tasksOf]
    .filter(([, tasks]) => tasks.size >= rule.minimum)
    .map(([validator]) => validator)
    .sort();
}

/** The first address, ascending, that one list has and the other has not; undefined where they are the same. */
export function findStrayAddress(
  said: readonly Address[],
  drawn: readonly Address[],
): { readonly address: Address; readonly isOn: "said" | "drawn" } | undefined {
  const [onSaid, onDrawn] = [new Set(said), new Set(drawn)];
  const strays = [
    ...said.filter((address) => !onDrawn.has(address)),
    ...drawn.filter((address) => !onSaid.has(address)),
  ];
  const [address] = strays.sort();
  return address === undefined
    ? undefined
    : { address, isOn: onSaid.has(address) ? "said" : "drawn" };
}
