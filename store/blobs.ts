/**
 * Content by its sha-256: prompts, outputs, manifests, annexes. A local folder here; the interface is small enough for any
 * object store.
 */
import { createReadStream } from "node:fs";
import { access, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { ScrutineerError } from "../protocol/errors.ts";
import { sha256 } from "../protocol/sha256.ts";
import { toHash, type Hash } from "../protocol/words.ts";

export interface Blobs {
  /** Keeps the bytes and answers their sha-256. Keeping the same bytes again changes nothing. */
  put(bytes: Uint8Array): Promise<Hash>;
  /** The bytes, checked against their name; undefined where there are none. Throws `content-mismatch` if they rotted. */
  get(hash: Hash): Promise<Uint8Array | undefined>;
  has(hash: Hash): Promise<boolean>;
  /** Size in bytes, or undefined. */
  size(hash: Hash): Promise<number | undefined>;
  /** Unchecked, for large files. */
  stream(hash: Hash, range?: { start: number; end: number }): Readable;
  /** Forgets the bytes: hashes on chain then say nothing. */
  remove(hash: Hash): Promise<void>;
}

/** Blobs in `folder`, made if absent; each at `ab/cd…` by the hex of its hash. */
export function openBlobs(folder: string): Blobs {
  const pathOf = (hash: Hash): string => {
    const name = toHash(hash).slice(2);
    return join(folder, name.slice(0, 2), name.slice(2));
  };
  const made = new Map<string, Promise<unknown>>();
  const ensureFolder = (path: string): Promise<unknown> => {
    const parent = dirname(path);
    let making = made.get(parent);
    if (making === undefined) made.set(parent, (making = mkdir(parent, { recursive: true })));
    return making;
  };
  const has = (hash: Hash): Promise<boolean> =>
    access(pathOf(hash)).then(
      () => true,
      () => false,
    );

  return {
    put: async (bytes) => {
      const hash = sha256(bytes);
      if (await has(hash)) return hash;
      const path = pathOf(hash);
      await ensureFolder(path);
      // Written beside and renamed: a name never stands for half its bytes, whatever dies in between.
      const draft = `${path}.${randomUUID()}`;
      const file = await open(draft, "wx");
      try {
        await file.writeFile(bytes);
        await file.close();
        await rename(draft, path);
      } catch (error) {
        await file.close().catch(() => undefined);
        await rm(draft, { force: true });
        throw error;
      }
      return hash;
    },
    get: async (hash) => {
      const bytes = await readFile(pathOf(hash)).catch(absent);
      if (bytes !== undefined && sha256(bytes) !== toHash(hash)) {
        throw new ScrutineerError(
          "content-mismatch",
          `the stored bytes of ${hash} are not what they were`,
          { hash },
        );
      }
      return bytes === undefined
        ? undefined
        : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    has,
    size: async (hash) => (await stat(pathOf(hash)).catch(absent))?.size,
    stream: (hash, range) => createReadStream(pathOf(hash), range),
    remove: (hash) => rm(pathOf(hash), { force: true }),
  };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
