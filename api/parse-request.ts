/** Where requests become values: everything behind trusts them. */
import type { z } from "zod";
import { ScrutineerError } from "../protocol/errors.ts";

export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 20).map((issue) => ({
    at: issue.path.join("."),
    message: issue.message,
  }));
  throw new ScrutineerError(
    "invalid-input",
    issues.map(({ at, message }) => (at === "" ? message : `${at}: ${message}`)).join("; "),
    { issues },
  );
}
