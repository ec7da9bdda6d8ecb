/**
 * Finds the formulas in a model's markdown and marks them in the one form the parser is told to believe, `$$`.
 *
 * Models write `\( … \)`, `\[ … \]` and `$ … $`; people write "$5 or $10". As in Pandoc, a single dollar opens a formula
 * only before a non-space and closes it only after a non-space and not before a digit. Code is left alone. A dollar that
 * is no formula stays a dollar.
 */

/** Fenced blocks, then inline code: text in which nothing is a formula. An unclosed fence runs to the end, as in CommonMark. */
const CODE =
  /(^|\n)[ \t]{0,3}(`{3,}|~{3,})[^\n]*(?:\n[\s\S]*?(?:\n[ \t]{0,3}\2[`~]*[ \t]*(?=\n|$)|$)|$)|(`+)(?!`)[\s\S]*?[^`]\3(?!`)/g;

const FORMULA =
  /\\\[([\s\S]+?)\\\]|\\\(([\s\S]+?)\\\)|\$\$([\s\S]+?)\$\$|(?<![\\$\w])\$(?![\s$])((?:[^$\n\\]|\\[^\n])*?[^\s$\\]|[^\s$\\])\$(?![\d$])/g;

export function markFormulas(markdown: string): string {
  let marked = "";
  let from = 0;
  for (const code of markdown.matchAll(CODE)) {
    marked += markText(markdown.slice(from, code.index)) + code[0];
    from = code.index + code[0].length;
  }
  return marked + markText(markdown.slice(from));
}

function markText(text: string): string {
  return text.replace(FORMULA, (whole: string, ...groups: unknown[]) => {
    const [bracket, paren, double, single, at] = groups as [
      string?,
      string?,
      string?,
      string?,
      number?,
    ];
    const inline = paren ?? single;
    if (inline !== undefined) return `$$${inline.trim()}$$`;
    const display = bracket ?? double ?? "";
    const indent = indentIfAlone(text, at ?? 0, whole.length);
    if (indent !== undefined) return `\n${indent}$$\n${indent}${display.trim()}\n${indent}$$\n`;
    return `$$${display.trim()}$$`;
  });
}

/** A block formula has its lines to itself: the spaces before it; undefined inside a sentence. */
function indentIfAlone(text: string, at: number, length: number): string | undefined {
  const before = /(?:^|\n)([ \t]*)$/.exec(text.slice(0, at));
  const after = /^[ \t]*(?:\n|$)/.test(text.slice(at + length));
  return before && after ? before[1] : undefined;
}
