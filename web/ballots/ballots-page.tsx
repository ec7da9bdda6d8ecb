/** Every ballot of this account: where it is, what proves it, what it earned and why. */
import { Anchor, Button, Collapse, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useAccounts } from "../account/account.tsx";
import { useChainNow } from "../chain/chain-clock.ts";
import { OwnNotes } from "../account/own-notes.tsx";
import { useSurroundings } from "../data/config.tsx";
import type { Task } from "../data/schemas.ts";
import { useBallotState, useOwnTaskIds, useTasks } from "../data/use-tasks.ts";
import { deviceJournal } from "../judging/device-journal.ts";
import { choiceWords } from "../judging/verdict.ts";
import { Failure, Waiting } from "../shell/notices.tsx";
import { TaskMarks } from "../tasks/task-marks.tsx";
import { ballotSteps } from "./ballot-steps.ts";
import { PayExplanation } from "./pay-explanation.tsx";
import { StepList } from "./step-list.tsx";
import { Money } from "./withdraw.tsx";

export function BallotsPage(): ReactNode {
  const { account } = useAccounts();
  const tasks = useTasks();
  const own = useOwnTaskIds(account?.address);
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        My ballots
      </Title>
      {!account ? (
        <Text>
          <Link to="/">Choose an account</Link> to see its ballots.
        </Text>
      ) : (
        <>
          <Money />
          {tasks.error ? (
            <Failure error={tasks.error} onRetry={() => void tasks.refetch()} />
          ) : !tasks.data ? (
            <Waiting what="tasks" />
          ) : (
            <>
              {own.error && <Failure error={own.error} onRetry={() => void own.refetch()} />}
              {tasks.data
                .filter(({ taskId }) => own.data?.has(taskId))
                .map((task) => (
                  <BallotPanel key={task.taskId} task={task} validator={account.address} />
                ))}
              {own.data?.size === 0 && (
                <Text c="dimmed">
                  No ballot yet. <Link to="/">Judge something</Link>, and follow it here.
                </Text>
              )}
            </>
          )}
          <OwnNotes key={account.address} account={account} />
        </>
      )}
    </Stack>
  );
}

function BallotPanel({ task, validator }: { task: Task; validator: string }): ReactNode {
  const { data: ballot, error } = useBallotState(task.taskId, validator);
  const { decimals } = useSurroundings();
  const now = useChainNow();
  return (
    <Stack
      className="panel"
      p="lg"
      gap="md"
      component="section"
      data-ballot={task.taskId}
      data-stage={ballot?.stage}
      aria-label={task.title}
    >
      <Group justify="space-between" gap="xs">
        <Title order={2} size="h4">
          <Anchor component={Link} to={`/tasks/${task.taskId}`} inherit underline="hover">
            {task.title === "" ? "Untitled task" : task.title}
          </Anchor>
        </Title>
        <TaskMarks task={task} />
      </Group>
      {error && <Failure error={error} />}
      {ballot === null && (
        <Text size="sm">
          Not received by this service, so it cannot tell what is in it or how far it is. What the
          chain has of it counts all the same.
        </Text>
      )}
      {ballot && (
        <>
          <StepList steps={ballotSteps(ballot, task.terms, now, decimals)} />
          <PayExplanation ballot={ballot} />
        </>
      )}
      <MyJudgments task={task} validator={validator} />
    </Stack>
  );
}

/** What this browser remembers having said; each leads to its trace. */
function MyJudgments({ task, validator }: { task: Task; validator: string }): ReactNode {
  const { config } = useSurroundings();
  const [opened, { toggle }] = useDisclosure(false);
  const head = useQuery({
    queryKey: ["head", task.taskId, validator],
    enabled: opened,
    queryFn: async () =>
      (await deviceJournal.readHead({
        chainId: config.chainId,
        tasks: config.contracts.feedbackTasks,
        taskId: task.taskId,
        validator,
      })) ?? null,
  });
  return (
    <div>
      <Button variant="subtle" size="compact-sm" onClick={toggle} aria-expanded={opened}>
        {opened ? "Hide" : "Show"} my judgments
      </Button>
      <Collapse expanded={opened}>
        {head.data ? (
          <ol className="judgment-list">
            {head.data.receipted.map(({ itemIndex, choice }) => (
              <li key={itemIndex}>
                <Anchor
                  component={Link}
                  to={`/trace/${task.taskId}/${validator}/${itemIndex}`}
                  size="sm"
                  underline="always"
                >
                  Item {itemIndex}
                </Anchor>{" "}
                <Text size="sm" component="span" c="dimmed">
                  {choiceWords[choice]}
                </Text>
              </li>
            ))}
          </ol>
        ) : (
          head.isFetched && (
            <Text size="sm">
              This browser did not sign this ballot and does not know what is in it.
            </Text>
          )
        )}
      </Collapse>
    </div>
  );
}
