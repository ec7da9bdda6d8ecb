import { readFileSync } from "node:fs";

/** A file of published figures from `test/vectors`. */
export function readVector<Shape>(name: string): Shape {
  return JSON.parse(
    readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"),
  ) as Shape;
}
