import { Badge, Group } from "@mantine/core";
import type { ReactNode } from "react";
import type { Task } from "../data/schemas.ts";

export function StateMark({ state }: { state: Task["state"] }): ReactNode {
  return (
    <span className="state-mark" data-state={state}>
      {state}
    </span>
  );
}

/** What a labeler or an auditor should know before trusting a task. */
export function TaskMarks({ task }: { task: Task }): ReactNode {
  const { terms } = task;
  return (
    <Group gap={6}>
      <StateMark state={task.state} />
      {task.replay && (
        <Badge
          variant="default"
          tt="none"
          title="Judgments made elsewhere, carried through the protocol; served live to nobody"
        >
          replay
        </Badge>
      )}
      {(task.selfOperated || terms.operator === task.requester) && (
        <Badge
          variant="default"
          className="warning-mark"
          tt="none"
          title="The operator, who sees verdicts before the reveal, is the requester"
        >
          operator = requester
        </Badge>
      )}
      {terms.humanSeats > 0 && (
        <Badge variant="default" tt="none">
          {terms.humanSeats} people admitted
        </Badge>
      )}
      {task.gold !== null && (
        <Badge
          variant="default"
          tt="none"
          title="Some items have an answer the requester knew, sealed until no ballot is taken any more: who misses too many earns nothing"
        >
          gold
        </Badge>
      )}
      {terms.conditionOnAi && (
        <Badge
          variant="default"
          tt="none"
          title="People are scored within the AI's label: copying it earns exactly nothing"
        >
          conditioned on AI
        </Badge>
      )}
    </Group>
  );
}
