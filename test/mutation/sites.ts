/** What is done to a line: one of the faults that tests are to notice. */
export type Operator = "comparison" | "guard" | "arithmetic" | "boolean" | "constant";

/** A place in a source and what is put there instead. `start` and `end` are offsets into the text. */
export interface Site {
  readonly file: string;
  readonly line: number;
  readonly operator: Operator;
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

type Node = Readonly<Record<string, unknown>> & { readonly nodeType: string; readonly src: string };

interface Change {
  readonly operator: Operator;
  readonly start: number;
  readonly end: number;
  readonly after: string;
}

const COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
};
const ARITHMETIC: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "/",
  "**": "*",
  "<<": ">>",
  ">>": "<<",
  "&": "|",
  "|": "&",
  "^": "|",
};
const BOOLEANS: Readonly<Record<string, string>> = { "&&": "||", "||": "&&" };
const YUL_COMPARISONS: Readonly<Record<string, string>> = { lt: "gt", gt: "lt", eq: "xor" };
const YUL_ARITHMETIC: Readonly<Record<string, string>> = {
  add: "sub",
  sub: "add",
  mul: "div",
  div: "mul",
  mod: "div",
  shl: "shr",
  shr: "shl",
  and: "or",
  or: "and",
  xor: "or",
};
/** Functions that revert where their first argument does not hold. */
const REQUIRES: readonly string[] = ["require", "assert", "_need"];
const LEAVES: readonly string[] = ["RevertStatement", "Return", "Continue", "Break"];

/** Every change to one source that is worth a try, in the order of the text. `ast` is the compiler's, as parsed. */
export function listSites(file: string, text: string, ast: unknown): Site[] {
  const bytes = Buffer.from(text);
  const charAt = (byte: number): number => bytes.subarray(0, byte).toString().length;
  const sites: Site[] = [];
  visit(ast, (node) => {
    for (const change of changesOf(node, bytes)) {
      const [start, end] = [charAt(change.start), charAt(change.end)];
      const line = text.slice(0, start).split("\n").length;
      const before = text.slice(start, end);
      sites.push({
        file,
        line,
        operator: change.operator,
        start,
        end,
        before,
        after: change.after,
      });
    }
  });
  return sites.sort((a, b) => a.start - b.start || a.after.localeCompare(b.after));
}

/** The source with the change made. */
export function applySite(text: string, site: Site): string {
  return text.slice(0, site.start) + site.after + text.slice(site.end);
}

/** The changed line as it reads afterwards, its spaces squeezed: with the file, a mutant's name for as long as the line stands. */
export function keyOf(site: Site, text: string): string {
  const changed = applySite(text, site);
  const start = changed.lastIndexOf("\n", site.start - 1) + 1;
  const stop = changed.indexOf("\n", site.start + site.after.length);
  const line = changed.slice(start, stop === -1 ? undefined : stop);
  return `${site.file}: ${line.trim().replace(/\s+/g, " ")}`;
}

function changesOf(node: Node, bytes: Buffer): Change[] {
  switch (node.nodeType) {
    case "BinaryOperation":
      return binaryChanges(node, bytes);
    case "Assignment":
      return assignmentChanges(node, bytes);
    case "UnaryOperation":
      return unaryChanges(node, bytes);
    case "Literal":
      return literalChanges(node, bytes);
    case "IfStatement":
      return guardChanges(node);
    case "FunctionCall":
      return requireChanges(node);
    case "YulFunctionCall":
      return yulCallChanges(node);
    case "YulLiteral":
      return node["kind"] === "number" ? [constant(node, bytes)] : [];
    default:
      return [];
  }
}

function binaryChanges(node: Node, bytes: Buffer): Change[] {
  const operator = String(node["operator"]);
  const [start, end] = between(node["leftExpression"], node["rightExpression"], operator, bytes);
  const change = (kind: Operator, after: string): Change => ({ operator: kind, start, end, after });
  return [
    ...(COMPARISONS[operator] ?? []).map((after) => change("comparison", after)),
    ...optional(ARITHMETIC[operator]).map((after) => change("arithmetic", after)),
    ...optional(BOOLEANS[operator]).map((after) => change("boolean", after)),
  ];
}

function assignmentChanges(node: Node, bytes: Buffer): Change[] {
  const operator = String(node["operator"]);
  const swapped = ARITHMETIC[operator.slice(0, -1)];
  if (swapped === undefined) return [];
  const [start, end] = between(node["leftHandSide"], node["rightHandSide"], operator, bytes);
  return [{ operator: "arithmetic", start, end, after: `${swapped}=` }];
}

function unaryChanges(node: Node, bytes: Buffer): Change[] {
  const operator = String(node["operator"]);
  const [start, end] = rangeOf(node);
  const at = node["prefix"] === true ? start : end - operator.length;
  const drop = { start: at, end: at + operator.length, after: "" };
  if (operator === "!") return [{ operator: "boolean", ...drop }];
  if (operator === "-") return [{ operator: "arithmetic", ...drop }];
  // A loop that counts down runs until its gas is gone: a fault, but one that nothing could miss.
  const loop = bytes.subarray(0, start).toString().endsWith("; ");
  if ((operator === "++" || operator === "--") && !loop)
    return [{ operator: "arithmetic", ...drop, after: operator === "++" ? "--" : "++" }];
  return [];
}

function literalChanges(node: Node, bytes: Buffer): Change[] {
  if (node["kind"] === "number") return [constant(node, bytes)];
  if (node["kind"] !== "bool") return [];
  const [start, end] = rangeOf(node);
  return [{ operator: "boolean", start, end, after: node["value"] === "true" ? "false" : "true" }];
}

function constant(node: Node, bytes: Buffer): Change {
  const [start, end] = rangeOf(node);
  const value = bytes.subarray(start, end).toString();
  // One more; a mask with the lowest bit gone is one less, for one more would be another width.
  const hex = /^0x[0-9a-f]+$/i.test(value);
  const plain = /^[0-9_]+$/.test(value);
  const number = hex || plain ? BigInt(value.replaceAll("_", "")) : undefined;
  if (number === undefined) return { operator: "constant", start, end, after: `(2 * ${value})` };
  const after = hex
    ? `0x${(number - 1n < 0n ? 1n : number - 1n).toString(16).padStart(value.length - 2, "0")}`
    : String(number + 1n);
  return { operator: "constant", start, end, after };
}

/** `if (…) revert …;`, and the same with `return`, `continue` and `break`: the check is gone. */
function guardChanges(node: Node): Change[] {
  if (node["falseBody"] != null || !leaves(node["trueBody"])) return [];
  const [start, end] = rangeOf(node["condition"]);
  return [{ operator: "guard", start, end, after: "false" }];
}

function leaves(body: unknown): boolean {
  if (!isNode(body)) return false;
  if (LEAVES.includes(body.nodeType)) return true;
  const called: unknown = isNode(body["expression"]) && body["expression"]["expression"];
  if (isNode(called) && called["name"] === "revert") return true;
  const statements: unknown = body["statements"];
  return Array.isArray(statements) && statements.length === 1 && leaves(statements[0]);
}

function requireChanges(node: Node): Change[] {
  const called: unknown = node["expression"];
  const given: unknown = node["arguments"];
  if (!isNode(called) || !REQUIRES.includes(String(called["name"]))) return [];
  if (!Array.isArray(given) || given.length === 0) return [];
  const [start, end] = rangeOf(given[0]);
  return [{ operator: "guard", start, end, after: "true" }];
}

function yulCallChanges(node: Node): Change[] {
  const called: unknown = node["functionName"];
  if (!isNode(called)) return [];
  const [start, end] = rangeOf(called);
  const name = String(called["name"]);
  return [
    ...optional(YUL_COMPARISONS[name]).map((after): Change => ({
      operator: "comparison",
      start,
      end,
      after,
    })),
    ...optional(YUL_ARITHMETIC[name]).map((after): Change => ({
      operator: "arithmetic",
      start,
      end,
      after,
    })),
  ];
}

/** Where an operator stands: parentheses, and comments even, may lie between it and what it joins. */
function between(left: unknown, right: unknown, operator: string, bytes: Buffer): [number, number] {
  const from = rangeOf(left)[1];
  const gap = bytes.subarray(from, rangeOf(right)[0]);
  const start = from + gap.indexOf(operator);
  return [start, start + operator.length];
}

function rangeOf(node: unknown): [number, number] {
  if (!isNode(node)) throw new Error("no place in the source");
  const [start = 0, length = 0] = node.src.split(":").map(Number);
  return [start, start + length];
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const each of value as unknown[]) visit(each, see);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (isNode(value)) {
    // The length of an array is a part of its type.
    if (value.nodeType === "ArrayTypeName") return;
    see(value);
  }
  for (const each of Object.values(value)) visit(each, see);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "nodeType" in value && "src" in value;
}

function optional<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
