/** Fetches a release's files; each must have the size and the sha-256 the service named. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, normalize, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import type { ReleaseJson } from "../api/schemas/releases.ts";
import { ScrutineerError } from "../protocol/errors.ts";
import type { ApiClient } from "./api-client.ts";

export async function downloadRelease(
  api: ApiClient,
  release: ReleaseJson,
  dir: string,
): Promise<void> {
  for (const file of release.files) {
    const path = join(dir, fileInside(file.name));
    await mkdir(dirname(path), { recursive: true });
    const response = await api.download(`/releases/${release.releaseId}/files/${file.name}`);
    const hash = createHash("sha256");
    let bytes = 0;
    await pipeline(
      Readable.fromWeb(response.body as ReadableStream),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(path),
    );
    const sha256 = `0x${hash.digest("hex")}`;
    if (sha256 !== file.sha256 || bytes !== file.bytes) {
      throw new ScrutineerError("content-mismatch", `${file.name} is not what the service named`, {
        name: file.name,
        sha256,
        expected: file.sha256,
      });
    }
  }
}

/** A service must not make us write outside the folder. */
function fileInside(name: string): string {
  const path = normalize(name);
  if (path.startsWith("..") || path.startsWith(sep)) {
    throw new ScrutineerError("invalid-input", `a release has no file ${name}`, { name });
  }
  return path;
}
