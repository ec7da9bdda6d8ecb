/** What text a column can hold: PostgreSQL keeps no NUL, and UTF-8 cannot say half a surrogate pair. */
const UNKEEPABLE = /[\0\p{Surrogate}]/u;

export function isKeepable(text: string): boolean {
  return !UNKEEPABLE.test(text);
}

/** The nearest text that can be kept: U+FFFD wherever something cannot. */
export function toKeepable(text: string): string {
  return text.replaceAll(new RegExp(UNKEEPABLE, "gu"), "\uFFFD");
}
