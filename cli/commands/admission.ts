/** `scrutineer admission`: lists of validators drawn from the chain by a rule, and drawn again to check one. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { isDrawn, MAX_ADMITTED, type DrawingRule } from "../../protocol/admission.ts";
import { describeAdmission } from "../../protocol/admission-words.ts";
import { isScrutineerError, ScrutineerError } from "../../protocol/errors.ts";
import { toAddress, toHash, type Address, type Hash, type Role } from "../../protocol/words.ts";
import { findAdmissionFault } from "../../release/recount/check-admission.ts";
import { readListFile } from "../admission/list-file.ts";
import { openPlace, type PlaceOptions } from "../admission/open-place.ts";
import { DEFAULT_API } from "../api-client.ts";
import { action, type AddCommand } from "../command.ts";
import type { Output, Result } from "../output.ts";
import { wholeNumber } from "../parse-option.ts";

/** Fewer human seats, and no task opens. */
const LEAST_HUMANS = 3;

interface DrawOptions extends PlaceOptions {
  readonly rule: DrawingRule["rule"];
  readonly role: Role;
  readonly block: number;
  readonly contract?: Address;
  readonly schema?: Hash;
  readonly attester: readonly Address[];
  readonly minimum?: number;
}

export const addAdmissionCommand: AddCommand = (program) => {
  const admission = program
    .command("admission")
    .description("draw lists of who may judge, from the chain, and check one");
  place(
    admission
      .command("draw")
      .description("print the list that a rule gives, as `task create` takes it")
      .addOption(
        new Option("--rule <rule>", "by attestations of EAS, or by scored ballots")
          .choices(["eas", "settled"])
          .makeOptionMandatory(),
      )
      .requiredOption(
        "--block <number>",
        "what counts is the chain at its end; choose one that is final",
        wholeNumber,
      )
      .option("--contract <address>", "eas: the EAS contract", parsed(toAddress))
      .option("--schema <uid>", "eas: of this schema", parsed(toHash))
      .option(
        "--attester <address>",
        "eas: whose attestations count; again for each",
        (text: string, before: readonly Address[]) => [...before, parsed(toAddress)(text)],
        [] as readonly Address[],
      )
      .option("--minimum <number>", "settled: scored ballots at least", wholeNumber),
  ).action(action(draw));
  place(
    admission
      .command("check")
      .description("draw a list again and compare; exit 1 if the rule does not give it")
      .argument("<file>", "what `admission draw` printed, or the rule of a manifest"),
  ).action(action(check));
};

function place(command: Command): Command {
  return command
    .addOption(
      new Option("--role <role>", "whose list: holders of a seat in this role")
        .choices(["human", "ai"])
        .default("Human")
        .argParser((text) => {
          if (text !== "human" && text !== "ai") throw new InvalidArgumentError("human or ai.");
          return text === "human" ? "Human" : "Ai";
        }),
    )
    .option("--api <url>", "names chain and contract, unless both are given", DEFAULT_API)
    .option("--rpc <url>", "the chain; default: the one the service names")
    .option("--tasks <address>", "the FeedbackTasks contract; default: the one the service names");
}

async function draw(output: Output, options: DrawOptions): Promise<Result> {
  const rule = drawingRule(options);
  const chain = await openPlace(options);
  try {
    const validators = await chain.draw(rule, options.role);
    // What is printed is a file for others; what it means is for whoever watches.
    output.complain(`${describeAdmission(rule, options.role)}: ${validators.length}`);
    if (validators.length === 0) {
      throw new ScrutineerError("tree-empty", "the rule gives nobody", { ...rule });
    }
    if (validators.length > MAX_ADMITTED) {
      throw new ScrutineerError(
        "invalid-input",
        `the rule gives ${validators.length} validators, a list has at most ${MAX_ADMITTED}`,
      );
    }
    if (options.role === "Human" && validators.length < LEAST_HUMANS) {
      output.complain(`a task opens with ${LEAST_HUMANS} people or more`);
    }
    const list = { ...rule, validators };
    return { json: list, text: JSON.stringify(list, null, 2) };
  } finally {
    chain.close();
  }
}

async function check(
  _output: Output,
  options: PlaceOptions & { readonly role: Role },
  file: string,
): Promise<Result> {
  const list = await readListFile(file);
  const words = describeAdmission(list, options.role);
  if (!isDrawn(list)) {
    throw new ScrutineerError("invalid-input", `${words}: nothing that a chain could show`, {
      rule: list.rule,
    });
  }
  const chain = await openPlace(options);
  try {
    const fault = await findAdmissionFault(list, options.role, (rule, role) =>
      chain.draw(rule, role),
    ).catch((error: unknown) => {
      if (isScrutineerError(error, "recount-failed")) return error.message;
      throw error;
    });
    const count = list.validators.length;
    return {
      json: { holds: fault === undefined, validators: count, fault: fault ?? null },
      holds: fault === undefined,
      text: fault === undefined ? `holds: ${words}: ${count}` : `does not hold: ${fault}`,
    };
  } finally {
    chain.close();
  }
}

function drawingRule({
  rule,
  block,
  contract,
  schema,
  attester,
  minimum,
}: DrawOptions): DrawingRule {
  if (rule === "settled") {
    if (minimum === undefined || minimum < 1) {
      throw new ScrutineerError("invalid-input", "--rule settled needs --minimum of 1 or more");
    }
    return { rule, minimum, block };
  }
  if (contract === undefined || schema === undefined || attester.length === 0) {
    throw new ScrutineerError(
      "invalid-input",
      "--rule eas needs --contract, --schema and --attester",
    );
  }
  return { rule, contract, schema, attesters: [...new Set(attester)].sort(), block };
}

/** A complaint of the protocol, as commander words them. */
function parsed<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}
