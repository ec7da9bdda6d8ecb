import { expect } from "chai";
import type { EventFragment, Interface, ParamType } from "ethers";
import {
  IFeedbackTasks__factory,
  IProvenanceRegistry__factory,
  IStakeRegistry__factory,
} from "../../bindings/index.ts";
import { LAST_SECOND } from "../../indexer/figures.ts";
import { followOnce, type FollowConfig } from "../../indexer/follow-chain.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import { encodeGolds, mostGolds } from "../../protocol/gold.ts";
import { MAX_ITEMS } from "../../protocol/terms.ts";
import { findCheckpoint } from "../../store/chain-writes.ts";
import { openDatabase, type OpenDatabase } from "../../store/database.ts";
import { sessions } from "../../store/schema/chain.ts";
import {
  FOLLOWED,
  MadeChain,
  PROVENANCE_REGISTRY,
  provenanceLog,
  registryLog,
  tasksLog,
  type MadeLog,
} from "../support/made-chain.ts";
import {
  committedLog,
  joinLogs,
  madeAddress,
  madeHash,
  madeTask,
  OPERATOR,
  REQUESTER,
  TOKEN,
} from "../support/made-task.ts";

const VALIDATOR = madeAddress(1);
const KEY = madeAddress(2);
const ITEMS = 40;
const task = madeTask("one", ITEMS, 2n);
const RECORD = madeHash("record");
const CONFIG: FollowConfig = {
  ...FOLLOWED,
  contracts: { ...FOLLOWED.contracts, provenanceRegistry: PROVENANCE_REGISTRY },
};

/** What everything else is said of: stated before, whatever figures come after. */
const known: MadeLog[][] = [
  [...joinLogs(OPERATOR, 3, 2n), ...joinLogs(VALIDATOR, 1, 2n)],
  [task.created],
  [
    task.opened,
    registryLog("SessionAuthorized", [VALIDATOR, KEY, 1_900_000_000n, 1n]),
    committedLog(task.taskId, VALIDATOR, 1, 1, TOKEN),
    tasksLog("OmissionClaimed", [task.taskId, VALIDATOR, 5n]),
    provenanceLog("Recorded", [RECORD, REQUESTER, madeHash("c"), 1, madeHash("m"), [], REQUESTER]),
  ],
];

type End = "least" | "greatest";

/** Names, and bytes that the contract packs itself: no figure of anybody's. */
const given: Readonly<Record<string, Readonly<Record<End, unknown>>>> = {
  taskId: { least: task.taskId, greatest: task.taskId },
  validator: { least: VALIDATOR, greatest: VALIDATOR },
  operator: { least: OPERATOR, greatest: OPERATOR },
  key: { least: KEY, greatest: KEY },
  recordId: { least: RECORD, greatest: RECORD },
  role: { least: 1, greatest: 3 },
  kind: { least: 1, greatest: 4 },
  entries: {
    least: "0x",
    greatest: encodeEntries(
      Array.from({ length: MAX_ITEMS }, (_, i) => ({
        itemIndex: 0xffffff - MAX_ITEMS + 1 + i,
        verdict: 2 as const,
      })),
    ),
  },
  golds: {
    least: "0x",
    greatest: encodeGolds(
      Array.from({ length: mostGolds(ITEMS) }, (_, i) => ({ itemIndex: i, answer: 1 as const })),
      ITEMS,
    ),
  },
};

/** The least or the greatest value of an ABI type. */
function extremeOf(type: ParamType, end: End): unknown {
  const named = given[type.name];
  if (named !== undefined) return named[end];
  const greatest = end === "greatest";
  const children = type.components ?? [];
  if (type.baseType === "tuple") return children.map((child) => extremeOf(child, end));
  if (type.baseType === "array") {
    return greatest ? [extremeOf(type.arrayChildren as ParamType, end)] : [];
  }
  const [, kind, size = "256"] = /^([a-z]+)(\d*)$/.exec(type.type) ?? [];
  const bits = BigInt(size === "" ? "256" : size);
  switch (kind) {
    case "uint":
      return greatest ? 2n ** bits - 1n : 0n;
    case "int":
      return greatest ? 2n ** (bits - 1n) - 1n : -(2n ** (bits - 1n));
    case "bool":
      return greatest;
    case "address":
      return `0x${(greatest ? "ff" : "00").repeat(20)}`;
    case "bytes":
      return `0x${(greatest ? "ff" : "00").repeat(32)}`;
    case "string":
      return greatest ? "\0".repeat(1_024) : "";
    default:
      throw new Error(`no extremes of ${type.type}`);
  }
}

const contracts: readonly [
  name: string,
  contract: Interface,
  logOf: (name: string, args: readonly unknown[]) => MadeLog,
][] = [
  ["StakeRegistry", IStakeRegistry__factory.createInterface(), registryLog],
  ["FeedbackTasks", IFeedbackTasks__factory.createInterface(), tasksLog],
  ["ProvenanceRegistry", IProvenanceRegistry__factory.createInterface(), provenanceLog],
];

/** Things of which there is one already are stated anew under another name. */
const anew: Readonly<Record<string, string>> = {
  TaskCreated: "taskId",
  Recorded: "recordId",
  OmissionClaimed: "validator",
  SessionAuthorized: "key",
};

function argumentsOf(event: EventFragment, end: End): unknown[] {
  return event.inputs.map((input) => {
    if (input.name !== anew[event.name]) return extremeOf(input, end);
    return input.type === "address" ? madeAddress(77) : madeHash("another");
  });
}

describe("the indexer, at the ends of what the types of events can say,", () => {
  let database: OpenDatabase;
  const chain = new MadeChain();
  before(async () => {
    database = await openDatabase();
    for (const logs of known) chain.mine(logs);
  });
  after(() => database.close());

  /** Over whatever was said before, which is undone. */
  async function follow(log: MadeLog): Promise<void> {
    chain.forkAt(BigInt(known.length));
    chain.mine([log]);
    while ((await followOnce(database.db, chain, CONFIG)).kind !== "idle");
    const checkpoint = await findCheckpoint(database.db);
    expect(checkpoint?.blockHash).to.equal(chain.hashAt(chain.height));
  }

  for (const [name, contract, logOf] of contracts) {
    for (const end of ["least", "greatest"] as const) {
      contract.forEachEvent((event) => {
        it(`goes on after ${event.name} of ${name} with the ${end} values`, () =>
          follow(logOf(event.name, argumentsOf(event, end))));
      });
    }
  }

  it("lets a session without an end last as long as any terms can name", async () => {
    await follow(registryLog("SessionAuthorized", [VALIDATOR, madeAddress(9), 2n ** 64n - 1n, 2n]));
    const rows = await database.db.select().from(sessions);
    expect(rows.map(({ expiresAt }) => expiresAt)).to.have.members([1_900_000_000n, LAST_SECOND]);
  });
});
