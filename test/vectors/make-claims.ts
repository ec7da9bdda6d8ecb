/**
 * Claims of omission: one that holds, and everything that makes it hold no more, one change at a time. Signed by ethers
 * wallets, encoded by ethers; figures from the text of docs/protocol.md.
 */
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { id, keccak256, TypedDataEncoder, Wallet } from "ethers";
import { fraction, least } from "./fraction.ts";
import type { EntryVector } from "./ingredients.ts";
import {
  abi,
  chainId,
  fingerprintOf,
  hashOf,
  numbers,
  pack,
  seed,
  taskId,
  tasks,
} from "./ingredients.ts";

const OPENING_TYPE =
  "Opening(uint256 chainId,address tasks,bytes32 taskId,address validator,uint32 version,bytes32 salt,bytes32 entriesHash,bytes32 notesHash)";
const slotFields = [
  { name: "taskId", type: "bytes32" },
  { name: "validator", type: "address" },
  { name: "version", type: "uint32" },
  { name: "judgments", type: "uint16" },
  { name: "commitment", type: "bytes32" },
];
const domain = { name: "Scrutineer", version: "1", chainId, verifyingContract: tasks };

const walletOf = (name: string): Wallet => new Wallet(hashOf(name));
const addressOf = (wallet: Wallet): string => wallet.address.toLowerCase();
const validator = walletOf("claiming validator");
const session = walletOf("claiming session");
const stranger = walletOf("stranger");
const receiptKey = walletOf("claimed receipt key");
const zeroHash = `0x${"0".repeat(64)}`;
const zeroAddress = `0x${"0".repeat(40)}`;

const itemCount = 12;
const half = 2n ** 254n;
const closesAt = 1_000;
const commitEndsAt = 1_100;
const revealEndsAt = 1_200;
const claimWindow = 60;
const humanPrice = 1_000n;
const maxPenalty = 500_000;

const everyItem: EntryVector[] = Array.from({ length: itemCount }, (_, i) => ({
  itemIndex: i,
  verdict: i % 3,
}));
const hasTicket = (itemIndex: number): boolean => {
  const ticket = keccak256(
    abi.encode(["bytes32", "address", "uint256"], [seed, addressOf(validator), itemIndex]),
  );
  return BigInt(ticket) >> 1n < half;
};
const withTicket = everyItem.filter(({ itemIndex }) => hasTicket(itemIndex)).length;

interface Parts {
  version?: number;
  judgments?: number;
  entries?: string;
  signer?: Wallet;
  receiptSigner?: Wallet;
  receiptVersion?: number;
  /** Another chain, contract or task that the commitment is for. */
  commitmentFor?: Record<string, unknown>;
  signatureFor?: Record<string, unknown>;
}

const sign = (wallet: Wallet, kind: string, message: object, on: object = {}): string => {
  const digest = TypedDataEncoder.hash({ ...domain, ...on }, { [kind]: slotFields }, message);
  return wallet.signingKey.sign(digest).serialized;
};

function claimOf({
  version = 7,
  judgments = itemCount,
  entries = pack(everyItem),
  signer = session,
  receiptSigner = receiptKey,
  receiptVersion,
  commitmentFor = {},
  signatureFor = {},
}: Parts): Record<string, unknown> {
  const slot = { chainId, tasks, taskId, validator: addressOf(validator), version };
  const opening = { entries, salt: hashOf("claimed salt"), notesHash: hashOf("claimed notes") };
  const of = { ...slot, ...commitmentFor };
  const commitment = keccak256(
    abi.encode(
      [
        "bytes32",
        "uint256",
        "address",
        "bytes32",
        "address",
        "uint32",
        "bytes32",
        "bytes32",
      ].concat("bytes32"),
      [
        id(OPENING_TYPE),
        of.chainId,
        of.tasks,
        of.taskId,
        of.validator,
        of.version,
        opening.salt,
        keccak256(entries),
        opening.notesHash,
      ],
    ),
  );
  const ballot = { taskId, validator: addressOf(validator), version, judgments, commitment };
  const receipt = { ...ballot, version: receiptVersion ?? version };
  return {
    ballot,
    signature: sign(signer, "Ballot", ballot, signatureFor),
    admissionIndex: 0,
    admissionProof: [],
    receiptSignature: sign(receiptSigner, "OpeningReceipt", receipt),
    opening,
  };
}

const noRecord = {
  version: 0,
  unfundedVersion: 0,
  judgments: 0,
  fingerprint: fingerprintOf(zeroHash),
  bySession: false,
  opened: false,
  effectiveEntries: 0,
};
const terms = {
  itemCount,
  receiptKey: addressOf(receiptKey),
  humanPrice: humanPrice.toString(),
  aiPrice: "100",
  maxPenalty,
  humanAdmissionRoot: zeroHash,
  humanSeats: 0,
  aiAdmissionRoot: zeroHash,
  aiSeats: 0,
  closesAt,
  commitEndsAt,
  revealEndsAt,
};
const everybody = { seats: 5, pool: 5, need: 3, threshold: half.toString() };
const nobody = { seats: 5, pool: 0, need: 1, threshold: "0" };
const lasting = { authorizedAt: 500, expiresAt: 5_000, revokedAt: 0 };
const facts = {
  terms,
  seed,
  human: everybody,
  ai: everybody,
  role: "Human",
  admissionIndexTaken: false,
  sessions: { [addressOf(session)]: lasting },
  record: noRecord,
  claimedUnits: "0",
  claimWindow,
  now: revealEndsAt,
};

function cases(): object[] {
  const made: object[] = [];
  const ticketed = BigInt(withTicket);
  const mostLocked = (judgments: number): bigint =>
    (BigInt(judgments) * humanPrice * BigInt(maxPenalty)) / 1_000_000n; // no fraction here: prices are even
  const add = (
    why: string,
    outcome: { fault: string } | { claimUnits: bigint },
    claim: Record<string, unknown>,
    changed: object = {},
  ): void => {
    const expected = "fault" in outcome ? outcome : { claimUnits: outcome.claimUnits.toString() };
    made.push({ why, ...expected, claim, facts: changed });
  };
  const standard = claimOf({});
  const commitment = (standard["ballot"] as { commitment: string }).commitment;
  const bySession = { ...noRecord, bySession: true };
  const own = {
    ...bySession,
    version: 7,
    judgments: itemCount,
    fingerprint: fingerprintOf(commitment),
  };
  const sessionThat = (change: object): object => ({
    sessions: { [addressOf(session)]: { ...lasting, ...change } },
  });
  const holds = (units: bigint): { claimUnits: bigint } => ({ claimUnits: units });
  const fault = (code: string): { fault: string } => ({ fault: code });

  add("never committed", holds(ticketed * humanPrice), standard);
  add("signed by the wallet", holds(ticketed * humanPrice), claimOf({ signer: validator }));
  add("in the last second", holds(ticketed * humanPrice), standard, {
    now: revealEndsAt + claimWindow - 1,
  });
  add("an AI's", holds(ticketed * 100n), standard, { role: "Ai" });
  add(
    "committed and never opened",
    holds(ticketed * humanPrice + mostLocked(itemCount)),
    standard,
    {
      record: own,
    },
  );
  add(
    "an older version committed and never opened",
    holds(ticketed * humanPrice + mostLocked(5)),
    standard,
    { record: { ...own, version: 6, judgments: 5, fingerprint: fingerprintOf(hashOf("older")) } },
  );
  add("an older version opened", holds((ticketed - 2n) * humanPrice), standard, {
    record: { ...own, version: 6, judgments: 5, opened: true, effectiveEntries: 2 },
  });
  add("an older version void", holds(ticketed * humanPrice), standard, {
    record: { ...own, version: 6, judgments: 5, opened: true, effectiveEntries: 0 },
  });
  add(
    "the wallet's ballot beside an older one of a session",
    holds((ticketed - 1n) * humanPrice),
    claimOf({ signer: validator }),
    { record: { ...own, version: 6, judgments: 1, opened: true, effectiveEntries: 1 } },
  );
  add("an earlier version was unfunded", holds(ticketed * humanPrice), standard, {
    record: { ...noRecord, unfundedVersion: 6 },
  });
  add("revoked when commits had ended", holds(ticketed * humanPrice), standard, {
    ...sessionThat({ revokedAt: commitEndsAt }),
  });
  add("expired right after judging closed", holds(ticketed * humanPrice), standard, {
    ...sessionThat({ expiresAt: closesAt + 1 }),
  });

  add("before revealing ended", fault("claim-outside-window"), standard, { now: revealEndsAt - 1 });
  add("after the window", fault("claim-outside-window"), standard, {
    now: revealEndsAt + claimWindow,
  });
  add("as much was claimed before", fault("claim-repeated"), standard, {
    claimedUnits: (ticketed * humanPrice).toString(),
  });
  add("less was claimed before, for an older version", holds(ticketed * humanPrice), standard, {
    claimedUnits: (ticketed * humanPrice - 1n).toString(),
  });
  add("for another task", fault("task-mismatch"), {
    ...standard,
    ballot: { ...(standard["ballot"] as object), taskId: hashOf("other task") },
  });
  add("no seat at the snapshot", fault("validator-not-active"), standard, { role: null });
  add("not drawn", fault("not-in-pool"), standard, { human: nobody });
  add("no judgment", fault("judgments-out-of-range"), claimOf({ judgments: 0, entries: "0x" }));
  add(
    "65,535 judgments on 12 items",
    fault("judgments-out-of-range"),
    claimOf({ judgments: 65_535 }),
  );
  add("version 0", fault("version-stale"), claimOf({ version: 0 }));
  add("signed by a stranger", fault("session-unknown"), claimOf({ signer: stranger }));
  add(
    "a ballot of another chain",
    fault("session-unknown"),
    claimOf({ signatureFor: { chainId: 1n } }),
  );
  add("high s", fault("signature-invalid"), { ...standard, signature: highS(standard) });
  add("a session never authorised", fault("session-unknown"), standard, { sessions: {} });
  add("authorised when commits had ended", fault("session-unknown"), standard, {
    ...sessionThat({ authorizedAt: commitEndsAt }),
  });
  add("revoked before commits ended", fault("session-revoked"), standard, {
    ...sessionThat({ revokedAt: commitEndsAt - 1 }),
  });
  add("expired when judging closed", fault("session-expired"), standard, {
    ...sessionThat({ expiresAt: closesAt }),
  });
  add("a stranger's receipt", fault("receipt-invalid"), claimOf({ receiptSigner: stranger }));
  add(
    "the validator's own receipt",
    fault("receipt-invalid"),
    claimOf({ receiptSigner: validator }),
  );
  add("a receipt for another version", fault("receipt-invalid"), claimOf({ receiptVersion: 6 }));
  for (const [what, change] of [
    ["chain", { chainId: 1n }],
    ["contract", { tasks: addressOf(stranger) }],
    ["task", { taskId: hashOf("other task") }],
    ["validator", { validator: addressOf(stranger) }],
    ["version", { version: 8 }],
  ] as [string, Record<string, unknown>][]) {
    add(
      `a commitment of another ${what}`,
      fault("commitment-mismatch"),
      claimOf({ commitmentFor: change }),
    );
  }
  add(
    "entries of a broken length",
    fault("entries-length-invalid"),
    claimOf({ entries: "0x0000" }),
  );
  add(
    "a verdict of 3",
    fault("entries-verdict-invalid"),
    claimOf({ entries: "0x00000003", judgments: 1 }),
  );
  add(
    "an item twice",
    fault("entries-order-invalid"),
    claimOf({ entries: "0x0000000000000001", judgments: 2 }),
  );
  add(
    "fewer entries than judgments",
    fault("judgments-mismatch"),
    claimOf({ entries: "0x00000000" }),
  );
  add("unfunded", fault("claim-unfunded"), standard, {
    record: { ...noRecord, unfundedVersion: 7 },
  });
  add("a later version unfunded beside an older record", fault("claim-unfunded"), standard, {
    record: { ...own, version: 6, unfundedVersion: 9 },
  });
  add("opened", fault("not-omitted"), standard, {
    record: { ...own, opened: true, effectiveEntries: withTicket },
  });
  add("the same version with another commitment", fault("not-omitted"), standard, {
    record: { ...own, fingerprint: fingerprintOf(hashOf("other")) },
  });
  add("a later version on chain", fault("not-omitted"), standard, {
    record: { ...own, version: 80 },
  });
  add("the wallet's version 1 over a session's 7", fault("not-omitted"), standard, {
    record: { ...own, version: 1, bySession: false },
  });
  add(
    "a session's version 80 over the wallet's 7",
    fault("not-omitted"),
    claimOf({ signer: validator }),
    { record: { ...own, version: 80 } },
  );
  add("an older version with as many judgments that count", fault("claim-empty"), standard, {
    record: { ...own, version: 6, opened: true, effectiveEntries: withTicket },
  });
  add(
    "an item that does not exist, and nothing else",
    fault("claim-empty"),
    claimOf({
      entries: "0x00ffff01",
      judgments: 1,
    }),
  );

  const list = StandardMerkleTree.of(
    [addressOf(stranger), addressOf(validator), zeroAddress].map((address, i) => [i, address]),
    ["uint256", "address"],
  );
  const listed = { ...standard, admissionIndex: 1, admissionProof: list.getProof(1) };
  const admission = { terms: { ...terms, humanAdmissionRoot: list.root, humanSeats: 3 } };
  add("on the list", holds(ticketed * humanPrice), listed, admission);
  add(
    "another's place on the list",
    fault("not-admitted"),
    {
      ...listed,
      admissionIndex: 0,
      admissionProof: list.getProof(0),
    },
    admission,
  );
  add("no proof", fault("not-admitted"), { ...listed, admissionProof: [] }, admission);
  add("beyond the admitted seats", fault("not-admitted"), listed, {
    terms: { ...admission.terms, humanSeats: 1 },
  });
  add("a place that another address used", fault("admission-index-taken"), listed, {
    ...admission,
    admissionIndexTaken: true,
  });
  return made;
}

/** The same signature in its other form: s from the order, and the other v. */
function highS(claim: Record<string, unknown>): string {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const text = String(claim["signature"]);
  const s = order - BigInt(`0x${text.slice(66, 130)}`);
  const v = text.slice(130) === "1b" ? "1c" : "1b";
  return `${text.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}`;
}

/** Of a bond, in exact fractions: each claim whole if the bond covers all, else its part of it, rounded down. */
function shares(): object[] {
  const random = numbers(1307);
  const fixed: [bigint, bigint[]][] = [
    [10n, []],
    [10n, [4n, 6n]],
    [10n, [4n, 7n]],
    [10n, [9n, 6n]],
    [0n, [5n]],
    [1n, [1n, 1n, 1n]],
    [100n, [1n, 1n, 1n]],
    [2n ** 96n - 1n, [2n ** 108n, 2n ** 108n + 1n, 1n]],
  ];
  const drawn = Array.from({ length: 24 }, (): [bigint, bigint[]] => [
    BigInt(random(1_000_000)),
    Array.from({ length: 1 + random(9) }, () => BigInt(random(400_000))),
  ]);
  return [...fixed, ...drawn].map(([bond, claims]) => {
    const claimed = claims.reduce((a, b) => a + b, 0n);
    const paid = claims.map((claim) => {
      if (claimed <= bond) return claim;
      const part = fraction(claim * bond, claimed);
      return part.num / part.den;
    });
    const seized = least(bond, claimed);
    return {
      bondUnits: bond.toString(),
      claims: claims.map(String),
      paidUnits: paid.map(String),
      seizedUnits: seized.toString(),
      dustUnits: (seized - paid.reduce((a, b) => a + b, 0n)).toString(),
      returnedUnits: (bond - seized).toString(),
    };
  });
}

/** `facts` of a case replace those of `facts` beside them, field by field. */
export function claimVectors(): object {
  return {
    domain: { ...domain, chainId: chainId.toString() },
    taskId,
    facts,
    withTicket,
    cases: cases(),
    shares: shares(),
  };
}
