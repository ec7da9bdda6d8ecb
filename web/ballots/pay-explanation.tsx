import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { decodeEntries } from "../../protocol/ballot.ts";
import { tasksContract } from "../chain/contracts.ts";
import { useSurroundings } from "../data/config.tsx";
import type { BallotState, Task } from "../data/schemas.ts";
import type { PayExplained } from "./pay-formula.ts";
import { explainPay } from "./pay-formula.ts";

/** The formula with one's own numbers, and whether it gives what the chain paid. */
export function PayExplanation({ ballot, task }: { ballot: BallotState; task: Task }): ReactNode {
  const { config, provider } = useSurroundings();
  const { scorePpm, scored, gold } = ballot.scored;
  const { entries } = ballot.revealed;
  const explained = useQuery({
    queryKey: ["pay", ballot.taskId, ballot.validator, scorePpm, gold],
    enabled: scorePpm !== null && entries !== null,
    staleTime: Infinity,
    queryFn: async (): Promise<PayExplained> => {
      const tasks = tasksContract(config, provider);
      const tallies = await Promise.all(
        decodeEntries(entries ?? "0x").map(({ itemIndex }) =>
          tasks.tallyOf(ballot.taskId, itemIndex),
        ),
      );
      const votesOnEachItem = tallies.map((tally) =>
        (ballot.role === "Human" ? tally.human : tally.ai).reduce(
          (sum, votes) => sum + Number(votes),
          0,
        ),
      );
      const need = (ballot.role === "Human" ? task.human : task.ai)?.need ?? 1;
      return explainPay({
        terms: task.terms,
        role: ballot.role,
        need,
        scorePpm: scorePpm ?? 0,
        scored: scored ?? 0,
        votesOnEachItem,
        gold,
      });
    },
  });
  if (!explained.data) return null;
  const { lines, payUnits, lossUnits } = explained.data;
  const agrees = payUnits === (ballot.paid.pay ?? 0n) && lossUnits === (ballot.scored.loss ?? 0n);
  return (
    <section aria-label="How the pay came about" data-recount={agrees ? "agrees" : "differs"}>
      <div className="formula" tabIndex={0} role="group" aria-label="Formula">
        {lines.join("\n")}
      </div>
      <Text size="xs" c="dimmed" mt={6}>
        {agrees
          ? "✓ Recomputed in this browser from the chain's tallies: equal to the last unit."
          : "✕ Recomputed in this browser from the chain's tallies: this differs from what was credited."}
      </Text>
    </section>
  );
}
