/** A transaction as the chain tells it, for chains no explorer knows. */
import { Anchor, Code, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { LogDescription, Result } from "ethers";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import {
  IFeedbackTasks__factory,
  IProvenanceRegistry__factory,
  IStakeRegistry__factory,
} from "../../bindings/index.ts";
import { useSurroundings } from "../data/config.tsx";
import type { Config } from "../data/schemas.ts";
import { formatTime } from "../data/format.ts";
import { Facts, HashText } from "../shell/facts.tsx";
import { Failure, Waiting } from "../shell/notices.tsx";
import { plainValue } from "./plain-value.ts";

const interfaces = [
  IFeedbackTasks__factory.createInterface(),
  IStakeRegistry__factory.createInterface(),
  IProvenanceRegistry__factory.createInterface(),
];

export function TransactionPage(): ReactNode {
  const { hash = "" } = useParams();
  const { config, provider } = useSurroundings();
  const query = useQuery({
    queryKey: ["transaction", hash],
    queryFn: async () => {
      const [transaction, receipt] = await Promise.all([
        provider.getTransaction(hash),
        provider.getTransactionReceipt(hash),
      ]);
      const block = receipt && (await provider.getBlock(receipt.blockNumber));
      return transaction && { transaction, receipt, block };
    },
  });
  if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Waiting what="the transaction" />;
  if (query.data === null) return <Text>This chain does not know the transaction {hash}.</Text>;
  const { transaction, receipt, block } = query.data;
  const call = interfaces
    .map((one) => one.parseTransaction(transaction))
    .find((parsed) => parsed !== null);
  const logs = (receipt?.logs ?? []).map((log) => ({
    log,
    event: interfaces.map((one) => one.parseLog(log)).find((parsed) => parsed !== null),
  }));
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        Transaction
      </Title>
      <Text className="hash">{hash}</Text>
      <Stack className="panel" p="lg">
        <Facts
          facts={[
            ["Function", call ? call.name : transaction.data === "0x" ? "transfer" : "unknown"],
            [
              "Status",
              receipt === null ? "pending" : receipt.status === 1 ? "succeeded" : "reverted",
            ],
            ["Block", receipt?.blockNumber ?? "pending"],
            ["Time", block ? formatTime(block.timestamp) : "pending"],
            ["From", <HashText key="f" hash={transaction.from} />],
            ["To", <ContractName key="t" address={transaction.to} config={config.contracts} />],
            ["Gas used", receipt?.gasUsed.toLocaleString() ?? "pending"],
          ]}
        />
      </Stack>
      {call && (
        <Arguments
          title={`Called with`}
          names={call.fragment.inputs.map(({ name }) => name)}
          values={call.args}
        />
      )}
      {logs.map(({ log, event }) => (
        <EventPanel key={log.index} event={event ?? undefined} index={log.index} />
      ))}
    </Stack>
  );
}

function EventPanel({
  event,
  index,
}: {
  event: LogDescription | undefined;
  index: number;
}): ReactNode {
  if (!event) {
    return (
      <Text size="sm" c="dimmed">
        Log {index}: of another contract.
      </Text>
    );
  }
  const names = event.fragment.inputs.map(({ name }) => name);
  const of = (name: string): string | undefined =>
    names.includes(name) ? String(event.args.getValue(name)) : undefined;
  const taskId = of("taskId");
  return (
    <Arguments title={event.name} names={names} values={event.args}>
      {taskId !== undefined && (
        <Anchor component={Link} to={`/tasks/${taskId}`} size="sm" underline="always">
          The task
        </Anchor>
      )}
    </Arguments>
  );
}

interface ArgumentsProps {
  readonly title: string;
  readonly names: readonly string[];
  readonly values: Result;
  readonly children?: ReactNode;
}

function Arguments({ title, names, values, children }: ArgumentsProps): ReactNode {
  return (
    <Stack
      className="panel"
      p="lg"
      gap="xs"
      component="section"
      aria-label={title}
      align="flex-start"
    >
      <Title order={2} size="h5">
        {title}
      </Title>
      <Code block w="100%" className="arguments" tabIndex={0}>
        {names.map((name, index) => `${name}: ${plainValue(values[index])}`).join("\n")}
      </Code>
      {children}
    </Stack>
  );
}

interface ContractNameProps {
  readonly address: string | null;
  readonly config: Config["contracts"];
}

function ContractName({ address, config }: ContractNameProps): ReactNode {
  if (address === null) return "a new contract";
  const to = address.toLowerCase();
  if (to === config.feedbackTasks) return "FeedbackTasks";
  if (to === config.stakeRegistry) return "StakeRegistry";
  if (to === config.token) return "the token";
  if (to === config.provenanceRegistry) return "ProvenanceRegistry";
  return <HashText hash={address} />;
}
