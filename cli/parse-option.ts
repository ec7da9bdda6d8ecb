/** Options as commander hands them over: text in, a value out, a complaint in its own words. */
import { InvalidArgumentError } from "commander";

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError("Not a whole number.");
  return value;
}
