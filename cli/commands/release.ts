/** `scrutineer release`: draws a data set from settled tasks and fetches it. */
import { mkdir, readdir } from "node:fs/promises";
import type { ReleaseJson } from "../../api/schemas/releases.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { createApiClient, DEFAULT_API } from "../api-client.ts";
import { action } from "../command.ts";
import type { AddCommand } from "../command.ts";
import { downloadRelease } from "../download-release.ts";
import type { Output, Result } from "../output.ts";

interface ReleaseOptions {
  readonly out: string;
  readonly api: string;
  readonly licence?: string;
  readonly title?: string;
}

export const addReleaseCommand: AddCommand = (program) => {
  program
    .command("release")
    .description("draw a data set from settled tasks")
    .argument("<task...>", "ids of settled tasks")
    .requiredOption("--out <dir>", "where the files go; must not exist or be empty")
    .option("--api <url>", "the REST interface to ask", DEFAULT_API)
    .option(
      "--licence <id>",
      'of the data, as data set cards name it, for example cc-by-4.0 (default: "other")',
    )
    .option("--title <text>", "of the data set; default: the titles of its tasks")
    .action(action(release));
};

async function release(
  output: Output,
  { out, api: url, licence, title }: ReleaseOptions,
  ...taskIds: string[]
): Promise<Result> {
  await mkdir(out, { recursive: true });
  if ((await readdir(out)).length > 0) {
    throw new ScrutineerError("file-exists", `${out} is not empty`, { dir: out });
  }
  const api = createApiClient(url);
  const drawn = await api.post<ReleaseJson>("/releases", { taskIds, licence, title });
  if (drawn === undefined) throw new ScrutineerError("internal", "the service drew no release");
  output.say(`fetching ${drawn.files.length} files`);
  await downloadRelease(api, drawn, out);
  return {
    json: {
      releaseId: drawn.releaseId,
      root: drawn.root,
      rows: drawn.rows,
      files: drawn.files,
      out,
    },
    text: `release ${drawn.releaseId}: ${drawn.rows} rows in ${out}, root ${drawn.root}`,
  };
}
