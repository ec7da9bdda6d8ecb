import { Anchor, Group, Progress, Stack, Table, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useSurroundings } from "../data/config.tsx";
import { formatShare, formatTime, formatTokens } from "../data/format.ts";
import type { Task } from "../data/schemas.ts";
import { useTasks } from "../data/use-tasks.ts";
import { Failure, Waiting } from "../shell/notices.tsx";
import { TaskMarks } from "./task-marks.tsx";

export function TasksPage(): ReactNode {
  const tasks = useTasks();
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        Tasks
      </Title>
      {tasks.error ? (
        <Failure error={tasks.error} onRetry={() => void tasks.refetch()} />
      ) : !tasks.data ? (
        <Waiting what="tasks" />
      ) : tasks.data.length === 0 ? (
        <Text c="dimmed">No task has been created yet.</Text>
      ) : (
        <div className="panel scroll-x" tabIndex={0} role="group" aria-label="Tasks">
          <Table verticalSpacing="sm" horizontalSpacing="md" miw={720}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Task</Table.Th>
                <Table.Th w={220}>Judged by people</Table.Th>
                <Table.Th>Price</Table.Th>
                <Table.Th>Escrow</Table.Th>
                <Table.Th>Closes</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {tasks.data.map((task) => (
                <TaskRow key={task.taskId} task={task} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Stack>
  );
}

function TaskRow({ task }: { task: Task }): ReactNode {
  const { humanReceipted, humanWanted } = task.progress;
  const { decimals } = useSurroundings();
  return (
    <Table.Tr>
      <Table.Td>
        <Stack gap={6}>
          <Anchor component={Link} to={`/tasks/${task.taskId}`} fw={600}>
            {task.title === "" ? "Untitled task" : task.title}
          </Anchor>
          <TaskMarks task={task} />
        </Stack>
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <Progress
            value={formatShare(humanReceipted, humanWanted)}
            flex={1}
            size="sm"
            aria-label={`${humanReceipted} of ${humanWanted} judgments`}
          />
          <Text size="sm" style={{ whiteSpace: "nowrap" }}>
            {humanReceipted} / {humanWanted}
          </Text>
        </Group>
      </Table.Td>
      <Table.Td>{formatTokens(task.terms.humanPrice, decimals)}</Table.Td>
      <Table.Td>{formatTokens(task.money.escrow, decimals)}</Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{formatTime(task.terms.closesAt)}</Table.Td>
    </Table.Tr>
  );
}
