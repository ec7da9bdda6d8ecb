import { Anchor, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { shorten } from "../data/format.ts";

/** Names and values in a grid. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }): ReactNode {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function HashText({ hash, whole = false }: { hash: string; whole?: boolean }): ReactNode {
  return (
    <span className="hash" title={hash}>
      {whole ? hash : shorten(hash, 6)}
    </span>
  );
}

export function TransactionLink({ hash }: { hash: string }): ReactNode {
  return (
    <Anchor
      component={Link}
      to={`/transactions/${hash}`}
      className="hash"
      title={hash}
      underline="always"
    >
      {shorten(hash, 6)}
    </Anchor>
  );
}

export function Dimmed({ children }: { children: ReactNode }): ReactNode {
  return (
    <Text size="sm" c="dimmed" component="span">
      {children}
    </Text>
  );
}
