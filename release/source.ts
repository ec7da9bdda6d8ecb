/**
 * What a release is drawn from: plain data about settled tasks, handed over by the caller.
 *
 * Hashes, addresses and byte strings are lower-case 0x hex; amounts are token units; times are
 * seconds. Nothing here is believed by an auditor: the recount checks all of it against the chain.
 */
export interface ReleaseSource {
  readonly chainId: bigint;
  readonly contracts: ReleaseContracts;
  /** In the order in which they appear in the files. */
  readonly tasks: readonly SourceTask[];
}

export interface ReleaseContracts {
  readonly token: string;
  readonly stakeRegistry: string;
  readonly feedbackTasks: string;
}

/** The terms as in `IFeedbackTasks.Terms`: same names, `bigint` for each uint, hex for bytes. */
export type SourceTerms = Readonly<Record<string, bigint | number | string | boolean>>;

export interface SourceTask {
  readonly taskId: string;
  readonly requester: string;
  readonly nonce: bigint;
  readonly terms: SourceTerms;
  /** What `TaskOpened` recorded. */
  readonly opened: SourceOpened;
  readonly transactions: { readonly created: string; readonly opened: string };
  /** Canonical JSON whose sha-256 is `terms.manifestHash`. */
  readonly manifest: string;
  /** Canonical JSON whose sha-256 is the manifest's `annexHash`: models, category, language, source. */
  readonly annex: string;
  /** Every ballot committed on chain, opened or not, void or not. */
  readonly ballots: readonly SourceBallot[];
  /** Ballots signed but never committed, and other work left out, with the reason. */
  readonly exclusions?: readonly SourceExclusion[];
  /** Items in ascending order; called as often as needed, so that content is never held whole. */
  items(): Iterable<SourceItem> | AsyncIterable<SourceItem>;
}

export interface SourceOpened {
  readonly seed: string;
  readonly snapshotBlock: bigint;
  readonly human: SourcePool;
  readonly ai: SourcePool;
}

export interface SourcePool {
  readonly seats: bigint;
  readonly pool: bigint;
  readonly threshold: bigint;
  readonly need: bigint;
}

/** An item's content: the canonical JSON texts of `{"messages":[{"content","role"},…],"salt":"0x…"}`. */
export interface SourceItem {
  readonly itemIndex: number;
  readonly prompt: string;
  readonly outputA: string;
  readonly outputB: string;
}

/** The last committed ballot of one validator in one task. */
export interface SourceBallot {
  readonly validator: string;
  readonly role: "Human" | "Ai";
  readonly version: number;
  readonly judgments: number;
  readonly commitment: string;
  /** EIP-712 digest of the ballot. */
  readonly digest: string;
  /** 65 bytes. */
  readonly signature: string;
  /** The wallet itself or the session key that signed. */
  readonly signer: string;
  readonly admissionIndex: number;
  /** Null when it was never opened: then it lost its lock. */
  readonly opening: SourceOpening | null;
  /** Entries packed as in `BallotRevealed` (0 = A, 1 = B, 2 = tie); "0x" when void or unopened. */
  readonly effectiveEntries: string;
  readonly void: boolean;
  /** As `BallotSettled` has them; zero when void or forfeited. */
  readonly scorePpm: number;
  readonly multiplePpm: number;
  /** Negative for a loss of stake. */
  readonly pay: bigint;
  /** Stake lost because the ballot was never opened. */
  readonly forfeited: bigint;
  readonly transactions: {
    readonly commit: string;
    readonly reveal: string;
    readonly settle: string;
  };
}

export interface SourceOpening {
  /** Entries packed as signed: the presented side (0 = left, 1 = right, 2 = tie). */
  readonly entries: string;
  readonly salt: string;
  readonly notesHash: string;
}

export interface SourceExclusion {
  readonly validator: string;
  readonly reason: string;
}
