/** What a tab, a bookmark and a screen reader call each page. */
import { shorten } from "../data/format.ts";

const titles: readonly (readonly [RegExp, (name: string) => string])[] = [
  [/^\/$/, () => "Judge"],
  [/^\/judge\/([^/]+)$/, (task) => `Judging task ${task}`],
  [/^\/ballots$/, () => "My ballots"],
  [/^\/tasks$/, () => "Tasks"],
  [/^\/tasks\/([^/]+)$/, (task) => `Task ${task}`],
  [/^\/releases$/, () => "Releases"],
  [/^\/lineage\/([^/]+)$/, (id) => `Lineage of ${id}`],
  [/^\/trace\/[^/]+\/[^/]+\/([^/]+)$/, (itemIndex) => `Trace of a judgment on item ${itemIndex}`],
  [/^\/transactions\/([^/]+)$/, (hash) => `Transaction ${hash}`],
];

export function pageTitle(pathname: string): string {
  for (const [route, titleOf] of titles) {
    const name = route.exec(pathname);
    if (name !== null) return `${titleOf(shorten(name[1] ?? ""))} · Scrutineer`;
  }
  return "No such page · Scrutineer";
}
