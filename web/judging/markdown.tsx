import { ActionIcon } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import type { ComponentProps, ReactNode } from "react";
import { memo, useRef } from "react";
import Markdown from "react-markdown";
import rehypeHighlight from "rehype-highlight";
import rehypeKatex from "rehype-katex";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import remarkMath from "remark-math";
import { Icon } from "../shell/icons.tsx";
import { markFormulas } from "./math-source.ts";

/**
 * A model's words, formatted. They are hostile input: HTML stays text, what markdown yields is sanitised before formulas and
 * colours are put in by our own code, links do nothing, and no picture is fetched from anywhere.
 */
export const MessageText = memo(function MessageText({
  text,
  raw,
}: {
  text: string;
  raw: boolean;
}): ReactNode {
  if (raw)
    return (
      <pre className="raw-text" dir="auto">
        {text}
      </pre>
    );
  return (
    <div className="prose" dir="auto">
      <Markdown
        remarkPlugins={[remarkGfm, [remarkMath, { singleDollarTextMath: false }]]}
        rehypePlugins={[
          [rehypeSanitize, sanitizing],
          [
            rehypeKatex,
            {
              trust: false,
              strict: "ignore",
              maxSize: 20,
              maxExpand: 200,
              errorColor: "var(--failed-formula)",
            },
          ],
          [rehypeHighlight, { detect: false }],
        ]}
        components={components}
      >
        {markFormulas(text)}
      </Markdown>
    </div>
  );
});

/** GitHub's own list, without pictures, and with the marks that formulas are found by. */
const sanitizing = {
  ...defaultSchema,
  tagNames: (defaultSchema.tagNames ?? []).filter((name) => !["picture", "source"].includes(name)),
  attributes: {
    ...defaultSchema.attributes,
    code: [
      ["className", /^language-./, "math-inline", "math-display"] as [
        string,
        ...(string | RegExp)[],
      ],
    ],
  },
  clobberPrefix: "answer-",
};

type PropsOf<Tag extends "a" | "img" | "pre" | "table"> = ComponentProps<Tag> & { node?: unknown };

const components = {
  /** Shown with its target, and inert. */
  a({ children, href, node: _node, ...rest }: PropsOf<"a">): ReactNode {
    if (rest["aria-describedby"] !== undefined || href?.startsWith("#"))
      return <span>{children}</span>;
    return (
      <span className="inert-link" title={href}>
        {children}
        {href !== undefined && children !== href && <span className="link-target"> ({href})</span>}
      </span>
    );
  },
  img({ alt, src }: PropsOf<"img">): ReactNode {
    return (
      <span className="inert-link">
        [picture{alt ? `: ${alt}` : ""}
        {typeof src === "string" ? `, ${src}` : ""}]
      </span>
    );
  },
  pre: CodeBlock,
  table({ node: _node, ...rest }: PropsOf<"table">): ReactNode {
    return (
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Table">
        <table {...rest} />
      </div>
    );
  },
  h1: heading,
  h2: heading,
  h3: heading,
  h4: heading,
  h5: heading,
  h6: heading,
};

/** An answer's headings lie below the page's own. */
function heading({ children }: { children?: ReactNode }): ReactNode {
  return <h4>{children}</h4>;
}

function CodeBlock({ children, node: _node, ...rest }: PropsOf<"pre">): ReactNode {
  const block = useRef<HTMLPreElement>(null);
  const clipboard = useClipboard({ timeout: 1_500 });
  return (
    <div className="code-block">
      <pre ref={block} tabIndex={0} {...rest}>
        {children}
      </pre>
      <ActionIcon
        className="copy-code"
        variant="default"
        size="sm"
        aria-label={clipboard.copied ? "Copied" : "Copy code"}
        onClick={() => clipboard.copy(block.current?.innerText ?? "")}
      >
        <Icon name={clipboard.copied ? "check" : "copy"} size={14} />
      </ActionIcon>
    </div>
  );
}
