/** The first page: set up in three steps, then choose among open tasks. */
import { Badge, Button, Group, Progress, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { eligibleItems } from "../../protocol/ticket.ts";
import { isInPool } from "../../protocol/pool.ts";
import type { Address } from "../../protocol/words.ts";
import { SetUp, useReadiness } from "../account/set-up.tsx";
import { useChainNow } from "../chain/chain-clock.ts";
import { stakeRegistry } from "../chain/contracts.ts";
import { useSurroundings } from "../data/config.tsx";
import { formatDuration, countTokens, formatShare } from "../data/format.ts";
import type { Task } from "../data/schemas.ts";
import { useBallotState, useOwnTaskIds, useTasks } from "../data/use-tasks.ts";
import { Failure, Waiting } from "../shell/notices.tsx";
import { TaskMarks } from "../tasks/task-marks.tsx";

export function HomePage(): ReactNode {
  const readiness = useReadiness();
  return (
    <Stack gap="xl">
      <Stack gap={6} maw={720}>
        <Title order={1} size="h2">
          Which answer is better?
        </Title>
        <Text c="dimmed">
          You compare two answers of AI models. Your browser signs every verdict and the operator
          receipts it at once; the contract counts it, scores it against other people&apos;s, and
          pays. Anyone can recount it.
        </Text>
      </Stack>
      {readiness.step === "ready" ? (
        <OpenTasks validator={readiness.ready.account.address} />
      ) : (
        <div className="panel">
          <Stack p={{ base: "md", sm: "xl" }}>
            <SetUp readiness={readiness} />
          </Stack>
        </div>
      )}
    </Stack>
  );
}

function OpenTasks({ validator }: { validator: Address }): ReactNode {
  const tasks = useTasks();
  if (tasks.error) return <Failure error={tasks.error} onRetry={() => void tasks.refetch()} />;
  if (!tasks.data) return <Waiting what="tasks" />;
  const open = tasks.data.filter(({ state, replay }) => state === "Open" && !replay);
  return (
    <Stack gap="md" component="section" aria-labelledby="open-tasks">
      <Title order={2} size="h4" id="open-tasks">
        Open tasks
      </Title>
      {open.length === 0 ? (
        <Text c="dimmed">No task is open just now. This page looks again every few seconds.</Text>
      ) : (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          {open.map((task) => (
            <OpenTask key={task.taskId} task={task} validator={validator} />
          ))}
        </SimpleGrid>
      )}
    </Stack>
  );
}

function OpenTask({ task, validator }: { task: Task; validator: Address }): ReactNode {
  const { config, provider, decimals } = useSurroundings();
  const now = useChainNow();
  const own = useOwnTaskIds(validator);
  const ballot = useBallotState(
    task.taskId,
    own.data?.has(task.taskId) === true ? validator : undefined,
  );
  const seed = task.seed;
  const draw = task.human;
  const items = useQuery({
    queryKey: ["eligible", task.taskId, validator],
    staleTime: Infinity,
    enabled: seed !== null && draw !== null,
    queryFn: async () => {
      if (seed === null || draw === null) return 0;
      const role = await stakeRegistry(config, provider).roleAt(validator, task.snapshotBlock);
      if (Number(role) !== 1 || !isInPool(seed, validator, draw)) return 0;
      return eligibleItems(seed, validator, draw.threshold, task.terms.itemCount).length;
    },
  });
  const judged = ballot.data?.judgments ?? 0;
  const mine = items.data;
  return (
    <Stack className="panel" p="lg" gap="sm" data-task={task.taskId}>
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <Title order={3} size="h5">
          {task.title === "" ? "Untitled task" : task.title}
        </Title>
        {now !== undefined && (
          <Badge variant="light" color="gray" tt="none" style={{ flexShrink: 0 }}>
            {formatDuration(Math.max(0, Number(task.terms.closesAt) - now))} left
          </Badge>
        )}
      </Group>
      <TaskMarks task={task} />
      <Text size="sm">
        Up to <b>{countTokens(task.terms.humanPrice, decimals)}</b> a judgment ·{" "}
        {mine === undefined
          ? "…"
          : mine === 0
            ? "no items for your seat"
            : `about ${mine} items are yours`}
      </Text>
      <Progress
        value={formatShare(judged, mine ?? 0)}
        size="sm"
        aria-label={`${judged} of about ${mine ?? 0} judged by you`}
      />
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {judged} judged by you
        </Text>
        <Button
          component={Link}
          to={`/judge/${task.taskId}`}
          disabled={mine === 0}
          data-disabled={mine === 0 || undefined}
        >
          {judged === 0 ? "Start judging" : "Go on judging"}
        </Button>
      </Group>
    </Stack>
  );
}
