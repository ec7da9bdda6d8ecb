import type { ReactNode } from "react";

export function TracePage(): ReactNode {
  return null;
}
