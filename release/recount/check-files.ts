/** Sizes and sha-256 of the files, as the manifest lists them. */
import { CARD_PATH, listedPaths } from "../paths.ts";
import type { ReleaseManifest } from "../summary.ts";
import { cardOf } from "../card.ts";
import { hashFile, openFile, readText } from "./release-reader.ts";
import type { ReleaseReader } from "./release-reader.ts";
import { hold, holdEqual } from "./report.ts";

export async function checkFiles(
  reader: ReleaseReader,
  manifest: ReleaseManifest,
): Promise<number> {
  const listed = manifest.files.map(({ path }) => path);
  holdEqual("manifest.json, files", "files listed", listed.join(" "), listedPaths.join(" "));
  for (const { path, bytes, sha256 } of manifest.files) {
    const file = await openFile(reader, path);
    holdEqual(path, "size in bytes", bytes, file.byteLength);
    holdEqual(path, "sha-256", sha256, await hashFile(file));
  }
  return manifest.files.length;
}

/** The card says what the manifest says, and nothing else. */
export async function checkCard(reader: ReleaseReader, manifest: ReleaseManifest): Promise<void> {
  const said = (await readText(await openFile(reader, CARD_PATH), CARD_PATH)).split("\n");
  const due = cardOf(manifest).split("\n");
  for (let i = 0; i < Math.max(said.length, due.length); i++) {
    hold(
      said[i] === due[i],
      `${CARD_PATH}:${i + 1}`,
      `${said[i] ?? "nothing"} is said, ${due[i] ?? "nothing"} is due`,
    );
  }
}
