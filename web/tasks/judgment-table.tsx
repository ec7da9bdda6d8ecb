import { Anchor, Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Hash } from "../../protocol/words.ts";
import { useSurroundings } from "../data/config.tsx";
import { shorten } from "../data/format.ts";
import type { RevealedJudgment } from "../data/graphql.ts";
import { fetchJudgments } from "../data/graphql.ts";
import { TransactionLink } from "../shell/facts.tsx";

/** Every judgment the chain has counted, each with its trace; nothing before the reveal. */
export function JudgmentTable({ taskId }: { taskId: Hash }): ReactNode {
  const { config } = useSurroundings();
  const pages = useInfiniteQuery({
    queryKey: ["judgments", taskId],
    queryFn: ({ pageParam }) => fetchJudgments(config.graphqlUrl, taskId, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.endCursor,
    refetchInterval: (query) =>
      (query.state.data?.pages[0]?.totalCount ?? 0) === 0 ? 6_000 : false,
  });
  const judgments = pages.data?.pages.flatMap((page) => page.judgments) ?? [];
  const total = pages.data?.pages[0]?.totalCount ?? 0;
  if (total === 0) return null;
  return (
    <Stack className="panel" p="lg" gap="sm" component="section" aria-label="Judgments">
      <Group justify="space-between">
        <Title order={2} size="h4">
          Judgments
        </Title>
        <Text size="sm" c="dimmed">
          {judgments.length} of {total}
        </Text>
      </Group>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Judgments">
        <Table miw={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Item</Table.Th>
              <Table.Th>Validator</Table.Th>
              <Table.Th>Verdict</Table.Th>
              <Table.Th>Revealed in</Table.Th>
              <Table.Th>Trace</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {judgments.map((judgment) => (
              <Row
                key={`${judgment.itemIndex}/${judgment.validator}`}
                taskId={taskId}
                judgment={judgment}
              />
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {pages.hasNextPage && (
        <Group>
          <Button
            variant="default"
            size="xs"
            loading={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            Show more
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Row({ taskId, judgment }: { taskId: Hash; judgment: RevealedJudgment }): ReactNode {
  const { itemIndex, validator, role, verdict, txHash } = judgment;
  return (
    <Table.Tr>
      <Table.Td>{itemIndex}</Table.Td>
      <Table.Td>
        <span className="hash" title={validator}>
          {shorten(validator)}
        </span>
        {role === "Ai" && " (AI)"}
      </Table.Td>
      <Table.Td>{verdict}</Table.Td>
      <Table.Td>
        <TransactionLink hash={txHash} />
      </Table.Td>
      <Table.Td>
        <Anchor
          component={Link}
          to={`/trace/${taskId}/${validator}/${itemIndex}`}
          size="sm"
          underline="always"
        >
          item to pay
          <span className="visually-hidden">
            {" "}
            of item {itemIndex} by {shorten(validator)}
          </span>
        </Anchor>
      </Table.Td>
    </Table.Tr>
  );
}
