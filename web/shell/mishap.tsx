import type { ReactNode } from "react";
import { Component } from "react";
import { Failure } from "./notices.tsx";

interface MishapProps {
  readonly children: ReactNode;
}

/** A page that breaks must not take the others, or a ballot in the making, with it. */
export class Mishap extends Component<MishapProps, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (!("error" in this.state)) return this.props.children;
    return <Failure error={this.state.error} onRetry={() => location.reload()} />;
  }
}
