import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

export function Waiting({ what }: { what: string }): ReactNode {
  return (
    <Group justify="center" py="xl" role="status">
      <Loader size="sm" aria-hidden />
      <Text c="dimmed">Waiting for {what} …</Text>
    </Group>
  );
}

/** Whether a person said no in the wallet's own window. */
export function isDeclined(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error && error.code;
  return code === "ACTION_REJECTED" || code === 4001;
}

/** What a person should read of anything thrown: wallets and ethers bury the sentence in fields of their own. */
export function sentenceOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  const { shortMessage, message } = error as {
    shortMessage?: unknown;
    message?: unknown;
  };
  if (isDeclined(error)) return "You declined in the wallet.";
  if (typeof shortMessage === "string") return shortMessage;
  return typeof message === "string" && message !== "" ? message : "Something went wrong.";
}

export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }): ReactNode {
  return (
    <Alert color="red" variant="light" title="That did not work" role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{sentenceOf(error)}</Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
