/** From the models that wrote outputs to the model trained on what people said of them, and back: who says so, and where. */
import { Anchor, Badge, Group, Stack, Text, Title } from "@mantine/core";
import type { QueryClient } from "@tanstack/react-query";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import type { Hash } from "../../protocol/words.ts";
import { useSurroundings } from "../data/config.tsx";
import { formatTime, shorten } from "../data/format.ts";
import { fetchReleases, fetchTask } from "../data/rest.ts";
import type { Task } from "../data/schemas.ts";
import { Facts, HashText, TransactionLink } from "../shell/facts.tsx";
import { Failure, Waiting } from "../shell/notices.tsx";
import { fetchLineage, fetchRecords, findStart } from "./fetch-lineage.ts";
import type { Start } from "./fetch-lineage.ts";
import { parentsOf, stagesOf } from "./lineage-graph.ts";
import type { LineageGraph, LineageRecord, OutputModel } from "./lineage-graph.ts";
import { fetchLineageTasks } from "./lineage-tasks.ts";
import type { LineageTask } from "./lineage-tasks.ts";
import { fetchOutputModels } from "./output-models.ts";

export function LineagePage(): ReactNode {
  const { id = "" } = useParams();
  const { config } = useSurroundings();
  const queries = useQueryClient();
  const lineage = useQuery({
    queryKey: ["lineage", id],
    queryFn: () => fetchAll(config.graphqlUrl, id.toLowerCase(), queries),
    refetchInterval: 10_000,
  });
  if (lineage.error)
    return <Failure error={lineage.error} onRetry={() => void lineage.refetch()} />;
  if (!lineage.data) return <Waiting what="the lineage" />;
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        <Title order={1} size="h2">
          Lineage
        </Title>
        <Text c="dimmed" maw={760}>
          What was made from what, in the order it was made. Each record is its owner&apos;s word,
          and its co-signer&apos;s; the chain keeps who said it and when. Judgments are the
          chain&apos;s own.
        </Text>
      </Stack>
      {lineage.data.graph.records.length === 0 && lineage.data.graph.taskIds.length === 0 ? (
        <Text>Nothing is recorded under {shorten(id, 6)} yet.</Text>
      ) : (
        <StageList {...lineage.data} here={id.toLowerCase()} />
      )}
    </Stack>
  );
}

interface Lineage {
  readonly graph: LineageGraph;
  readonly tasks: readonly LineageTask[];
  readonly writers: readonly OutputModel[];
}

async function fetchAll(url: string, id: Hash, queries: QueryClient): Promise<Lineage> {
  const graph = await fetchLineage(url, await startFrom(url, id));
  const tasks = await fetchLineageTasks(graph.taskIds, {
    task: fetchTask,
    writers: (task) => recallOutputModels(queries, task),
  });
  const writers = tasks.flatMap((one) => one.writers);
  const known = new Set(graph.records.map(({ recordId }) => recordId));
  const missing = [...new Set(writers.map(({ modelId }) => modelId))].filter(
    (modelId) => !known.has(modelId),
  );
  const records = [...graph.records, ...(await fetchRecords(url, missing))];
  return { graph: { ...graph, records }, tasks, writers };
}

/** Content goes by its hash and never changes: it is fetched once, however often the page looks for new records. */
async function recallOutputModels(
  queries: QueryClient,
  task: Task,
): Promise<readonly OutputModel[]> {
  if (task.state !== "Settled") return [];
  return queries.fetchQuery({
    queryKey: ["output-models", task.terms.manifestHash, task.taskId],
    queryFn: () => fetchOutputModels(task),
    staleTime: Infinity,
    gcTime: Infinity,
  });
}

/** A release nobody recorded is shown by its tasks. */
async function startFrom(url: string, id: Hash): Promise<Start> {
  const start = await findStart(url, id);
  if (start.recordIds.length > 0 || start.taskIds.length > 0) return start;
  const drawn = (await fetchReleases()).filter(({ root }) => root === id);
  return { recordIds: [], taskIds: [...new Set(drawn.flatMap(({ taskIds }) => taskIds))] };
}

function StageList({ graph, tasks, writers, here }: Lineage & { here: Hash }): ReactNode {
  const stages = stagesOf(graph, writers);
  const names = new Map([
    ...writers.map(({ modelId, name }) => [modelId, name] as const),
    ...tasks.flatMap(({ taskId, task }) =>
      task === undefined || task.title === "" ? [] : [[taskId, task.title] as const],
    ),
  ]);
  const cards = (records: readonly LineageRecord[]): ReactNode[] =>
    records.map((record) => (
      <RecordCard
        key={record.recordId}
        record={record}
        graph={graph}
        names={names}
        writers={writers}
        here={here}
      />
    ));
  const shown = [
    { title: "Models that wrote the outputs", content: cards(stages.writers) },
    {
      title: "Items, and judgments of people and AIs",
      content: tasks.map((one) => <TaskCard key={one.taskId} one={one} here={here} />),
    },
    { title: "Releases drawn from them", content: cards(stages.releases) },
    { title: "Base models", content: cards(stages.bases) },
    { title: "Trainings", content: cards(stages.trainings) },
    { title: "Models that came out", content: cards(stages.results) },
    { title: "Evaluations", content: cards(stages.evaluations) },
  ].filter(({ content }) => content.length > 0);
  return (
    <>
      <ol className="lineage">
        {shown.map(({ title, content }) => (
          <li key={title}>
            <Title order={2} size="h5">
              {title}
            </Title>
            <ul>{content}</ul>
          </li>
        ))}
      </ol>
      {graph.isCut && <Text c="dimmed">More is recorded than is shown here.</Text>}
    </>
  );
}

function TaskCard({ one, here }: { one: LineageTask; here: Hash }): ReactNode {
  const { taskId, task, missing } = one;
  const name = task === undefined || task.title === "" ? `Task ${shorten(taskId)}` : task.title;
  return (
    <Card id={taskId} here={here} label={`Task ${name}`}>
      <Group gap="xs">
        <Anchor component={Link} to={`/tasks/${taskId}`} fw={600} underline="always">
          {name}
        </Anchor>
        {task && (
          <Badge variant="default" tt="none">
            {task.state}
          </Badge>
        )}
      </Group>
      {missing !== undefined && (
        <Text size="sm">
          {task === undefined
            ? "This service does not tell of it"
            : "Its content is not here, so who wrote its outputs is not told"}
          : {missing}
        </Text>
      )}
      {task && (
        <Facts
          facts={[
            ["Items", task.terms.itemCount],
            ["Judgments of people", task.progress.humanReceipted],
            ["Judgments of AIs", task.progress.aiReceipted],
            ["Ballots on chain", task.progress.ballotsCommitted],
            ["Requester", <HashText key="r" hash={task.requester} />],
          ]}
        />
      )}
    </Card>
  );
}

interface RecordCardProps {
  readonly record: LineageRecord;
  readonly graph: LineageGraph;
  readonly names: ReadonlyMap<Hash, string>;
  readonly writers: readonly OutputModel[];
  readonly here: Hash;
}

function RecordCard({ record, graph, names, writers, here }: RecordCardProps): ReactNode {
  const { recordId, kind, owner, coSigner, contentHash, manifestHash, withdrawnAt } = record;
  const name = names.get(recordId);
  const outputs = writers
    .filter(({ modelId }) => modelId === recordId)
    .reduce((sum, one) => sum + one.outputs, 0);
  const isHere = recordId === here || contentHash === here;
  return (
    <Card id={recordId} here={isHere ? recordId : here} label={`${kind} ${name ?? recordId}`}>
      <Group gap="xs">
        <Anchor component={Link} to={`/lineage/${recordId}`} fw={600} underline="always">
          {name ?? `${kind} ${shorten(recordId)}`}
        </Anchor>
        {withdrawnAt !== null && (
          <Badge variant="default" className="warning-mark" tt="none">
            withdrawn
          </Badge>
        )}
        {kind === "Training" && (
          <Badge variant="default" tt="none" className={coSigner === null ? "warning-mark" : ""}>
            {coSigner === null ? "not co-signed" : "co-signed"}
          </Badge>
        )}
      </Group>
      {withdrawnAt !== null && (
        <Text size="sm">
          Withdrawn by its owner on {formatTime(withdrawnAt)}: “{record.withdrawnReason}”
        </Text>
      )}
      <Facts
        facts={[
          ...(outputs === 0
            ? []
            : ([["Receipts in the annex (not checked here)", outputs]] as const)),
          ["Recorded by", <HashText key="o" hash={owner} />],
          ...(coSigner === null
            ? []
            : ([["Co-signed by", <HashText key="c" hash={coSigner} />]] as const)),
          [contentWords[kind], <HashText key="h" hash={contentHash} />],
          ["Manifest (sha-256)", <HashText key="m" hash={manifestHash} />],
          ["Recorded", formatTime(record.recordedAt)],
          ["Transaction", <TransactionLink key="t" hash={record.txHash} />],
        ]}
      />
      <MadeFrom record={record} graph={graph} names={names} />
    </Card>
  );
}

const contentWords: Readonly<Record<LineageRecord["kind"], string>> = {
  Model: "Weights",
  Release: "Root of its rows",
  Training: "Log of the run",
  Evaluation: "Leaderboard",
};

function MadeFrom({
  record,
  graph,
  names,
}: Pick<RecordCardProps, "record" | "graph" | "names">): ReactNode {
  const parents = parentsOf(graph, record.recordId);
  if (parents.length === 0) return null;
  return (
    <Text size="sm">
      Made from{" "}
      {parents.map(({ kind, parentId }, index) => (
        <span key={parentId}>
          {index > 0 && ", "}
          <Anchor href={`#${parentId}`} size="sm" underline="always">
            {names.get(parentId) ?? `${kind.toLowerCase()} ${shorten(parentId)}`}
          </Anchor>
        </span>
      ))}
    </Text>
  );
}

interface CardProps {
  readonly id: Hash;
  readonly here: Hash;
  readonly label: string;
  readonly children: ReactNode;
}

function Card({ id, here, label, children }: CardProps): ReactNode {
  return (
    <li>
      <Stack
        id={id}
        className="panel"
        p="md"
        gap="sm"
        component="section"
        aria-label={label}
        aria-current={id === here ? "location" : undefined}
      >
        {children}
      </Stack>
    </li>
  );
}
