/** The REST interface as the page uses it: one function a question. */
import { z } from "zod";
import type { Ballot, Opening } from "../../protocol/ballot.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import type {
  BallotState,
  Config,
  EncryptedCopy,
  Lease,
  OpeningCopy,
  Receipt,
  Release,
  Task,
} from "./schemas.ts";
import {
  ballotStateSchema,
  configSchema,
  encryptedCopySchema,
  erasedNotesSchema,
  leaseSchema,
  nonceSchema,
  openingCopySchema,
  ownNotesSchema,
  problemSchema,
  receiptSchema,
  releaseListSchema,
  signInSchema,
  taskPageSchema,
  taskSchema,
} from "./schemas.ts";

/** A refusal: problem+json with a code, or no answer at all (status 0). */
export class RestProblem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "RestProblem";
    this.status = status;
    this.code = code;
  }
}

interface Asking {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly token?: string;
  readonly body?: unknown;
  /** Goes on after the page is left, if it is small enough: browsers let no more than 64 KiB. */
  readonly outlives?: boolean;
}

const OUTLIVING_BYTES = 60_000;

async function send(
  path: string,
  { method = "GET", token, body, outlives = false }: Asking = {},
): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const text = body === undefined ? undefined : JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers,
      ...(text === undefined ? {} : { body: text }),
      ...(outlives && (text?.length ?? 0) < OUTLIVING_BYTES ? { keepalive: true } : {}),
    });
  } catch {
    throw new RestProblem(
      0,
      "api-unreachable",
      "The server does not answer. Nothing you judged is lost.",
    );
  }
  if (response.ok) return response;
  const problem = problemSchema.safeParse(await response.json().catch(() => ({}))).data ?? {};
  throw new RestProblem(
    response.status,
    problem.code ?? "internal",
    problem.detail ?? problem.title ?? `The server answered ${response.status}.`,
  );
}

async function ask<S extends z.ZodType>(
  path: string,
  schema: S,
  asking?: Asking,
): Promise<z.output<S>> {
  const response = await send(path, asking);
  const parsed = schema.safeParse(await response.json());
  if (parsed.success) return parsed.data;
  throw new RestProblem(
    response.status,
    "invalid-input",
    `The server's answer to ${path} is not what was agreed: ${z.prettifyError(parsed.error)}`,
  );
}

/** Undefined instead of a refusal where there is nothing yet. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RestProblem && error.status === 404) return undefined;
    throw error;
  }
}

export function fetchConfig(): Promise<Config> {
  return ask("/config", configSchema);
}

export async function fetchTasks(): Promise<Task[]> {
  const tasks: Task[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: z.output<typeof taskPageSchema> = await ask(
      `/tasks?limit=100${query}`,
      taskPageSchema,
    );
    tasks.push(...page.tasks);
    cursor = page.nextCursor;
  } while (cursor !== null && tasks.length < 1_000);
  return tasks;
}

export function fetchTask(taskId: Hash): Promise<Task> {
  return ask(`/tasks/${taskId}`, taskSchema);
}

export async function fetchContentBytes(hash: Hash): Promise<Uint8Array> {
  return new Uint8Array(await (await send(`/content/${hash}`)).arrayBuffer());
}

export async function fetchReleases(): Promise<Release[]> {
  return (await ask("/releases", releaseListSchema)).releases;
}

export function fetchBallotState(
  taskId: Hash,
  validator: Address,
): Promise<BallotState | undefined> {
  return orNothing(ask(`/tasks/${taskId}/ballots/${validator}`, ballotStateSchema));
}

/** One's own newest version with its opening, for a browser that did not sign it. */
export function fetchOwnOpening(
  taskId: Hash,
  validator: Address,
  token: string,
): Promise<OpeningCopy> {
  return ask(`/tasks/${taskId}/ballots/${validator}/opening`, openingCopySchema, { token });
}

interface CopyOwner {
  readonly taskId: Hash;
  readonly validator: Address;
}

/** Leaves an encrypted copy of one's openings. */
export async function storeCopy(
  { taskId, validator }: CopyOwner,
  body: EncryptedCopy,
  token: string,
): Promise<void> {
  const path = `/tasks/${taskId}/openings/${validator}`;
  await send(path, { method: "PUT", token, body, outlives: true });
}

/** The copy that a device of one's own left; undefined where none did. */
export function fetchCopy(
  { taskId, validator }: CopyOwner,
  token: string,
): Promise<EncryptedCopy | undefined> {
  return orNothing(ask(`/tasks/${taskId}/openings/${validator}`, encryptedCopySchema, { token }));
}

/** One's own notes in a task, as handed in with this version. */
export async function fetchOwnNotes(
  taskId: Hash,
  version: number,
  token: string,
): Promise<string | undefined> {
  const { notes } = await exportNotes(token);
  return notes.find((one) => one.taskId === taskId && one.version === version)?.notes;
}

/** All of one's own notes, as handed in. */
export function exportNotes(token: string): Promise<z.output<typeof ownNotesSchema>> {
  return ask("/notes", ownNotesSchema, { token });
}

/** In how many tasks there were notes to erase. */
export async function eraseNotes(token: string): Promise<number> {
  return (await ask("/notes", erasedNotesSchema, { method: "DELETE", token })).erased;
}

export interface SessionRequest {
  readonly validator: Address;
  readonly key: Address;
  readonly expiresAt: bigint;
  readonly nonce: bigint;
  readonly signature: Hex;
}

export async function relaySession(request: SessionRequest): Promise<void> {
  const body = {
    ...request,
    expiresAt: Number(request.expiresAt),
    nonce: request.nonce.toString(),
  };
  await send("/sessions", { method: "POST", body });
}

export async function fetchSignInNonce(): Promise<string> {
  return (await ask("/sign-in/nonce", nonceSchema, { method: "POST", body: {} })).nonce;
}

export function signIn(message: string, signature: Hex): Promise<z.output<typeof signInSchema>> {
  return ask("/sign-in", signInSchema, { method: "POST", body: { message, signature } });
}

/** Undefined: nothing left for this validator now. */
export async function claimItem(
  taskId: Hash,
  request: { readonly skip: readonly number[]; readonly key: Address },
  token: string,
): Promise<Lease | undefined> {
  const response = await send(`/tasks/${taskId}/leases`, { method: "POST", token, body: request });
  return response.status === 204 ? undefined : leaseSchema.parse(await response.json());
}

export async function returnLease(taskId: Hash, itemIndex: number, token: string): Promise<void> {
  await send(`/tasks/${taskId}/leases/${itemIndex}`, { method: "DELETE", token });
}

export interface Submission {
  readonly ballot: Ballot;
  readonly signature: Hex;
  readonly opening: Opening;
  readonly notes: string;
}

export function submitBallot(submission: Submission, token: string): Promise<Receipt> {
  const { taskId, ...ballot } = submission.ballot;
  return ask(`/tasks/${taskId}/ballots`, receiptSchema, {
    method: "POST",
    token,
    body: { ...submission, ballot },
  });
}
