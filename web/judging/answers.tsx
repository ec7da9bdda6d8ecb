import type { ReactNode } from "react";
import type { Message } from "../data/schemas.ts";
import { MessageText } from "./markdown.tsx";
import type { ShownItem } from "./verify-item.ts";

const roleWords: Readonly<Record<string, string>> = {
  user: "Asked",
  assistant: "Answered before",
  system: "Instructions to the model",
};

/** The whole conversation up to the two answers. */
export function Conversation({
  messages,
  raw,
}: {
  messages: readonly Message[];
  raw: boolean;
}): ReactNode {
  return (
    <section aria-label="Conversation" className="conversation">
      {messages.map(({ role, content }, index) => (
        <div key={index} className="panel turn" data-role={role}>
          <h2 className="turn-role" tabIndex={-1}>
            {roleWords[role] ?? role}
          </h2>
          <MessageText text={content} raw={raw} />
        </div>
      ))}
    </section>
  );
}

export type Layout = "side" | "stacked";

interface AnswersProps {
  readonly item: ShownItem;
  readonly raw: boolean;
  readonly layout: Layout;
  readonly titles?: readonly [string, string];
}

const sideTitles = ["Left answer", "Right answer"] as const;

export function Answers({ item, raw, layout, titles = sideTitles }: AnswersProps): ReactNode {
  return (
    <div className="answers" data-layout={layout}>
      <Answer title={titles[0]} messages={item.left} raw={raw} side="left" />
      <Answer title={titles[1]} messages={item.right} raw={raw} side="right" />
    </div>
  );
}

interface AnswerProps {
  readonly title: string;
  readonly side: "left" | "right";
  readonly messages: readonly Message[];
  readonly raw: boolean;
}

function Answer({ title, side, messages, raw }: AnswerProps): ReactNode {
  return (
    <section className="panel answer" aria-labelledby={`answer-title-${side}`} data-side={side}>
      <h2 className="answer-title" id={`answer-title-${side}`}>
        {title}
      </h2>
      <div className="answer-body">
        {messages.map(({ role, content }, index) => (
          <div key={index}>
            {messages.length > 1 && (
              <p className="turn-role">{role === "user" ? "Asked" : "Answered"}</p>
            )}
            {content.trim() === "" ? (
              <p className="turn-role">(empty)</p>
            ) : (
              <MessageText text={content} raw={raw} />
            )}
          </div>
        ))}
      </div>
    </section>
  );
}
