/** A decoded argument as text: long bytes shortened, structs and lists set out line by line. */
import { Result } from "ethers";

const MOST_BYTES_SHOWN = 200;
const MOST_ELEMENTS_SHOWN = 20;

export function plainValue(value: unknown, indent = "  "): string {
  if (value instanceof Result) {
    const names = Object.keys(value.toObject());
    const named = names.some((name) => !name.startsWith("_"));
    const lines = value
      .toArray()
      .slice(0, MOST_ELEMENTS_SHOWN)
      .map((one: unknown, index) => `${indent}${named ? `${names[index]}: ` : `[${index}] `}${plainValue(one, `${indent}  `)}`);
    const more = value.length - lines.length;
    return value.length === 0
      ? "(none)"
      : `\n${lines.join("\n")}${more > 0 ? `\n${indent}… and ${more} more` : ""}`;
  }
  const text = String(value);
  return text.length > MOST_BYTES_SHOWN
    ? `${text.slice(0, MOST_BYTES_SHOWN)}… (${(text.length - 2) / 2} bytes)`
    : text;
}
