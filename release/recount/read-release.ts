/**
 * The files of a release as what they say, line by line: the manifest, and the evidence beside it. What is not as it should
 * be does not hold, and says where it stands.
 */
import { z } from "zod";
import { isScrutineerError } from "../../protocol/errors.ts";
import { toAddress } from "../../protocol/words.ts";
import { evidenceBallotSchema, evidenceItemSchema, evidenceTaskSchema } from "../evidence.ts";
import type { EvidenceBallot, EvidenceItem, EvidenceTask } from "../evidence.ts";
import { evidencePath, MANIFEST_PATH } from "../paths.ts";
import { RELEASE_FORMAT } from "../summary.ts";
import type { ReleaseManifest } from "../summary.ts";
import { openFile, readLines, readText } from "./release-reader.ts";
import type { ReleaseReader } from "./release-reader.ts";
import { doesNotHold, hold, holdEqual } from "./report.ts";

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "not an address")
  .transform(toAddress);

/** Only what the checks themselves rely on; every other figure is compared with the recounted one. */
const manifestSchema = z.looseObject({
  format: z.literal(RELEASE_FORMAT),
  release: z.string(),
  createdAt: z.string(),
  title: z.string(),
  licence: z.string(),
  chainId: z.int(),
  contracts: z.strictObject({
    token: address,
    stakeRegistry: address,
    feedbackTasks: address,
    provenanceRegistry: address.optional(),
  }),
  tasks: z.array(z.looseObject({ taskId: z.string() })).min(1),
  rows: z.strictObject({ preference: z.int(), votes: z.int(), battles: z.int() }),
  root: z.string(),
  exclusions: z.array(
    z.looseObject({
      code: z.string(),
      taskId: z.string(),
      validator: z.string(),
      reason: z.string(),
    }),
  ),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
});

export async function readManifest(reader: ReleaseReader): Promise<ReleaseManifest> {
  const text = await readText(await openFile(reader, MANIFEST_PATH), MANIFEST_PATH);
  return parse(manifestSchema, text, MANIFEST_PATH) as unknown as ReleaseManifest;
}

export interface TaskEvidence {
  readonly task: EvidenceTask;
  readonly ballots: EvidenceBallot[];
}

export async function readEvidence(
  reader: ReleaseReader,
  manifest: ReleaseManifest,
  counted: () => void,
): Promise<TaskEvidence[]> {
  const tasks = new Map<string, TaskEvidence>();
  for await (const { text, where } of linesOf(reader, evidencePath("tasks"))) {
    const task = parse(evidenceTaskSchema, text, where);
    hold(!tasks.has(task.taskId), where, `task ${task.taskId} is there twice`);
    tasks.set(task.taskId, { task, ballots: [] });
    counted();
  }
  const said = manifest.tasks.map(({ taskId }) => taskId).join(" ");
  holdEqual(
    evidencePath("tasks"),
    "tasks in the manifest and here",
    said,
    [...tasks.keys()].join(" "),
  );

  for await (const { text, where } of linesOf(reader, evidencePath("ballots"))) {
    const ballot = parse(evidenceBallotSchema, text, where);
    const found = tasks.get(ballot.taskId);
    if (!found)
      throw doesNotHold(where, `a ballot of task ${ballot.taskId}, which is not in this release`);
    found.ballots.push(ballot);
    counted();
  }
  return [...tasks.values()];
}

export interface ItemLine {
  readonly task: EvidenceTask;
  readonly item: EvidenceItem;
  /** File and line. */
  readonly line: string;
}

/** All items, task by task, each exactly once and in order. */
export async function* readItems(
  reader: ReleaseReader,
  evidence: readonly TaskEvidence[],
): AsyncGenerator<ItemLine> {
  const path = evidencePath("items");
  const lines = linesOf(reader, path);
  for (const { task } of evidence) {
    for (let itemIndex = 0; itemIndex < task.terms.itemCount; itemIndex++) {
      const due = `item ${itemIndex} of task ${task.taskId}`;
      const line = await lines.next();
      if (line.done) throw doesNotHold(path, `${due} is missing`);
      const item = parse(evidenceItemSchema, line.value.text, line.value.where);
      hold(
        item.taskId === task.taskId && item.itemIndex === itemIndex,
        line.value.where,
        `item ${item.itemIndex} of task ${item.taskId} is there, ${due} is due`,
      );
      yield { task, item, line: line.value.where };
    }
  }
  const more = await lines.next();
  if (!more.done) throw doesNotHold(more.value.where, "an item of no task in this release");
}

/** The next `count` of them: tasks are drawn in the order of the file. */
export async function* takeItems(
  items: AsyncGenerator<ItemLine>,
  count: number,
): AsyncGenerator<EvidenceItem> {
  for (let taken = 0; taken < count; taken++) {
    const next = await items.next();
    if (next.done) return;
    yield next.value.item;
  }
}

async function* linesOf(
  reader: ReleaseReader,
  path: string,
): AsyncGenerator<{ text: string; where: string }> {
  for await (const { text, number } of readLines(reader, path)) {
    yield { text, where: `${path}:${number}` };
  }
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  where: string,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw doesNotHold(where, "not JSON");
  }
  try {
    return schema.parse(value);
  } catch (error) {
    if (error instanceof z.ZodError) {
      const [issue] = error.issues;
      throw doesNotHold(
        where,
        `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not as it should be"}`,
      );
    }
    if (isScrutineerError(error)) throw doesNotHold(where, error.message);
    throw error;
  }
}
