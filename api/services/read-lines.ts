/** Lines of JSON out of a stream of bytes, one at a time: memory holds one line, however long the stream is. */
import { ScrutineerError } from "../../protocol/errors.ts";
import type { ErrorCode } from "../../protocol/errors.ts";

/** Longest line looked at; two answers of 1 MB and their conversations fit well. */
export const MAX_LINE_BYTES = 16_000_000;

/** A line that is JSON, or why it is not. Blank lines are passed over. */
export type ReadLine =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly fault: LineFault };

export interface LineFault {
  readonly code: ErrorCode;
  readonly message: string;
}

const NEWLINE = 0x0a;

/** Line numbers begin with 1. The last line counts as cut off if no newline ends it and it is no whole JSON. */
export async function* readJsonLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number = MAX_LINE_BYTES,
): AsyncGenerator<ReadLine> {
  let line = 1;
  let parts: Uint8Array[] = [];
  let bytes = 0;

  const take = (ended: boolean): ReadLine | undefined => {
    const whole = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    const length = bytes;
    parts = [];
    bytes = 0;
    if (length > maxLineBytes) {
      const message = `the line is longer than ${maxLineBytes} bytes`;
      return { line, fault: { code: "import-line-too-large", message } };
    }
    return parseLine(whole, line, ended);
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      bytes += end - start;
      if (bytes <= maxLineBytes) parts.push(chunk.subarray(start, end));
      else parts = [];
      const read = take(true);
      if (read !== undefined) yield read;
      line++;
      start = end + 1;
    }
    bytes += chunk.length - start;
    if (bytes <= maxLineBytes) parts.push(Buffer.from(chunk.subarray(start)));
    else parts = [];
  }
  if (bytes > 0) {
    const read = take(false);
    if (read !== undefined) yield read;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function parseLine(bytes: Uint8Array, line: number, ended: boolean): ReadLine | undefined {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return {
      line,
      fault: ended
        ? { code: "import-utf8-invalid", message: "the line is not UTF-8" }
        : { code: "import-truncated", message: "the file ends in the middle of this line" },
    };
  }
  if (text.trim() === "") return undefined;
  try {
    return { line, value: JSON.parse(text) as unknown };
  } catch (error) {
    return {
      line,
      fault: ended
        ? { code: "import-json-invalid", message: `not JSON: ${(error as Error).message}` }
        : { code: "import-truncated", message: "the file ends in the middle of this line" },
    };
  }
}

/** Refuses a body of more than `most` bytes. */
export async function* limitBytes(
  chunks: AsyncIterable<Uint8Array>,
  most: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > most) {
      throw new ScrutineerError("payload-too-large", `more than ${most} bytes`, { most });
    }
    yield chunk;
  }
}
