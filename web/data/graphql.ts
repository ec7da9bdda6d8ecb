/** The indexer's GraphQL as the page uses it: what the chain says, many rows at a time. */
import { z } from "zod";
import type { Address, Hash } from "../../protocol/words.ts";
import { RestProblem } from "./rest.ts";

const answerSchema = z.object({
  data: z.unknown(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});

export async function query<S extends z.ZodType>(
  url: string,
  text: string,
  variables: Readonly<Record<string, unknown>>,
  schema: S,
): Promise<z.output<S>> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: text, variables }),
  });
  const answer = answerSchema.safeParse(await response.json().catch(() => undefined)).data;
  const message = answer?.errors?.[0]?.message;
  if (!answer || message !== undefined) {
    throw new RestProblem(response.status, "internal", message ?? "The index does not answer.");
  }
  return schema.parse(answer.data);
}

export const lower = z.string().transform((text) => text.toLowerCase());
export const nodesOf = <S extends z.ZodType>(
  node: S,
): z.ZodPipe<
  z.ZodObject<{ edges: z.ZodArray<z.ZodObject<{ node: S }>> }>,
  z.ZodTransform<z.output<S>[]>
> =>
  z
    .object({ edges: z.array(z.object({ node })) })
    .transform(({ edges }) => edges.map((edge) => (edge as { node: z.output<S> }).node));

const taskNode = z.object({ taskId: lower });

/** Tasks in which a validator has a ballot: receipted here, or on chain through anybody. */
export async function fetchOwnTaskIds(url: string, validator: Address): Promise<ReadonlySet<Hash>> {
  const { receipted, recorded } = await query(
    url,
    `query OwnTasks($validator: Address!) {
      receipted: ballotVersions(where: { validator: $validator, version: 1 }, first: 1000) { edges { node { taskId } } }
      recorded: ballots(where: { validator: $validator }, first: 1000) { edges { node { taskId } } }
    }`,
    { validator },
    z.object({ receipted: nodesOf(taskNode), recorded: nodesOf(taskNode) }),
  );
  return new Set([...receipted, ...recorded].map(({ taskId }) => taskId));
}

/** Tasks in which a validator's ballot is on chain and not opened yet, wherever it was signed. */
export async function fetchUnopenedTaskIds(
  url: string,
  validator: Address,
): Promise<readonly Hash[]> {
  const { ballots } = await query(
    url,
    `query Unopened($validator: Address!) {
      ballots(where: { validator: $validator, status: Committed }, first: 100) { edges { node { taskId } } }
    }`,
    { validator },
    z.object({ ballots: nodesOf(taskNode) }),
  );
  return ballots.map(({ taskId }) => taskId);
}

const judgmentNode = z.object({
  itemIndex: z.number(),
  validator: lower,
  role: z.enum(["Human", "Ai"]),
  verdict: z.enum(["A", "B", "Tie"]),
  txHash: lower,
});
export type RevealedJudgment = z.output<typeof judgmentNode>;

const judgmentFields = "itemIndex validator role verdict txHash";

export interface JudgmentPage {
  readonly judgments: readonly RevealedJudgment[];
  readonly totalCount: number;
  readonly endCursor: string | null;
}

const judgmentPageSchema = z.object({
  judgments: z.object({
    totalCount: z.number(),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    edges: z.array(z.object({ node: judgmentNode })),
  }),
});

/** Revealed judgments of a task, by item; `endCursor` null on the last page. */
export async function fetchJudgments(
  url: string,
  taskId: Hash,
  after: string | null,
): Promise<JudgmentPage> {
  const { judgments } = await query(
    url,
    `query Judgments($taskId: Hash!, $after: String) {
      judgments(where: { taskId: $taskId }, orderBy: itemIndex, first: 60, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        edges { node { ${judgmentFields} } }
      }
    }`,
    { taskId, after },
    judgmentPageSchema,
  );
  return {
    judgments: judgments.edges.map(({ node }) => node),
    totalCount: judgments.totalCount,
    endCursor: judgments.pageInfo.hasNextPage ? judgments.pageInfo.endCursor : null,
  };
}

/** All revealed judgments on one item. */
export async function fetchItemJudgments(
  url: string,
  taskId: Hash,
  itemIndex: number,
): Promise<readonly RevealedJudgment[]> {
  const { judgments } = await query(
    url,
    `query ItemJudgments($taskId: Hash!, $itemIndex: Int!) {
      judgments(where: { taskId: $taskId, itemIndex: $itemIndex }, first: 22) {
        edges { node { ${judgmentFields} } }
      }
    }`,
    { taskId, itemIndex },
    z.object({ judgments: nodesOf(judgmentNode) }),
  );
  return judgments;
}
