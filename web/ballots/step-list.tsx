import { Text, Timeline } from "@mantine/core";
import type { ReactNode } from "react";
import { formatTime } from "../data/format.ts";
import { HashText, TransactionLink } from "../shell/facts.tsx";
import { Icon } from "../shell/icons.tsx";
import type { BallotStep } from "./ballot-steps.ts";

const progressWords: Readonly<Record<BallotStep["progress"], string>> = {
  done: "done",
  waiting: "still to come",
  lost: "lost",
};

/** Not by colour alone: a tick, a cross or nothing, and the word for screen readers. */
export function StepList({ steps }: { steps: readonly BallotStep[] }): ReactNode {
  const reached = steps.findLastIndex(({ progress }) => progress === "done");
  return (
    <Timeline active={reached} bulletSize={22} lineWidth={2}>
      {steps.map((step) => (
        <Timeline.Item
          key={step.name}
          data-step={step.name.toLowerCase()}
          data-progress={step.progress}
          color={step.progress === "lost" ? "red" : "ink"}
          bullet={
            step.progress !== "waiting" && (
              <Icon name={step.progress === "done" ? "check" : "cross"} size={13} />
            )
          }
          title={
            <Text fw={600} size="sm" component="span">
              {step.name}
              <span className="visually-hidden"> ({progressWords[step.progress]})</span>
            </Text>
          }
        >
          <Text size="sm" c="dimmed">
            {step.says}
          </Text>
          {(step.at !== undefined || step.tx !== undefined || step.proof !== undefined) && (
            <Text size="xs" c="dimmed">
              {[
                step.at !== undefined && <span key="at">{formatTime(step.at)}</span>,
                step.tx !== undefined && (
                  <span key="tx">
                    transaction <TransactionLink hash={step.tx} />
                  </span>
                ),
                step.proof !== undefined && (
                  <span key="proof">
                    {step.name === "Anchored" ? "root" : "signature"} <HashText hash={step.proof} />
                  </span>
                ),
              ]
                .filter((part) => part !== false)
                .flatMap((part, index) => (index === 0 ? [part] : [" · ", part]))}
            </Text>
          )}
        </Timeline.Item>
      ))}
    </Timeline>
  );
}
