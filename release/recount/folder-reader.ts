/** A release folder on disk, for Node. */
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { ReleaseFileReader, ReleaseReader } from "./release-reader.ts";

export async function folderReader(folder: string): Promise<ReleaseReader> {
  const facts = await stat(folder).catch(() => undefined);
  if (!facts?.isDirectory()) {
    throw new ScrutineerError("file-unreadable", `${folder} is no folder that can be read`, {
      folder,
    });
  }
  return {
    async open(path): Promise<ReleaseFileReader | undefined> {
      const whole = join(folder, path);
      const file = await stat(whole).catch(() => undefined);
      if (!file?.isFile()) return undefined;
      return {
        byteLength: file.size,
        slice: (start, end) => readSlice(whole, start, end ?? file.size),
      };
    },
  };
}

/** Opens and closes for each slice, so that a reader has nothing to close. */
async function readSlice(path: string, start: number, end: number): Promise<ArrayBuffer> {
  const handle = await open(path, "r");
  try {
    const bytes = new Uint8Array(Math.max(0, end - start));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.buffer.slice(0, filled);
  } finally {
    await handle.close();
  }
}
