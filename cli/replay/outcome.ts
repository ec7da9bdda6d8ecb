/** What the chain's logs say a task came to: scores, money, votes and the gas they took. */
import type { JsonRpcProvider } from "ethers";
import { IFeedbackTasks__factory } from "../../bindings/index.ts";
import type { Entry } from "../../protocol/ballot.ts";
import { decodeEntries } from "../../protocol/ballot.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";

export interface Outcome {
  readonly scores: ReadonlyMap<Address, { readonly scorePpm: number; readonly scored: number }>;
  /** effective entries, canonical */
  readonly votes: ReadonlyMap<Address, readonly Entry[]>;
  readonly money: {
    readonly escrow: bigint;
    readonly refund: bigint;
    readonly fees: bigint;
    readonly paid: bigint;
    readonly rest: bigint;
    readonly penalties: bigint;
  };
  /** Null where the task has no golds, or nobody opened them. */
  readonly gold: GoldOutcome | null;
  /** Of every transaction that committed, revealed or settled a ballot of this task. */
  readonly gasUsed: bigint;
}

export interface GoldOutcome {
  readonly golds: number;
  readonly valid: number;
  readonly void: number;
  readonly gate: boolean;
  /** Validators who failed the gate. */
  readonly failed: readonly Address[];
}

const STEPS_OF_A_BALLOT = new Set(["BallotCommitted", "BallotRevealed", "BallotSettled"]);

export async function readOutcome(
  provider: JsonRpcProvider,
  feedbackTasks: Address,
  taskId: Hash,
): Promise<Outcome> {
  const contract = IFeedbackTasks__factory.createInterface();
  const logs = await provider.getLogs({
    address: feedbackTasks,
    fromBlock: 0,
    topics: [null, taskId],
  });
  const scores = new Map<Address, { scorePpm: number; scored: number }>();
  const votes = new Map<Address, Entry[]>();
  const transactions = new Set<Hash>();
  const amounts = new Map<string, bigint>();
  const failed: Address[] = [];
  let gold: GoldOutcome | null = null;
  for (const log of logs) {
    const event = contract.parseLog(log);
    if (event === null) continue;
    if (STEPS_OF_A_BALLOT.has(event.name)) transactions.add(log.transactionHash);
    const args = event.args.toObject() as Record<string, bigint | string | boolean>;
    for (const [name, value] of Object.entries(args)) {
      if (/^(escrow|refund|fee|paid|rest|penalty)Units$/.test(name))
        amounts.set(name, value as bigint);
    }
    const validator = String(args["validator"]).toLowerCase();
    if (event.name === "GoldGateFailed") failed.push(validator);
    if (event.name === "GoldJudged") {
      const [valid, contradicted] = [Number(args["valid"]), Number(args["void_"])];
      const gate = Boolean(args["gate"]);
      gold = { golds: valid + contradicted, valid, void: contradicted, gate, failed };
    }
    if (event.name === "BallotRevealed")
      votes.set(validator, decodeEntries(args["entries"] as Hex));
    if (event.name === "BallotSettled") {
      scores.set(validator, { scorePpm: Number(args["scorePpm"]), scored: Number(args["scored"]) });
    }
  }
  const receipts = await Promise.all(
    [...transactions].map((hash) => provider.getTransactionReceipt(hash)),
  );
  const amount = (name: string): bigint => {
    const value = amounts.get(name);
    if (value === undefined)
      throw new ScrutineerError("task-not-settled", `the chain states no ${name} yet`);
    return value;
  };
  return {
    scores,
    votes,
    gold,
    money: {
      escrow: amount("escrowUnits"),
      refund: amount("refundUnits"),
      fees: amount("feeUnits"),
      paid: amount("paidUnits"),
      rest: amount("restUnits"),
      penalties: amount("penaltyUnits"),
    },
    gasUsed: receipts.reduce((sum, receipt) => sum + (receipt?.gasUsed ?? 0n), 0n),
  };
}
