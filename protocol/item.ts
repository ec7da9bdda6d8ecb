/**
 * An item's content: one prompt and two outputs, each a salted document of messages. Its hash is sha-256 over the RFC 8785
 * bytes, so anyone recomputes it in any language, and without the salt nobody guesses it.
 */
import canonicalize from "canonicalize";
import { ScrutineerError } from "./errors.ts";
import { itemLeaf, buildMerkleTree } from "./merkle-tree.ts";
import type { MerkleTree } from "./merkle-tree.ts";
import { sha256 } from "./sha256.ts";
import type { Hash } from "./words.ts";

export interface Message {
  readonly role: string;
  readonly content: string;
}

/** One prompt or one output. */
export interface Content {
  /** 32 random bytes, 0x text. */
  readonly salt: Hash;
  readonly messages: readonly Message[];
}

export interface ItemContent {
  readonly prompt: Content;
  readonly outputA: Content;
  readonly outputB: Content;
}

/** What the manifest and the item's leaf hold. */
export interface ItemHashes {
  readonly prompt: Hash;
  readonly outputA: Hash;
  readonly outputB: Hash;
}

const utf8 = new TextEncoder();

/** RFC 8785 text of plain JSON. Refuses what JSON cannot say: lone surrogates, NaN, undefined. */
export function canonicalJson(value: unknown): string {
  try {
    const text = canonicalize(value);
    if (text !== undefined) return text;
  } catch (cause) {
    throw new ScrutineerError(
      "content-invalid",
      `not canonical JSON: ${String(cause)}`,
      {},
      { cause },
    );
  }
  throw new ScrutineerError("content-invalid", "not canonical JSON: nothing to write");
}

/** UTF-8 of the canonical text: what is hashed and stored. */
export function canonicalBytes(value: unknown): Uint8Array {
  return utf8.encode(canonicalJson(value));
}

/** Exactly the two fields, whatever else the object carries. */
export function contentBytes({ salt, messages }: Content): Uint8Array {
  return canonicalBytes({
    salt,
    messages: messages.map(({ role, content }) => ({ role, content })),
  });
}

export function contentHash(content: Content): Hash {
  return sha256(contentBytes(content));
}

export function hashItem(item: ItemContent): ItemHashes {
  return {
    prompt: contentHash(item.prompt),
    outputA: contentHash(item.outputA),
    outputB: contentHash(item.outputB),
  };
}

/** The tree whose root is `itemsRoot`; leaf i is item i. */
export function itemsTree(items: readonly ItemHashes[]): MerkleTree {
  return buildMerkleTree(items.map((hashes, itemIndex) => itemLeaf(itemIndex, hashes)));
}

export interface SplitConversations {
  readonly prompt: readonly Message[];
  readonly outputA: readonly Message[];
  readonly outputB: readonly Message[];
}

/**
 * Two whole conversations → their shared prompt and what each answers. The prompt is the longest common beginning that
 * leaves each side its last message, the judged answer; where earlier turns differ they are part of the outputs.
 */
export function splitConversations(
  a: readonly Message[],
  b: readonly Message[],
): SplitConversations {
  const longest = Math.min(a.length, b.length) - 1;
  let shared = 0;
  while (shared < longest && isSameMessage(a[shared], b[shared])) shared++;
  if (shared < 1) {
    throw new ScrutineerError("content-invalid", "the two conversations share no prompt");
  }
  return { prompt: a.slice(0, shared), outputA: a.slice(shared), outputB: b.slice(shared) };
}

function isSameMessage(a: Message | undefined, b: Message | undefined): boolean {
  return a?.role === b?.role && a?.content === b?.content;
}

/** The two judged answers (each side's last message) are the same text: nothing to prefer. */
export function isIdentical(a: readonly Message[], b: readonly Message[]): boolean {
  return judgedAnswer(a) === judgedAnswer(b);
}

/** At least one judged answer is blank. */
export function isEmpty(a: readonly Message[], b: readonly Message[]): boolean {
  return judgedAnswer(a).trim() === "" || judgedAnswer(b).trim() === "";
}

/** The last message's text. */
export function judgedAnswer(messages: readonly Message[]): string {
  return messages[messages.length - 1]?.content ?? "";
}
