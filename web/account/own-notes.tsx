/** Strength, times and all else that a verdict does not say is kept off chain by the service: its owner's to take and to erase. */
import { Button, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { signingDomain } from "../../protocol/typed-data.ts";
import { useSurroundings } from "../data/config.tsx";
import { eraseNotes, exportNotes } from "../data/rest.ts";
import { Failure } from "../shell/notices.tsx";
import type { Account } from "./account.tsx";
import { askSignedIn } from "./session.ts";

export function OwnNotes({ account }: { account: Account }): ReactNode {
  const { config } = useSurroundings();
  const [asking, { open, close }] = useDisclosure(false);
  const domain = signingDomain(config.chainId, config.contracts.feedbackTasks);
  const take = useMutation({
    mutationFn: async () => {
      const notes = await askSignedIn(account, domain, exportNotes);
      save(`notes-${account.address}.json`, notes);
    },
  });
  const erase = useMutation({
    mutationFn: () => askSignedIn(account, domain, eraseNotes),
    onSettled: close,
  });
  const error = take.error ?? erase.error;
  return (
    <Stack className="panel" p="lg" gap="md" component="section" aria-label="My notes">
      <Title order={2} size="h4">
        My notes
      </Title>
      <Text size="sm" c="dimmed">
        How sure you were, how long you took and by which guideline you judged is kept by the
        service and never on chain, where your ballots hold no more than a salted hash of it.
      </Text>
      <Group gap="xs">
        <Button variant="default" loading={take.isPending} onClick={() => take.mutate()}>
          Export my notes
        </Button>
        <Button variant="default" loading={erase.isPending} onClick={open}>
          Erase my notes
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {erase.data !== undefined &&
            `Erased: the notes of ${erase.data} ${erase.data === 1 ? "ballot" : "ballots"}.`}
        </Text>
      </Group>
      {error && <Failure error={error} />}
      <Modal opened={asking} onClose={close} title="Erase your notes in all tasks?" centered>
        <Stack gap="md">
          <Text size="sm">
            They are gone for good from the service, and nobody can guess them from their hash. Your
            verdicts, their score and their pay stay as they are. This browser keeps what it noted
            itself, and hands it in again with your next verdict in a task.
          </Text>
          <Group gap="xs">
            <Button color="red.9" loading={erase.isPending} onClick={() => erase.mutate()}>
              Erase them
            </Button>
            <Button variant="default" onClick={close}>
              Keep them
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}

function save(name: string, content: unknown): void {
  const file = new Blob([JSON.stringify(content, undefined, 2)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Some browsers read it only after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
