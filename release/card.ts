/**
 * The dataset card, `README.md`: YAML for the `datasets` library (configs and features pinned),
 * then the live figures for people. It follows from the summary alone.
 */
import type { Column } from "./columns.ts";
import { columnsOf, configNames } from "./columns.ts";
import type { ConfigName } from "./columns.ts";
import { jsonlPath, parquetPath } from "./paths.ts";
import type { ReleaseSummary, TaskSummary } from "./summary.ts";

export function cardOf(summary: ReleaseSummary): string {
  return `---
${frontMatter(summary)}
---

# ${inline(summary.title)}

${inline(summary.release)}, drawn on ${summary.createdAt} from ${counted(summary.tasks.length, "settled task")} on chain ${summary.chainId}
(\`FeedbackTasks\` at \`${summary.contracts.feedbackTasks}\`). Every row can be recounted from the chain and the files in this folder:

    npx scrutineer verify . --rpc URL --contract ADDRESS

\`ADDRESS\` is that of the contract as you know it from elsewhere: a folder can name a contract of its own maker's.
Merkle root of all rows: \`${summary.root}\`. Licence: ${inline(summary.licence)}.

## What is in it

| config | a row is | rows |
|---|---|---:|
| \`preference\` (default) | a pair that people decided, ready for a reward model or DPO | ${summary.rows.preference} |
| \`votes\` | one judgment that counted, with its ballot, signature, score and pay | ${summary.rows.votes} |
| \`battles\` | the same judgments in arena layout | ${summary.rows.battles} |

Each is there as Parquet and as JSONL (${configNames.map((config) => `\`${jsonlPath(config)}\``).join(", ")}); \`evidence/\` holds terms, items with their salts, signatures and openings.
No field is null or missing: an empty string or \`false\` stands for "none". Amounts are strings in the token's smallest unit.

${figuresSection(summary)}

## How a preference is decided

\`aggregation = majority-of-human-votes\`: the side with more human votes than the other side and than the ties. \`agreement\` is the share of the human votes that went to it,
\`preference_strength\` its lead over the other side as a share of them, \`score_chosen\` and \`score_rejected\` count a tie as half a vote. AI judges are counted beside it in \`n_ai\`
and never decide. Ties, identical and empty answers, and pairs nobody judged stay out of \`preference\` and in \`votes\` and \`battles\`.

${leaderboardSection(summary)}

## Money

Token units. escrow = refund + fees + paid + rest, exactly; penalties are lost stake, outside the escrow.

| task | escrow | refund | fees | paid | rest | penalties |
|---|---:|---:|---:|---:|---:|---:|
${summary.tasks
  .map(
    ({ taskId, money: m }) =>
      `| \`${taskId}\` | ${m.escrow} | ${m.refund} | ${m.fees} | ${m.paid} | ${m.rest} | ${m.penalties} |`,
  )
  .join("\n")}

A ballot that the operator receipted and left out is claimed from its bond after the task, for some days yet, so no claim is in these files:
\`verify\` shows those that the chain has by then, and does the sums again. A claim changes no row and no figure here.

${goldSection(summary)}${exclusionsSection(summary)}
`;
}

function frontMatter(summary: ReleaseSummary): string {
  const { languages } = summary.figures;
  return [
    `pretty_name: ${JSON.stringify(summary.title)}`,
    `license: ${JSON.stringify(summary.licence)}`,
    ...(languages.length > 0
      ? ["language:", ...languages.map((l) => `- ${JSON.stringify(l)}`)]
      : []),
    "tags:",
    "- preference",
    "- human-feedback",
    "- rlhf",
    "- dpo",
    "- scrutineer",
    "configs:",
    ...configNames.flatMap((config) => [
      `- config_name: ${config}`,
      ...(config === "preference" ? ["  default: true"] : []),
      "  data_files:",
      "  - split: train",
      `    path: ${parquetPath(config)}`,
    ]),
    "dataset_info:",
    ...configNames.flatMap((config) => datasetInfo(config)),
  ].join("\n");
}

function datasetInfo(config: ConfigName): string[] {
  return [`- config_name: ${config}`, "  features:", ...columnsOf[config].flatMap(featureOf)];
}

function featureOf({ name, type }: Column): string[] {
  switch (type) {
    case "list<string>":
      return [`  - name: ${name}`, "    list: string"];
    case "list<struct<role: string, content: string>>":
      return [
        `  - name: ${name}`,
        "    list:",
        "    - name: role",
        "      dtype: string",
        "    - name: content",
        "      dtype: string",
      ];
    default:
      return [`  - name: ${name}`, `    dtype: ${type}`];
  }
}

function figuresSection({ figures: f, tasks }: ReleaseSummary): string {
  const { agreement } = f;
  const ballots = (kind: keyof TaskSummary["ballots"]): number =>
    tasks.reduce((sum, task) => sum + task.ballots[kind], 0);
  const golds = (kind: "valid" | "void" | "failed"): number =>
    tasks.reduce((sum, { gold }) => sum + (gold?.[kind] ?? 0), 0);
  const alpha = agreement.krippendorffAlpha;
  return `## Figures

| figure | value |
|---|---:|
| ballots; of them void, never opened | ${ballots("human") + ballots("ai")}; ${ballots("voided")}, ${ballots("forfeited")} |
| ballots whose signature, whose opening the chain alone saw (\`chainOnly\` in the evidence) | ${ballots("chainOnlySignatures")}, ${ballots("chainOnlyOpenings")} |
| golds that people bore out; contradicted; ballots that missed too many | ${golds("valid")}; ${golds("void")}; ${golds("failed")} |
| pairs | ${f.items} |
| decided by people | ${f.decided} |
| kept out: tie | ${f.keptOut.tie} |
| kept out: identical answers | ${f.keptOut.identical} |
| kept out: an empty answer | ${f.keptOut.empty} |
| kept out: no human vote | ${f.keptOut.unjudged} |
| human judges, votes (A / B / tie) | ${f.humanJudges}, ${f.humanVotes.a} / ${f.humanVotes.b} / ${f.humanVotes.tie} |
| AI judges, votes (A / B / tie) | ${f.aiJudges}, ${f.aiVotes.a} / ${f.aiVotes.b} / ${f.aiVotes.tie} |
| Krippendorff's alpha of people (nominal; ${counted(agreement.units, "pair")} with two or more votes) | ${alpha === null ? "not defined" : alpha.toFixed(4)} |
| two people agree on the same pair | ${agreement.agreedPairs} of ${agreement.pairs} |`;
}

function leaderboardSection({ figures: f }: ReleaseSummary): string {
  const rows = f.leaderboard.map(
    (m, i) =>
      `| ${i + 1} | ${cell(m.model)} | ${m.strength.toFixed(4)} | ${m.standardError.toFixed(4)} | ${m.votes} |`,
  );
  const table =
    rows.length === 0
      ? ""
      : `\n| | model | log strength | standard error | votes |\n|---:|---|---:|---:|---:|\n${rows.join("\n")}\n`;
  return `## Leaderboard

Bradley-Terry on the human votes, a tie as half a win, mean-centred log strengths, standard errors clustered by pair.
${table}${f.leaderboardNote === "" ? "" : `\n${inline(f.leaderboardNote)}\n`}`.trimEnd();
}

function goldSection({ tasks }: ReleaseSummary): string {
  const rows = tasks.flatMap(({ taskId, gold }) =>
    gold
      ? [
          `| \`${taskId}\` | ${gold.valid + gold.void} | ${gold.void} | ${gold.gate ? "yes" : "no: too many contradicted"} | ${gold.failed} |`,
        ]
      : [],
  );
  if (rows.length === 0) return "";
  return `## Gold

Items whose answer the requester knew, bound before any label and opened when no more ballots were taken. At least three people voted on a contradicted one and two thirds
did not give its answer: it counts for nobody. A ballot that misses too many of the others (Wald's test of .85 against .60) earns nothing; its votes count as all others do.

| task | golds | contradicted | gate | ballots that failed it |
|---|---:|---:|---|---:|
${rows.join("\n")}

`;
}

function exclusionsSection({ exclusions }: ReleaseSummary): string {
  if (exclusions.length === 0) return "## Exclusions\n\nNothing was left out.";
  const shown = exclusions.slice(0, 20);
  const rest = exclusions.length - shown.length;
  const rows = shown.map(
    (e) =>
      `| \`${e.validator}\` | ${e.itemIndex < 0 ? "whole ballot" : e.itemIndex} | ${cell(e.reason)} |`,
  );
  return `## Exclusions

| validator | item | why |
|---|---|---|
${rows.join("\n")}${rest > 0 ? `\n\nand ${rest} more in \`manifest.json\`.` : ""}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Other people's words on one line. */
function inline(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function cell(text: string): string {
  return inline(text).replaceAll("|", "\\|");
}
