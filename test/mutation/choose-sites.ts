import type { Random } from "../support/random.ts";
import type { Site } from "./sites.ts";

/**
 * All sites in the order they are to be tried, the same for the same seed: every beginning of the list is spread over the
 * files in proportion to their sites, and every file comes early at least once.
 */
export function orderSites(sites: readonly Site[], random: Random): Site[] {
  const files = [...new Set(sites.map(({ file }) => file))];
  const placed = files.flatMap((file) => {
    const own = random.shuffle(sites.filter((site) => site.file === file));
    const phase = random.next();
    return own.map((site, i) => ({ site, at: (i + phase) / own.length }));
  });
  const ordered = placed.sort((a, b) => a.at - b.at).map(({ site }) => site);
  const first = files.flatMap((file) => ordered.find((site) => site.file === file) ?? []);
  const rest = ordered.filter((site) => !first.includes(site));
  return [...random.shuffle(first), ...rest];
}
