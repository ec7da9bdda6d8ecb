/**
 * Writes the golden vectors beside this file. Nothing here comes from protocol/ or the contracts: encodings and digests are
 * those of ethers, trees those of @openzeppelin/merkle-tree, content hashes those of Node, scores a brute-force mean over
 * peers and pairs in exact fractions, pay and draws the text of docs/protocol.md in big integers.
 *
 *     tsx test/vectors/write-vectors.ts
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { id, keccak256, Signature, TypedDataEncoder, Wallet } from "ethers";
import type { Fraction } from "./fraction.ts";
import { fraction, least, minus, most, plus } from "./fraction.ts";
import {
  abi,
  addressOf,
  chainId,
  hashOf,
  numbers,
  pack,
  registry,
  seed,
  taskId,
  tasks,
} from "./ingredients.ts";
import { claimVectors } from "./make-claims.ts";
import { goldVectors } from "./make-gold.ts";

// ballots ---------------------------------------------------------------------------------------------------------------

function ballots(): object {
  const everyItem = Array.from({ length: 4096 }, (_, i) => ({ itemIndex: i, verdict: i % 3 }));
  const valid = [
    [],
    [{ itemIndex: 0, verdict: 0 }],
    [{ itemIndex: 258, verdict: 2 }],
    [
      { itemIndex: 0, verdict: 2 },
      { itemIndex: 1, verdict: 1 },
      { itemIndex: 255, verdict: 0 },
      { itemIndex: 256, verdict: 1 },
      { itemIndex: 4095, verdict: 2 },
      { itemIndex: 65536, verdict: 0 },
      { itemIndex: 16777215, verdict: 1 },
    ],
  ].map((entries) => ({ entries, packed: pack(entries) }));
  return {
    valid,
    every: { items: 4096, verdict: "itemIndex % 3", hash: keccak256(pack(everyItem)) },
    invalid: [
      { packed: "0x00", code: "entries-length-invalid", why: "one byte" },
      { packed: "0x0000000000", code: "entries-length-invalid", why: "five bytes" },
      { packed: "0x00000003", code: "entries-verdict-invalid", why: "verdict 3" },
      { packed: "0x000000ff", code: "entries-verdict-invalid", why: "verdict 255" },
      { packed: "0x0000010000000100", code: "entries-order-invalid", why: "an item twice" },
      { packed: "0x0000020000000100", code: "entries-order-invalid", why: "descending" },
    ],
  };
}

// commitments -----------------------------------------------------------------------------------------------------------

const OPENING_TYPE =
  "Opening(uint256 chainId,address tasks,bytes32 taskId,address validator,uint32 version,bytes32 salt,bytes32 entriesHash,bytes32 notesHash)";

function commitments(): object {
  return [
    { entries: [], version: 1, notesHash: `0x${"0".repeat(64)}` },
    { entries: [{ itemIndex: 258, verdict: 2 }], version: 1, notesHash: hashOf("notes") },
    {
      entries: [
        { itemIndex: 3, verdict: 0 },
        { itemIndex: 7, verdict: 1 },
        { itemIndex: 4095, verdict: 2 },
      ],
      version: 4294967295,
      notesHash: hashOf("notes 2"),
    },
  ].map(({ entries, version, notesHash }, i) => {
    const master = hashOf(`master ${i}`);
    const validator = addressOf(`validator ${i}`);
    const salt = keccak256(
      abi.encode(["bytes32", "bytes32", "uint256"], [master, taskId, version]),
    );
    const packed = pack(entries);
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
          "bytes32",
        ],
        [
          id(OPENING_TYPE),
          chainId,
          tasks,
          taskId,
          validator,
          version,
          salt,
          keccak256(packed),
          notesHash,
        ],
      ),
    );
    return {
      slot: { chainId: chainId.toString(), tasks, taskId, validator, version },
      master,
      opening: { entries: packed, salt, notesHash },
      entriesHash: keccak256(packed),
      commitment,
    };
  });
}

// digests ---------------------------------------------------------------------------------------------------------------

function digests(): object {
  const domainOf = (verifyingContract: string): object => ({
    name: "Scrutineer",
    version: "1",
    chainId: chainId.toString(),
    verifyingContract,
  });
  const slot = [
    { name: "taskId", type: "bytes32" },
    { name: "validator", type: "address" },
    { name: "version", type: "uint32" },
    { name: "judgments", type: "uint16" },
    { name: "commitment", type: "bytes32" },
  ];
  const ballot = {
    taskId,
    validator: addressOf("validator 0"),
    version: 7,
    judgments: 65535,
    commitment: hashOf("commitment"),
  };
  const cases = [
    { kind: "Ballot", contract: tasks, fields: slot, message: ballot },
    { kind: "OpeningReceipt", contract: tasks, fields: slot, message: ballot },
    {
      kind: "OperatorAcceptance",
      contract: tasks,
      fields: [{ name: "taskId", type: "bytes32" }],
      message: { taskId },
    },
    {
      kind: "Session",
      contract: registry,
      fields: [
        { name: "validator", type: "address" },
        { name: "key", type: "address" },
        { name: "expiresAt", type: "uint64" },
        { name: "nonce", type: "uint256" },
      ],
      message: {
        validator: addressOf("validator 0"),
        key: addressOf("session key"),
        expiresAt: "1900000000",
        nonce: BigInt(hashOf("nonce")).toString(),
      },
    },
    {
      kind: "SessionRevocation",
      contract: registry,
      fields: [
        { name: "validator", type: "address" },
        { name: "key", type: "address" },
        { name: "nonce", type: "uint256" },
      ],
      message: { validator: addressOf("validator 0"), key: addressOf("session key"), nonce: "0" },
    },
  ];
  return cases.map(({ kind, contract, fields, message }, i) => {
    const domain = domainOf(contract);
    const types = { [kind]: fields };
    const digest = TypedDataEncoder.hash(domain, types, message);
    const privateKey = hashOf(`key ${i}`);
    const wallet = new Wallet(privateKey);
    const signature = wallet.signingKey.sign(digest);
    return {
      kind,
      domain,
      message,
      domainSeparator: TypedDataEncoder.hashDomain(domain),
      digest,
      privateKey,
      signer: wallet.address.toLowerCase(),
      signature: signature.serialized,
      compact: { r: signature.r, vs: Signature.from(signature).yParityAndS },
    };
  });
}

// tasks -----------------------------------------------------------------------------------------------------------------

const TERMS_TYPE =
  "tuple(address operator,uint96 operatorBond,address receiptKey,bytes32 itemsRoot,uint16 itemCount,bytes32 manifestHash,bytes32 goldHash,bytes32 humanAdmissionRoot,uint32 humanSeats,bytes32 aiAdmissionRoot,uint32 aiSeats,uint8 humanVotes,uint8 aiVotes,uint96 humanPrice,uint96 aiPrice,uint96 operatorFee,uint32 fullPayScore,uint32 breakEven,uint32 maxPenalty,uint16 minJudgments,bool conditionOnAi,uint32 oversubscription,uint40 aiClosesAt,uint40 closesAt,uint40 commitEndsAt,uint40 revealEndsAt)";

function taskVectors(): object {
  const zero = `0x${"0".repeat(64)}`;
  const plain = {
    operator: addressOf("operator"),
    operatorBond: "1000000000000000000000",
    receiptKey: addressOf("receipt key"),
    itemsRoot: hashOf("items root"),
    itemCount: 100,
    manifestHash: hashOf("manifest"),
    goldHash: zero,
    humanAdmissionRoot: zero,
    humanSeats: 0,
    aiAdmissionRoot: zero,
    aiSeats: 0,
    humanVotes: 3,
    aiVotes: 0,
    humanPrice: "1000000000000000000",
    aiPrice: "0",
    operatorFee: "0",
    fullPayScore: 250000,
    breakEven: 50000,
    maxPenalty: 500000,
    minJudgments: 40,
    conditionOnAi: false,
    oversubscription: 1000000,
    aiClosesAt: 1900000000,
    closesAt: 1900000000,
    commitEndsAt: 1900000100,
    revealEndsAt: 1900000200,
  };
  const full = {
    ...plain,
    itemCount: 4096,
    humanAdmissionRoot: hashOf("humans"),
    humanSeats: 65535,
    aiAdmissionRoot: hashOf("ais"),
    aiSeats: 3,
    humanVotes: 15,
    aiVotes: 3,
    humanPrice: "79228162514264337593543950335",
    aiPrice: "1",
    operatorFee: "12345678901234567890",
    fullPayScore: 130000,
    breakEven: 20000,
    maxPenalty: 1000000,
    conditionOnAi: true,
    oversubscription: 4294967295,
    aiClosesAt: 1899990000,
  };
  const requester = addressOf("requester");
  return [plain, full].map((terms, nonce) => {
    const termsHash = keccak256(abi.encode([TERMS_TYPE], [terms]));
    const id32 = keccak256(
      abi.encode(
        ["uint256", "address", "address", "uint256", "bytes32"],
        [chainId, tasks, requester, nonce, termsHash],
      ),
    );
    const human = BigInt(terms.humanVotes) * (BigInt(terms.humanPrice) + BigInt(terms.operatorFee));
    const ai = BigInt(terms.aiVotes) * (BigInt(terms.aiPrice) + BigInt(terms.operatorFee));
    const blockHash = hashOf(`block ${nonce}`);
    return {
      chainId: chainId.toString(),
      tasks,
      requester,
      nonce: String(nonce),
      terms,
      termsHash,
      taskId: id32,
      escrowUnits: (BigInt(terms.itemCount) * (human + ai)).toString(),
      blockHash,
      seed: keccak256(
        abi.encode(["bytes32", "uint256", "address", "bytes32"], [blockHash, chainId, tasks, id32]),
      ),
    };
  });
}

// draws and tickets -----------------------------------------------------------------------------------------------------

function draws(): object {
  const cases = [
    // [itemCount, votes, oversubscription, minJudgments, admitted or 0, activeSeats, minPool]
    [100, 3, 1000000, 40, 0, 41, 40],
    [100, 3, 1500000, 40, 0, 5, 40],
    [4096, 3, 1000000, 40, 0, 1000, 40],
    [4096, 15, 1500000, 40, 0, 1000, 40],
    [4096, 15, 1000000, 1, 0, 4000000000, 40],
    [1, 2, 1000000, 4096, 0, 3, 40],
    [1814, 2, 4000000000, 40, 65, 65, 40],
    [1814, 2, 40000000, 40, 65, 64, 40],
    [24, 3, 1000000, 40, 12, 500, 40],
    [24, 0, 1000000, 40, 0, 500, 40],
    [24, 3, 1000000, 40, 0, 0, 40],
    [961, 7, 1142857, 33, 77, 10007, 40],
  ] as const;
  const E6 = 1_000_000n;
  return cases.map(
    ([itemCount, votes, oversubscription, minJudgments, admitted, active, minPool]) => {
      const seats = admitted === 0 ? BigInt(active) : least(BigInt(admitted), BigInt(active));
      const tickets = BigInt(oversubscription) * BigInt(votes);
      let pool = 0n;
      let threshold = 0n;
      let need = 1n;
      if (votes > 0 && seats > 0n) {
        const wanted = (BigInt(itemCount) * tickets) / (2n * E6 * BigInt(minJudgments));
        pool = least(seats, most(BigInt(minPool), wanted));
        threshold = tickets >= E6 * pool ? 2n ** 255n : (2n ** 255n * tickets) / (E6 * pool);
        need = (BigInt(itemCount) * least(E6 * pool, tickets)) / (2n * E6 * pool);
        need = most(1n, least(need, BigInt(minJudgments)));
      }
      return {
        itemCount,
        votes,
        oversubscription,
        minJudgments,
        admitted,
        activeSeats: active,
        minPool,
        draw: {
          seats: Number(seats),
          pool: Number(pool),
          need: Number(need),
          threshold: threshold.toString(),
        },
        inPool: Array.from({ length: 6 }, (_, i) => {
          const validator = addressOf(`drawn ${i}`);
          const hash = BigInt(keccak256(abi.encode(["bytes32", "address"], [seed, validator])));
          const inPool = pool > 0n && hash <= ((2n ** 256n - 1n) * pool) / seats;
          return { seed, validator, inPool };
        }),
      };
    },
  );
}

function tickets(): object {
  const thresholds = [2n ** 255n, 2n ** 254n, 2n ** 255n / 10n, 1n, 0n];
  return Array.from({ length: 24 }, (_, i) => {
    const validator = addressOf(`validator ${i % 3}`);
    const itemIndex = [0, 1, 2, 255, 256, 4095, 65536, 16777215][i % 8] as number;
    const ticket = keccak256(
      abi.encode(["bytes32", "address", "uint256"], [seed, validator, itemIndex]),
    );
    return {
      seed,
      validator,
      itemIndex,
      ticket,
      flip: BigInt(ticket) % 2n === 1n,
      eligible: thresholds.map((threshold) => ({
        threshold: threshold.toString(),
        eligible: BigInt(ticket) >> 1n < threshold,
      })),
    };
  });
}

// trees and items -------------------------------------------------------------------------------------------------------

function trees(): object {
  const of = (types: string[], rows: (string | number)[][]): object => {
    const tree = StandardMerkleTree.of(rows, types);
    return {
      types,
      rows,
      root: tree.root,
      proofs: rows.map((_, i) => tree.getProof(i)),
    };
  };
  const item = (i: number): (string | number)[] => [
    i,
    hashOf(`prompt ${i}`),
    hashOf(`a ${i}`),
    hashOf(`b ${i}`),
  ];
  const items = (n: number): (string | number)[][] => Array.from({ length: n }, (_, i) => item(i));
  const leaf = ["uint256", "bytes32", "bytes32", "bytes32"];
  return {
    items: [of(leaf, items(1)), of(leaf, items(2)), of(leaf, items(7)), of(leaf, items(16))],
    admission: [
      of(
        ["uint256", "address"],
        Array.from({ length: 5 }, (_, i) => [i, addressOf(`validator ${i}`)]),
      ),
    ],
    anchors: [
      of(
        ["bytes32"],
        Array.from({ length: 9 }, (_, i) => [hashOf(`digest ${i}`)]),
      ),
    ],
  };
}

/** RFC 8785 by hand: two keys, already in order; strings as JSON.stringify writes them. */
function items(): object {
  const texts = [
    "What is 2 + 2?",
    "Grüße, 世界 \u{1F30D}",
    'quotes " and \\ and \n newline \u0007 bell \u2028 separator',
    "",
  ];
  return texts.map((content, i) => {
    const salt = hashOf(`salt ${i}`);
    const canonical = `{"messages":[{"content":${JSON.stringify(content)},"role":"user"}],"salt":"${salt}"}`;
    return {
      content: { salt, messages: [{ role: "user", content }] },
      canonical,
      sha256: `0x${createHash("sha256").update(canonical, "utf8").digest("hex")}`,
    };
  });
}

// scores ----------------------------------------------------------------------------------------------------------------

/** Votes on items: `votes[item][validator]` is a canonical verdict. */
type Votes = Record<string, number>[];

/** The brute force: for each ordered pair of own items, agreement with a random peer on one minus across the two. */
function bruteScore(
  own: Map<number, number>,
  peers: number[][],
  strata: Map<number, string>,
): {
  scorePpm: number;
  scored: number;
} {
  const byStratum = new Map<string, number[]>();
  for (const item of own.keys()) {
    if ((peers[item] as number[]).length === 0) continue;
    const stratum = strata.get(item) as string;
    byStratum.set(stratum, [...(byStratum.get(stratum) ?? []), item]);
  }
  const agreement = (label: number, item: number): Fraction => {
    const labels = peers[item] as number[];
    return fraction(BigInt(labels.filter((peer) => peer === label).length), BigInt(labels.length));
  };
  let sum = 0n;
  let scored = 0;
  for (const list of byStratum.values()) {
    if (list.length < 2) continue;
    let payments: Fraction = { num: 0n, den: 1n };
    for (const bonus of list) {
      const label = own.get(bonus) as number;
      for (const other of list) {
        if (other === bonus) continue;
        payments = plus(payments, minus(agreement(label, bonus), agreement(label, other)));
      }
    }
    sum += (1_000_000n * payments.num) / (payments.den * BigInt(list.length - 1));
    scored += list.length;
  }
  return { scorePpm: scored === 0 ? 0 : Number(sum / BigInt(scored)), scored };
}

function scores(): object {
  const random = numbers(20260101);
  const made: object[] = [];
  for (let round = 0; round < 24; round++) {
    const itemCount = 1 + random(12);
    const conditionOnAi = round % 2 === 1;
    const people = 1 + random(6);
    const human: Votes = [];
    const ai: Votes = [];
    for (let item = 0; item < itemCount; item++) {
      const truth = random(3);
      const vote = (): number => (random(10) < 6 ? truth : random(3));
      const h: Record<string, number> = {};
      const a: Record<string, number> = {};
      for (let p = 0; p < people; p++) if (random(4) > 0) h[`human ${p}`] = vote();
      for (let p = 0; p < 3; p++) if (random(3) > 0) a[`ai ${p}`] = vote();
      human.push(h);
      ai.push(a);
    }
    const counts = (votes: Record<string, number>): number[] =>
      [0, 1, 2].map((k) => Object.values(votes).filter((vote) => vote === k).length);
    const labelOf = (item: number): string => {
      const [a, b, t] = counts(ai[item] as Record<string, number>) as [number, number, number];
      return a > b && a > t ? "A" : b > a && b > t ? "B" : t > a && t > b ? "tie" : "none";
    };
    const score = (role: "Human" | "Ai", name: string): object => {
      const votes = role === "Human" ? human : ai;
      const own = new Map<number, number>();
      votes.forEach((onItem, item) => {
        const vote = onItem[name];
        if (vote !== undefined) own.set(item, vote);
      });
      const peers = human.map((onItem) =>
        Object.entries(onItem)
          .filter(([peer]) => peer !== name)
          .map(([, vote]) => vote),
      );
      const strata = new Map(
        human.map((_, item) => [item, conditionOnAi && role === "Human" ? labelOf(item) : "one"]),
      );
      return {
        role,
        entries: [...own].map(([itemIndex, verdict]) => ({ itemIndex, verdict })),
        ...bruteScore(own, peers, strata),
      };
    };
    made.push({
      conditionOnAi,
      tallies: human.map((onItem, item) => ({
        human: counts(onItem),
        ai: counts(ai[item] as Record<string, number>),
      })),
      validators: [
        ...Array.from({ length: people }, (_, p) => score("Human", `human ${p}`)),
        ...Array.from({ length: 3 }, (_, p) => score("Ai", `ai ${p}`)),
      ],
    });
  }
  return made;
}

// pay -------------------------------------------------------------------------------------------------------------------

function pay(): object {
  const random = numbers(7);
  const fixed = [
    {
      scorePpm: 150000,
      scored: 40,
      fullPayScore: 250000,
      breakEven: 50000,
      maxPenalty: 500000,
      need: 40,
    },
    {
      scorePpm: 1000000,
      scored: 40,
      fullPayScore: 250000,
      breakEven: 50000,
      maxPenalty: 500000,
      need: 40,
    },
    {
      scorePpm: -1000000,
      scored: 1,
      fullPayScore: 10000,
      breakEven: 5000,
      maxPenalty: 1000000,
      need: 3,
    },
    {
      scorePpm: 0,
      scored: 40,
      fullPayScore: 250000,
      breakEven: 50000,
      maxPenalty: 500000,
      need: 40,
    },
    {
      scorePpm: 0,
      scored: 0,
      fullPayScore: 250000,
      breakEven: 50000,
      maxPenalty: 500000,
      need: 40,
    },
    { scorePpm: 0, scored: 2, fullPayScore: 250000, breakEven: 0, maxPenalty: 0, need: 1 },
  ];
  const drawn = Array.from({ length: 40 }, () => {
    const fullPayScore = 10_000 + random(990_001);
    return {
      scorePpm: random(2_000_001) - 1_000_000,
      scored: 1 + random(60),
      fullPayScore,
      breakEven: random(Math.floor(fullPayScore / 2) + 1),
      maxPenalty: random(1_000_001),
      need: 1 + random(40),
    };
  });
  const FULL = 1_000_000n;
  return [...fixed, ...drawn].map((given, i) => {
    const votes = 2 + random(14);
    const votesOnEachItem = Array.from({ length: 1 + random(30) }, () => 1 + random(15));
    const price =
      i % 5 === 0 ? 2n ** 96n - 1n : BigInt(1 + random(1_000_000)) * 10n ** BigInt(random(14));

    let multiple = 0n;
    if (given.scored > 0) {
      const raw =
        (BigInt(given.scorePpm - given.breakEven) * FULL) /
        BigInt(given.fullPayScore - given.breakEven);
      const clamped = most(-BigInt(given.maxPenalty), least(FULL, raw));
      multiple = (clamped * least(BigInt(given.scored), BigInt(given.need))) / BigInt(given.need);
    }
    const worth = votesOnEachItem
      .map((r) => fraction(BigInt(Math.min(votes, r)), BigInt(r)))
      .reduce(plus, { num: 0n, den: 1n });
    const exact = fraction(price * worth.num * multiple, worth.den * FULL);
    const size = exact.num < 0n ? -exact.num : exact.num;
    return {
      ...given,
      votes,
      votesOnEachItem,
      priceUnits: price.toString(),
      multiplePpm: Number(multiple),
      weight: ((360360n * worth.num) / worth.den).toString(),
      payUnits: (exact.num > 0n ? size / exact.den : 0n).toString(),
      lossUnits: (exact.num < 0n ? (size + exact.den - 1n) / exact.den : 0n).toString(),
    };
  });
}

/**
 * The covariance payment of docs/protocol.md on one small matrix, in fractions: five people, eight items; w5 always answers
 * 0. Independently derived from Dasgupta and Ghosh (2013) and Shnayder et al. (2016).
 */
function peerPrediction(): object {
  return {
    source:
      "Dasgupta and Ghosh (2013), Shnayder et al. (2016, identity S): mean over every peer and every ordered pair of own items",
    judgments: {
      i1: { w3: 0, w1: 0, w2: 0, w5: 0 },
      i2: { w3: 0, w4: 1, w1: 1, w5: 0 },
      i3: { w1: 0, w4: 0, w3: 0, w5: 0 },
      i4: { w2: 1, w3: 1, w1: 0, w5: 0 },
      i5: { w2: 2, w4: 2, w3: 2, w5: 0 },
      i6: { w2: 0, w1: 0, w3: 0, w5: 0 },
      i7: { w1: 1, w3: 1, w4: 2, w5: 0 },
      i8: { w4: 0, w2: 0, w3: 1, w5: 0 },
    },
    expected: {
      w1: { n: 6, score: "2/15" },
      w2: { n: 5, score: "3/10" },
      w3: { n: 8, score: "29/168" },
      w4: { n: 5, score: "7/30" },
      w5: { n: 8, score: "0/1" },
    },
  };
}

const files: Record<string, () => object> = {
  "ballots.json": ballots,
  "commitments.json": commitments,
  "digests.json": digests,
  "tasks.json": taskVectors,
  "draws.json": draws,
  "tickets.json": tickets,
  "trees.json": trees,
  "items.json": items,
  "scores.json": scores,
  "pay.json": pay,
  "peer-prediction.json": peerPrediction,
  "gold.json": goldVectors,
  "claims.json": claimVectors,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, make] of Object.entries(files)) {
    writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(make(), undefined, 1)}\n`);
  }
}
