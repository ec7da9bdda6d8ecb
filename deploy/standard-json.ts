import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The compiler's own command leaves before all of a long answer is written. */
const COMPILE = `
  const { readFileSync, writeFileSync } = require("node:fs");
  writeFileSync(1, require("solc").compile(readFileSync(0, "utf8")));
`;
const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What a compiler is given: https://docs.soliditylang.org/en/latest/using-the-compiler.html#input-description. */
export interface StandardJsonInput {
  readonly language: string;
  readonly sources: Readonly<Record<string, { readonly content: string }>>;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Where in a contract's code something is put in later: by library or by number of the immutable. */
export interface CodePlace {
  readonly start: number;
  readonly length: number;
}

export interface CompiledCode {
  /** Hexadecimal, without 0x. */
  readonly object: string;
  readonly linkReferences?: Readonly<
    Record<string, Readonly<Record<string, readonly CodePlace[]>>>
  >;
  readonly immutableReferences?: Readonly<Record<string, readonly CodePlace[]>>;
}

export interface CompiledContract {
  readonly evm: { readonly bytecode: CompiledCode; readonly deployedBytecode: CompiledCode };
}

export interface StandardJsonOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources?: Readonly<Record<string, { readonly ast: unknown }>>;
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, CompiledContract>>>>;
}

/** Compiles with the project's own compiler, in a process of its own. Errors in the sources are in the answer, not thrown. */
export async function compileStandardJson(input: StandardJsonInput): Promise<StandardJsonOutput> {
  const child = spawn(process.execPath, ["--eval", COMPILE], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  child.stdin.end(JSON.stringify(input));
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (status !== 0) throw new Error(`the compiler ended with ${status}`);
  return JSON.parse(Buffer.concat(chunks).toString()) as StandardJsonOutput;
}

/** The first error, or undefined where everything compiled. */
export function findError(output: StandardJsonOutput): string | undefined {
  return output.errors?.find(({ severity }) => severity === "error")?.formattedMessage;
}
