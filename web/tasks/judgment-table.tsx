import type { ReactNode } from "react";

export function JudgmentTable(_props: { taskId: string }): ReactNode {
  return null;
}
