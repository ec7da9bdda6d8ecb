import { Anchor, Badge, Code, Group, Stack, Table, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { formatBytes, formatTime, shorten } from "../data/format.ts";
import type { Release } from "../data/schemas.ts";
import { useReleases } from "../data/use-tasks.ts";
import { HashText } from "../shell/facts.tsx";
import { Failure, Waiting } from "../shell/notices.tsx";

export function ReleasesPage(): ReactNode {
  const releases = useReleases();
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        <Title order={1} size="h2">
          Releases
        </Title>
        <Text c="dimmed" maw={720}>
          Datasets drawn from settled tasks. Recount one from the chain and these files alone:{" "}
          <Code>npx scrutineer verify DIR --rpc URL --contract ADDRESS</Code>
        </Text>
      </Stack>
      {releases.error ? (
        <Failure error={releases.error} onRetry={() => void releases.refetch()} />
      ) : !releases.data ? (
        <Waiting what="releases" />
      ) : releases.data.length === 0 ? (
        <Text c="dimmed">Nothing has been released yet.</Text>
      ) : (
        releases.data.map((release) => <ReleasePanel key={release.releaseId} release={release} />)
      )}
    </Stack>
  );
}

export function ReleasePanel({ release }: { release: Release }): ReactNode {
  return (
    <Stack
      className="panel"
      p="lg"
      gap="sm"
      component="section"
      aria-label={`Release ${release.releaseId}`}
    >
      <Group justify="space-between" gap="xs">
        <Title order={2} size="h5" style={{ overflowWrap: "anywhere" }}>
          {release.releaseId.length > 40 ? shorten(release.releaseId, 8) : release.releaseId}
        </Title>
        <Group gap="sm">
          <Anchor component={Link} to={`/lineage/${release.root}`} size="sm" underline="always">
            Lineage
          </Anchor>
          <Badge variant="light" tt="none">
            {release.rows} rows
          </Badge>
        </Group>
      </Group>
      <Text size="sm" c="dimmed">
        {formatTime(release.createdAt)} · root <HashText hash={release.root} /> · from{" "}
        {release.taskIds.map((taskId, index) => (
          <span key={taskId}>
            {index > 0 && ", "}
            <Anchor component={Link} to={`/tasks/${taskId}`} size="sm" underline="always">
              task {shorten(taskId)}
            </Anchor>
          </span>
        ))}
      </Text>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Files">
        <Table miw={520}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>File</Table.Th>
              <Table.Th>Size</Table.Th>
              <Table.Th>sha-256</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {release.files.map((file) => (
              <Table.Tr key={file.name}>
                <Table.Td>
                  <Anchor
                    href={`/api/releases/${release.releaseId}/files/${file.name.split("/").map(encodeURIComponent).join("/")}`}
                    download={file.name.split("/").at(-1)}
                    underline="always"
                    size="sm"
                  >
                    {file.name}
                  </Anchor>
                </Table.Td>
                <Table.Td>{formatBytes(file.bytes)}</Table.Td>
                <Table.Td>
                  <HashText hash={file.sha256} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Stack>
  );
}
