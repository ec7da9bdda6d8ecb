import { Badge, Group } from "@mantine/core";
import type { ReactNode } from "react";
import type { Task } from "../data/schemas.ts";

const colours: Readonly<Record<Task["state"], string>> = {
  Funded: "gray",
  Open: "green",
  Committing: "yellow",
  Revealing: "orange",
  Settling: "grape",
  Settled: "ink",
  Cancelled: "red",
};

export function StateMark({ state }: { state: Task["state"] }): ReactNode {
  return (
    <Badge variant="light" color={colours[state]} tt="none" className="state-mark" data-state={state}>
      {state}
    </Badge>
  );
}

/** What a labeler or an auditor should know before trusting a task. */
export function TaskMarks({ task }: { task: Task }): ReactNode {
  const { terms } = task;
  return (
    <Group gap={6}>
      <StateMark state={task.state} />
      {task.replay && (
        <Badge variant="outline" color="orange" tt="none" title="Judgments made elsewhere, carried through the protocol; served live to nobody">
          replay
        </Badge>
      )}
      {(task.selfOperated || terms.operator === task.requester) && (
        <Badge variant="outline" color="red" tt="none" title="The operator, who sees verdicts before the reveal, is the requester">
          operator = requester
        </Badge>
      )}
      {terms.humanSeats > 0 && (
        <Badge variant="outline" color="gray" tt="none">
          {terms.humanSeats} people admitted
        </Badge>
      )}
      {terms.conditionOnAi && (
        <Badge variant="outline" color="gray" tt="none" title="People are scored within the AI's label: copying it earns exactly nothing">
          conditioned on AI
        </Badge>
      )}
    </Group>
  );
}
