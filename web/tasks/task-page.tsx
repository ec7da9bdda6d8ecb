/** One task: what was agreed, how far it is, where every token of its escrow is. */
import { Button, Group, Progress, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { useAccounts } from "../account/account.tsx";
import { useChainNow } from "../chain/chain-clock.ts";
import { useSurroundings } from "../data/config.tsx";
import {
  formatDuration,
  formatPercent,
  formatPpm,
  formatShare,
  formatTime,
  formatTokens,
} from "../data/format.ts";
import type { Task } from "../data/schemas.ts";
import { useReleases, useTask } from "../data/use-tasks.ts";
import { ReleasePanel } from "../releases/releases-page.tsx";
import { Facts, HashText } from "../shell/facts.tsx";
import { Failure, Waiting } from "../shell/notices.tsx";
import { goldWords } from "./gold-words.ts";
import { AdmissionPanel } from "./admission-panel.tsx";
import { TaskMarks } from "./task-marks.tsx";
import { JudgmentTable } from "./judgment-table.tsx";

export function TaskPage(): ReactNode {
  const { taskId = "" } = useParams();
  const task = useTask(taskId.toLowerCase());
  const releases = useReleases();
  const now = useChainNow();
  if (task.error) return <Failure error={task.error} onRetry={() => void task.refetch()} />;
  if (!task.data) return <Waiting what="the task" />;
  const drawn = releases.data?.filter(({ taskIds }) => taskIds.includes(task.data.taskId)) ?? [];
  return (
    <Stack gap="lg">
      <Header task={task.data} />
      <Section title="Progress">
        <Bars task={task.data} />
        <Life task={task.data} now={now} />
      </Section>
      <Section title="Money">
        <Money task={task.data} />
      </Section>
      {task.data.gold !== null && (
        <Section title="Gold">
          <Gold task={task.data} now={now} />
        </Section>
      )}
      <Section title="Who may judge">
        <AdmissionPanel task={task.data} />
      </Section>
      <Section title="Terms">
        <Terms task={task.data} />
      </Section>
      <JudgmentTable taskId={task.data.taskId} />
      {drawn.map((release) => (
        <ReleasePanel key={release.releaseId} release={release} />
      ))}
    </Stack>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <Stack className="panel" p="lg" gap="md" component="section" aria-label={title}>
      <Title order={2} size="h4">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

function Header({ task }: { task: Task }): ReactNode {
  const { account } = useAccounts();
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Title order={1} size="h2">
          {task.title === "" ? "Untitled task" : task.title}
        </Title>
        {task.state === "Open" && !task.replay && (
          <Button component={Link} to={account ? `/judge/${task.taskId}` : "/"}>
            Judge
          </Button>
        )}
      </Group>
      <TaskMarks task={task} />
      <Text size="sm" c="dimmed">
        <HashText hash={task.taskId} whole />
      </Text>
    </Stack>
  );
}

function Bars({ task }: { task: Task }): ReactNode {
  const { progress, terms } = task;
  const bars = [
    { words: "Judgments of people", done: progress.humanReceipted, whole: progress.humanWanted },
    { words: "Judgments of AIs", done: progress.aiReceipted, whole: progress.aiWanted },
    { words: "Items with all their people", done: progress.itemsFull, whole: terms.itemCount },
  ].filter(({ whole }) => whole > 0);
  return (
    <SimpleGrid cols={{ base: 1, sm: bars.length }}>
      {bars.map(({ words, done, whole }) => (
        <Stack key={words} gap={4}>
          <Group justify="space-between">
            <Text size="sm">{words}</Text>
            <Text size="sm" c="dimmed">
              {done} / {whole}
            </Text>
          </Group>
          <Progress value={formatShare(done, whole)} aria-label={`${words}: ${done} of ${whole}`} />
        </Stack>
      ))}
    </SimpleGrid>
  );
}

function Life({
  task: { terms, progress, human, createdAt },
  now,
}: {
  task: Task;
  now: number | undefined;
}): ReactNode {
  const until = (time: bigint): string => {
    const left = now === undefined ? 0 : Number(time) - now;
    return left > 0 ? `${formatTime(time)}, in ${formatDuration(left)}` : formatTime(time);
  };
  return (
    <Facts
      facts={[
        ["Created", formatTime(createdAt)],
        ["Judging closes", until(terms.closesAt)],
        ["Commits end", until(terms.commitEndsAt)],
        ["Reveal ends", until(terms.revealEndsAt)],
        [
          "Validators with ballots",
          `${progress.humanValidators} people, ${progress.aiValidators} AIs`,
        ],
        ["Ballots committed", progress.ballotsCommitted],
        ["revealed", progress.ballotsRevealed],
        ["settled", progress.ballotsSettled],
        [
          "Human seats, and in the pool",
          human === null ? "not drawn yet" : `${human.seats}, ${human.pool}`,
        ],
      ]}
    />
  );
}

function Money({ task: { money, terms } }: { task: Task }): ReactNode {
  const { decimals } = useSurroundings();
  const units = (amount: bigint | null): string =>
    amount === null ? "not fixed yet" : formatTokens(amount, decimals);
  return (
    <>
      <Facts
        facts={[
          ["Escrow", units(money.escrow)],
          ["Paid to validators", units(money.paid)],
          ["Fees to the operator", units(money.fees)],
          ["Refund to the requester", units(money.refund)],
          ["Rest to the commons", units(money.rest)],
          ["Stake lost (outside the escrow)", units(money.penalties)],
          ["Operator's bond", units(terms.operatorBond)],
        ]}
      />
      {money.refund !== null &&
        money.fees !== null &&
        money.paid !== null &&
        money.rest !== null && (
          <Text size="sm" c="dimmed">
            {money.refund + money.fees + money.paid + money.rest === money.escrow
              ? "✓ Refund, fees, pay and rest add up to the escrow exactly."
              : "✕ Refund, fees, pay and rest do not add up to the escrow."}
          </Text>
        )}
    </>
  );
}

function Gold({ task, now }: { task: Task; now: number | undefined }): ReactNode {
  return (
    <>
      <Text data-gold={task.gold?.stage}>{goldWords(task, now)}</Text>
      <Text size="sm" c="dimmed">
        The requester knows the golds before anybody judges, and so does an operator who holds them
        for it. A gold can only take pay, never give it, and what is not paid goes to the commons.
      </Text>
    </>
  );
}

function Terms({ task }: { task: Task }): ReactNode {
  const { terms, requester } = task;
  const { decimals } = useSurroundings();
  const tokens = (units: bigint): string => formatTokens(units, decimals);
  return (
    <Facts
      facts={[
        ["Items", terms.itemCount],
        [
          "Votes an item",
          `${terms.humanVotes} of people${terms.aiVotes > 0 ? `, ${terms.aiVotes} of AIs` : ""}`,
        ],
        [
          "Price a judgment",
          `${tokens(terms.humanPrice)}${terms.aiVotes > 0 ? ` (AIs ${tokens(terms.aiPrice)})` : ""}`,
        ],
        ["Operator's fee a judgment", tokens(terms.operatorFee)],
        ["Full pay from score", formatPpm(terms.fullPayScore)],
        ["Break-even score", formatPpm(terms.breakEven)],
        ["Most that a bad score costs", `${formatPercent(terms.maxPenalty)} of the price`],
        ["Judgments for a full multiple", terms.minJudgments],
        ["Oversubscription", formatPercent(terms.oversubscription)],
        ...(task.gold === null
          ? []
          : [["What binds the golds", <HashText key="g" hash={terms.goldHash} />] as const]),
        ["Requester", <HashText key="r" hash={requester} />],
        ["Operator", <HashText key="o" hash={terms.operator} />],
        ["Receipt key", <HashText key="k" hash={terms.receiptKey} />],
        ["Items root", <HashText key="i" hash={terms.itemsRoot} />],
        ["Manifest (sha-256)", <HashText key="m" hash={terms.manifestHash} />],
      ]}
    />
  );
}
