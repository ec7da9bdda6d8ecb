import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { decodeEntries } from "../../protocol/ballot.ts";
import { readTaskFor, tasksContract } from "../chain/contracts.ts";
import { readTaskLogs, settledBallotIn } from "../chain/task-logs.ts";
import { useSurroundings } from "../data/config.tsx";
import type { BallotState } from "../data/schemas.ts";
import { Failure } from "../shell/notices.tsx";
import type { PayExplained } from "./pay-formula.ts";
import { explainPay } from "./pay-formula.ts";

interface Explained extends PayExplained {
  /** Whether the formula gives what the contract says it credited or took. */
  readonly agrees: boolean;
}

/**
 * The formula with one's own numbers, and whether it gives what the contract paid. Terms, draw, tallies and score are asked of
 * the chain; the score is taken as the contract computed it.
 */
export function PayExplanation({ ballot }: { ballot: BallotState }): ReactNode {
  const { config, provider, decimals } = useSurroundings();
  const { taskId, validator } = ballot;
  const { gold, tx } = ballot.scored;
  const { entries } = ballot.revealed;
  const explained = useQuery({
    queryKey: ["pay", taskId, validator, tx],
    enabled: ballot.scored.done && entries !== null,
    staleTime: Infinity,
    queryFn: async (): Promise<Explained | null> => {
      const tasks = tasksContract(config, provider);
      const [{ terms, draw, role }, logs, tallies] = await Promise.all([
        readTaskFor(config, provider, taskId, validator),
        readTaskLogs(config, provider, tx),
        Promise.all(
          decodeEntries(entries ?? "0x").map(({ itemIndex }) => tasks.tallyOf(taskId, itemIndex)),
        ),
      ]);
      const settled = logs && settledBallotIn(logs, ballot);
      if (settled === undefined) return null;
      const { scorePpm, scored, failedGold, payUnits, lossUnits } = settled;
      const votesOnEachItem = tallies.map((tally) =>
        (role === "Human" ? tally.human : tally.ai).reduce((sum, votes) => sum + Number(votes), 0),
      );
      const passed = gold === null ? null : { ...gold, failed: false };
      const pay = explainPay({
        ...{ terms, role, need: draw.need, scorePpm, scored, votesOnEachItem, decimals },
        gold: failedGold === undefined ? passed : { ...failedGold, failed: true },
      });
      const agrees = pay.payUnits === payUnits && pay.lossUnits === lossUnits;
      return { ...pay, agrees };
    },
  });
  if (explained.error) {
    return <Failure error={explained.error} onRetry={() => void explained.refetch()} />;
  }
  if (explained.data === undefined) return null;
  if (explained.data === null) {
    return (
      <Text size="xs" c="dimmed">
        The node does not show the transaction that settled this ballot: its pay is not checked
        here.
      </Text>
    );
  }
  const { lines, agrees } = explained.data;
  return (
    <section aria-label="How the pay came about" data-recount={agrees ? "agrees" : "differs"}>
      <div className="formula" tabIndex={0} role="group" aria-label="Formula">
        {lines.join("\n")}
      </div>
      <Text size="xs" c="dimmed" mt={6}>
        {agrees
          ? "✓ Recomputed in this browser from the chain's terms, tallies and score: equal to the last unit to what the contract logged."
          : "✕ Recomputed in this browser from the chain's terms, tallies and score: this differs from what the contract logged."}
      </Text>
    </section>
  );
}
