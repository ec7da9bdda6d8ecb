/**
 * One row of a file → one prompt with two outputs. Layouts that people have:
 *
 * - pairs: `prompt` (text or messages) with `responses` [two], or `response_a` and `response_b`, or `chosen` and `rejected`
 *   (TRL; there the prompt may be missing: both then hold the whole conversation)
 * - battles: `model_a`, `model_b`, `conversation_a`, `conversation_b` (MT-Bench, Chatbot Arena); `winner` is not read
 *
 * In both, `receipt_a` and `receipt_b` are output receipts of the first and the second answer, over hashes salted with the
 * row's `salt`.
 */
import { z } from "zod";
import type { ErrorCode } from "../../protocol/errors.ts";
import { ScrutineerError, isScrutineerError } from "../../protocol/errors.ts";
import { isEmpty, isIdentical, judgedAnswer, splitConversations } from "../../protocol/item.ts";
import type { Message } from "../../protocol/item.ts";
import type { AnnexItem } from "../../protocol/manifest.ts";
import { outputReceiptSchema } from "../../protocol/receipt-json.ts";
import type { OutputReceiptJson } from "../../protocol/receipt-json.ts";
import type { Hash } from "../../protocol/words.ts";

export type Layout = "pairs" | "battles";

export interface Pair {
  /** Of the item's three hashes; undefined: to be drawn. */
  readonly salt?: Hash | undefined;
  readonly prompt: readonly Message[];
  readonly outputA: readonly Message[];
  readonly outputB: readonly Message[];
  readonly annex: AnnexItem;
}

/** An answer longer than this is refused: no page can show it and no person judge it. */
export const MAX_ANSWER_BYTES = 1_000_000;

const message = z.object({ role: z.string().min(1), content: z.string() });
const messages = z.array(message).min(1);
const text = z.union([z.string(), messages]);
const answer = z.union([
  text,
  z.object({ model: z.string().optional(), messages }),
  z.object({ model: z.string().optional(), content: z.string() }),
  z.object({ model: z.string().optional(), text: z.string() }),
]);
const label = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const labels = {
  model_a: label.optional(),
  model_b: label.optional(),
  models: z.array(label).length(2).optional(),
  category: label.optional(),
  language: label.optional(),
  source: label.optional(),
  salt: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/, "not 32 bytes in lower-case 0x text")
    .optional(),
  receipt_a: outputReceiptSchema.optional(),
  receipt_b: outputReceiptSchema.optional(),
};

const pairRow = z.object({
  prompt: text.optional(),
  responses: z.array(answer).optional(),
  response_a: answer.optional(),
  response_b: answer.optional(),
  chosen: answer.optional(),
  rejected: answer.optional(),
  ...labels,
  chosen_model: label.optional(),
  rejected_model: label.optional(),
});

const battleRow = z.object({
  conversation_a: messages,
  conversation_b: messages,
  question_id: label.optional(),
  turn: label.optional(),
  ...labels,
});

type Answer = z.infer<typeof answer>;

/** Refuses a row that is none, saying what is wrong with it. Lone surrogates are refused: canonical JSON cannot hold them. */
export function parsePair(layout: Layout, row: unknown): Pair {
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    throw bad("import-field-invalid", "the line is not a JSON object");
  }
  const fields = withMetadata(row as Record<string, unknown>);
  const pair = layout === "battles" ? parseBattle(fields) : parseResponses(fields);
  checkText(pair);
  return pair;
}

/** `metadata: {category, …}` says the same as the fields beside it. */
function withMetadata(row: Record<string, unknown>): Record<string, unknown> {
  const { metadata } = row;
  return typeof metadata === "object" && metadata !== null ? { ...metadata, ...row } : row;
}

function parseBattle(fields: Record<string, unknown>): Pair {
  const row = parseFields(battleRow, fields);
  const split = splitOrRefuse(row.conversation_a, row.conversation_b);
  const question = row.question_id === undefined ? "" : `question ${row.question_id}`;
  const turn = row.turn === undefined ? "" : ` turn ${row.turn}`;
  const models = row.models ?? [row.model_a ?? "", row.model_b ?? ""];
  return toPair(split, models, { ...row, source: row.source ?? `${question}${turn}`.trim() });
}

function parseResponses(fields: Record<string, unknown>): Pair {
  const row = parseFields(pairRow, fields);
  const { answers, models } = answersOf(row);
  const [a, b] = answers;
  const named = [models[0] || modelOf(a), models[1] || modelOf(b)];
  if (row.prompt === undefined) {
    if (row.chosen === undefined) throw bad("import-field-missing", "prompt is missing");
    return toPair(splitOrRefuse(messagesOf(a), messagesOf(b)), named, row);
  }
  const prompt =
    typeof row.prompt === "string" ? [{ role: "user", content: row.prompt }] : row.prompt;
  const split = {
    prompt,
    outputA: withoutPrompt(messagesOf(a), prompt),
    outputB: withoutPrompt(messagesOf(b), prompt),
  };
  return toPair(split, named, row);
}

/** TRL's `chosen` may repeat the prompt in front of the answer. */
function withoutPrompt(answer: readonly Message[], prompt: readonly Message[]): readonly Message[] {
  const repeats =
    answer.length > prompt.length &&
    prompt.every(
      ({ role, content }, i) => answer[i]?.role === role && answer[i]?.content === content,
    );
  return repeats ? answer.slice(prompt.length) : answer;
}

function answersOf(row: z.infer<typeof pairRow>): {
  answers: readonly [Answer, Answer];
  models: readonly [string, string];
} {
  const [modelA, modelB] = row.models ?? [row.model_a ?? "", row.model_b ?? ""];
  const models = [modelA ?? "", modelB ?? ""] as const;
  if (row.responses !== undefined) {
    const [a, b, more] = row.responses;
    if (a === undefined || b === undefined) {
      throw bad("import-field-missing", "responses holds fewer than two answers");
    }
    if (more !== undefined) {
      throw bad("import-field-invalid", `responses holds ${row.responses.length} answers, not two`);
    }
    return { answers: [a, b], models };
  }
  if (row.chosen !== undefined || row.rejected !== undefined) {
    if (row.chosen === undefined) throw bad("import-field-missing", "chosen is missing");
    if (row.rejected === undefined) throw bad("import-field-missing", "rejected is missing");
    return {
      answers: [row.chosen, row.rejected],
      models: [row.chosen_model ?? models[0], row.rejected_model ?? models[1]],
    };
  }
  if (row.response_a === undefined) throw bad("import-field-missing", "response_a is missing");
  if (row.response_b === undefined) throw bad("import-field-missing", "response_b is missing");
  return { answers: [row.response_a, row.response_b], models };
}

function modelOf(answer: Answer): string {
  return typeof answer === "object" && "model" in answer ? (answer.model ?? "") : "";
}

function messagesOf(answer: Answer): readonly Message[] {
  if (typeof answer === "string") return [{ role: "assistant", content: answer }];
  if (Array.isArray(answer)) return answer;
  if ("messages" in answer) return answer.messages;
  return [{ role: "assistant", content: "content" in answer ? answer.content : answer.text }];
}

function toPair(
  split: Omit<Pair, "annex">,
  models: readonly (string | undefined)[],
  row: {
    category?: string | undefined;
    language?: string | undefined;
    source?: string | undefined;
    salt?: Hash | undefined;
    receipt_a?: OutputReceiptJson | undefined;
    receipt_b?: OutputReceiptJson | undefined;
  },
): Pair {
  if (row.salt === undefined && (row.receipt_a ?? row.receipt_b) !== undefined) {
    throw bad("import-field-missing", "salt is missing: receipts are over salted hashes");
  }
  return {
    salt: row.salt,
    prompt: split.prompt.map(onlyMessage),
    outputA: split.outputA.map(onlyMessage),
    outputB: split.outputB.map(onlyMessage),
    annex: {
      modelA: models[0] ?? "",
      modelB: models[1] ?? "",
      category: row.category ?? "",
      language: row.language ?? "",
      source: row.source ?? "",
      identical: isIdentical(split.outputA, split.outputB),
      empty: isEmpty(split.outputA, split.outputB),
      ...(row.receipt_a === undefined ? {} : { receiptA: row.receipt_a }),
      ...(row.receipt_b === undefined ? {} : { receiptB: row.receipt_b }),
    },
  };
}

function onlyMessage({ role, content }: Message): Message {
  return { role, content };
}

function splitOrRefuse(a: readonly Message[], b: readonly Message[]): Omit<Pair, "annex"> {
  try {
    return splitConversations(a, b);
  } catch (error) {
    if (isScrutineerError(error)) throw bad("import-field-invalid", error.message);
    throw error;
  }
}

function checkText({ prompt, outputA, outputB, annex }: Pair): void {
  for (const [name, output] of [["A", outputA] as const, ["B", outputB] as const]) {
    const bytes = Buffer.byteLength(judgedAnswer(output));
    if (bytes > MAX_ANSWER_BYTES) {
      throw bad(
        "import-answer-too-large",
        `answer ${name} has ${bytes} bytes, more than ${MAX_ANSWER_BYTES}`,
      );
    }
  }
  const texts = [...prompt, ...outputA, ...outputB].flatMap(({ role, content }) => [role, content]);
  const { modelA, modelB, category, language, source } = annex;
  if (
    ![...texts, modelA, modelB, category, language, source].every(
      (each) => !/\p{Surrogate}/u.test(each),
    )
  ) {
    throw bad(
      "import-utf8-invalid",
      "the text holds half a surrogate pair, which UTF-8 cannot say",
    );
  }
}

function parseFields<Schema extends z.ZodType>(
  schema: Schema,
  fields: Record<string, unknown>,
): z.output<Schema> {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = issue?.path.join(".") ?? "";
  const missing = issue?.path.length === 1 && fields[String(issue.path[0])] === undefined;
  throw missing
    ? bad("import-field-missing", `${at} is missing`)
    : bad("import-field-invalid", `${at}: ${issue?.message ?? "not as expected"}`);
}

function bad(code: ErrorCode, message: string): ScrutineerError {
  return new ScrutineerError(code, message);
}
