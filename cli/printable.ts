/** A stranger's text on somebody's terminal: nothing that steers it. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, " ");
}
