/** A decoded argument as text: long bytes shortened, structs and lists set out line by line. */
import { Result } from "ethers";

const MOST_BYTES_SHOWN = 200;
const MOST_ELEMENTS_SHOWN = 20;

export function plainValue(value: unknown, indent = "  "): string {
  if (value instanceof Result) {
    if (value.length === 0) return "(none)";
    const names = namesOf(value);
    const lines = value
      .toArray()
      .slice(0, MOST_ELEMENTS_SHOWN)
      .map((one: unknown, index) => {
        const name = names?.[index];
        return `${indent}${name === undefined ? `[${index}] ` : `${name}: `}${plainValue(one, `${indent}  `)}`;
      });
    const more = value.length - lines.length;
    return `\n${lines.join("\n")}${more > 0 ? `\n${indent}… and ${more} more` : ""}`;
  }
  const text = String(value);
  return text.length > MOST_BYTES_SHOWN
    ? `${text.slice(0, MOST_BYTES_SHOWN)}… (${(text.length - 2) / 2} bytes)`
    : text;
}

/** Undefined: a list, not a struct. */
function namesOf(value: Result): readonly string[] | undefined {
  try {
    const names = Object.keys(value.toObject());
    return names.every((name) => /^[a-z]/i.test(name)) ? names : undefined;
  } catch {
    return undefined;
  }
}
