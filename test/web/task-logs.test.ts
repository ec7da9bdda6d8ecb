import { expect } from "chai";
import type { Log } from "ethers";
import { IFeedbackTasks__factory } from "../../bindings/index.ts";
import {
  anchoredRootsIn,
  committedBallotIn,
  settledBallotIn,
  taskLogsOf,
} from "../../web/chain/task-logs.ts";

const hash = (byte: string): string => `0x${byte.repeat(32)}`;
const address = (byte: string): string => `0x${byte.repeat(20)}`;
const tasks = address("aa");
const ballot = { taskId: hash("01"), validator: address("bb") };
const other = address("cc");
const tasksInterface = IFeedbackTasks__factory.createInterface();

function log(name: string, values: readonly unknown[], from = tasks): Log {
  const { data, topics } = tasksInterface.encodeEventLog(name, values);
  return { address: from, data, topics } as unknown as Log;
}
const settled = (validator: string, payUnits: bigint, from = tasks): Log =>
  log("BallotSettled", [ballot.taskId, validator, 300_000, 20, 900_000, payUnits, 0n], from);
const committed = (validator: string, version: number): Log =>
  log("BallotCommitted", [
    ...[ballot.taskId, validator, address("dd"), version, 12, 0],
    ...[hash("02"), 5n],
  ]);
const within = (...logs: Log[]): ReturnType<typeof taskLogsOf> => taskLogsOf({ logs }, tasks);

describe("the log of a transaction", () => {
  it("says what one ballot came to, among others settled with it", () => {
    const logs = within(
      log("GoldGateFailed", [ballot.taskId, other, 1n, 7n]),
      settled(other, 0n),
      settled(ballot.validator, 9n),
    );
    expect(settledBallotIn(logs, ballot)).to.deep.equal({
      ...{ scorePpm: 300_000, scored: 20, multiplePpm: 900_000, payUnits: 9n, lossUnits: 0n },
      failedGold: undefined,
    });
    const failed = settledBallotIn(logs, { ...ballot, validator: other });
    expect(failed?.failedGold).to.deep.equal({ right: 1, wrong: 7 });
    expect(settledBallotIn(logs, { ...ballot, taskId: hash("03") })).to.equal(undefined);
  });

  it("is believed for the tasks contract alone, whatever else looks like it", () => {
    expect(settledBallotIn(within(settled(ballot.validator, 9n, other)), ballot)).to.equal(
      undefined,
    );
  });

  it("says what was committed last", () => {
    const logs = within(
      committed(ballot.validator, 3),
      committed(ballot.validator, 4),
      committed(other, 5),
    );
    expect(committedBallotIn(logs, ballot)).to.deep.equal({
      ...{ version: 4, judgments: 12, commitment: hash("02"), signer: address("dd") },
    });
    expect(committedBallotIn(within(), ballot)).to.equal(undefined);
  });

  it("gives a task's anchored roots, whoever anchored them", () => {
    const logs = within(
      log("Anchored", [ballot.taskId, other, hash("04"), 3n]),
      log("Anchored", [hash("03"), other, hash("05"), 3n]),
    );
    expect(anchoredRootsIn(logs, ballot)).to.deep.equal([hash("04")]);
  });
});
