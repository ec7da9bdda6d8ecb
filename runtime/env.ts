/**
 * The environment, read once into a frozen object by whoever starts a process. Each complaint names its variable.
 *
 *     const config = readEnv(z.object({ PORT: z.coerce.number().int().default(4000) }), process.env);
 */
import type { z } from "zod";

export class EnvError extends Error {
  readonly code = "config-invalid";
  /** One line a variable. */
  readonly complaints: readonly string[];

  constructor(complaints: readonly string[]) {
    super(`The environment does not fit:\n${complaints.map((line) => `  ${line}`).join("\n")}`);
    this.name = "EnvError";
    this.complaints = complaints;
  }
}

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that are set but empty count as unset, as `.env` files write them. Throws EnvError. */
export function readEnv<Schema extends z.ZodObject>(
  schema: Schema,
  env: Env,
): Readonly<z.output<Schema>> {
  const given = Object.fromEntries(
    Object.keys(schema.shape)
      .map((name) => [name, env[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return Object.freeze(parsed.data);
  throw new EnvError(
    parsed.error.issues.map((issue) => {
      const name = String(issue.path[0] ?? "(all)");
      return name in schema.shape && !(name in given)
        ? `${name} is missing (${issue.message})`
        : `${name}: ${issue.message}`;
    }),
  );
}
