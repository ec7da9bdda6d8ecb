/** Content by its sha-256. Whoever knows a salted hash may read what it names, but for annexes before the settlement. */
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Content } from "../../protocol/item.ts";
import type { Hash } from "../../protocol/words.ts";
import { findAnnex } from "../../store/submissions/uploads.ts";

/** The stored bytes, if they may be served now. */
export async function readServableBytes(api: Api, hash: Hash): Promise<Uint8Array> {
  const bytes = await api.deps.blobs.get(hash);
  if (bytes === undefined) throw unknownContent(hash);
  const annex = await findAnnex(api.deps.db, hash);
  if (annex !== undefined && !annex.settled) {
    throw new ScrutineerError(
      "task-not-settled",
      "which models wrote the outputs is shown when the task is settled",
      { hash },
    );
  }
  return bytes;
}

export async function readContent(
  api: Api,
  hash: Hash,
): Promise<{ salt: Hash; messages: { role: string; content: string }[] }> {
  const bytes = await api.deps.blobs.get(hash);
  if (bytes === undefined) throw unknownContent(hash);
  const { salt, messages } = JSON.parse(new TextDecoder().decode(bytes)) as Content;
  return { salt, messages: messages.map(({ role, content }) => ({ role, content })) };
}

function unknownContent(hash: Hash): ScrutineerError {
  return new ScrutineerError("content-unknown", `no content ${hash} here`, { hash });
}
