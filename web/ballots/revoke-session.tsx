/**
 * Ends the session of this browser on chain, at once: from then on nobody can commit what its key signed, and no bond
 * answers for it. So it asks first, and names the ballots that are not on chain yet.
 */
import { Button, Group, List, Menu, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { signingDomain } from "../../protocol/typed-data.ts";
import type { Account } from "../account/account.tsx";
import { recallSession, retireSession } from "../account/session.ts";
import { useChainNow } from "../chain/chain-clock.ts";
import { stakeRegistry } from "../chain/contracts.ts";
import { settled } from "../chain/send.ts";
import { useSurroundings } from "../data/config.tsx";
import { shorten } from "../data/format.ts";
import { useTasks } from "../data/use-tasks.ts";
import { deviceJournal } from "../judging/device-journal.ts";
import { Failure, Waiting } from "../shell/notices.tsx";
import type { Uncommitted } from "./find-uncommitted.ts";
import { findUncommitted } from "./find-uncommitted.ts";
import { journalBallot } from "./journal-ballot.ts";

/** In the account's menu; nothing where there is no session to revoke. */
export function RevokeItem({ account, onAsk }: { account: Account; onAsk: () => void }): ReactNode {
  const { config } = useSurroundings();
  const domain = signingDomain(config.chainId, config.contracts.stakeRegistry);
  const session = recallSession(domain, account.address);
  if (!session || session.expiresAt === 0) return null;
  return <Menu.Item onClick={onAsk}>Revoke this browser&apos;s session …</Menu.Item>;
}

interface RevokeDialogProps {
  readonly account: Account;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function RevokeDialog({ account, opened, onClose }: RevokeDialogProps): ReactNode {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Revoke this browser's session?"
      centered
      data-dialog="revoke"
    >
      {opened && <Confirm account={account} onDone={onClose} />}
    </Modal>
  );
}

function Confirm({ account, onDone }: { account: Account; onDone: () => void }): ReactNode {
  const { config } = useSurroundings();
  const queries = useQueryClient();
  const waiting = useUncommitted(account);
  const revoke = useMutation({
    mutationFn: async () => {
      const domain = signingDomain(config.chainId, config.contracts.stakeRegistry);
      const session = recallSession(domain, account.address);
      if (!session) return;
      await settled(stakeRegistry(config, await account.signer()).revokeSession(session.key));
      retireSession(domain, account.address);
      await queries.invalidateQueries({ queryKey: ["session"] });
    },
    onSuccess: onDone,
  });
  return (
    <Stack gap="md">
      {waiting.error ? (
        <Failure error={waiting.error} onRetry={() => void waiting.refetch()} />
      ) : waiting.data === undefined ? (
        <Waiting what="your ballots" />
      ) : (
        <Consequences uncommitted={waiting.data} />
      )}
      <Group>
        <Button variant="default" onClick={onDone} data-autofocus>
          Keep the session
        </Button>
        <Button
          color="red.9"
          loading={revoke.isPending}
          disabled={waiting.isPending}
          onClick={() => revoke.mutate()}
        >
          Revoke it
        </Button>
      </Group>
      {revoke.error && <Failure error={revoke.error} />}
    </Stack>
  );
}

function Consequences({ uncommitted }: { uncommitted: readonly Uncommitted[] }): ReactNode {
  const tasks = useTasks();
  const titleOf = (taskId: string): string =>
    tasks.data?.find((task) => task.taskId === taskId)?.title || `Task ${shorten(taskId)}`;
  if (uncommitted.length === 0) {
    return (
      <Text size="sm">
        Its key signs nothing more, at once. No ballot of yours in this browser is waiting to go on
        chain.
      </Text>
    );
  }
  return (
    <>
      <Text size="sm">
        Its key signs nothing more, at once, and the operator can no longer put on chain what it
        signed, nor does its bond answer for that. Not on chain yet:
      </Text>
      <List size="sm">
        {uncommitted.map(({ taskId, version, judgments }) => (
          <List.Item key={taskId} data-uncommitted={taskId}>
            {titleOf(taskId)}: {judgments} {judgments === 1 ? "judgment" : "judgments"}, version{" "}
            {version}
          </List.Item>
        ))}
      </List>
      <Text size="sm">
        To be paid for these, open a new session and go on judging there, which signs the ballot
        anew; or have this page open when judging closes, and it commits them with your
        wallet&apos;s own signature.
      </Text>
    </>
  );
}

function useUncommitted(account: Account): ReturnType<typeof useQuery<readonly Uncommitted[]>> {
  const { config, provider } = useSurroundings();
  const now = useChainNow();
  const where = {
    chainId: config.chainId,
    tasks: config.contracts.feedbackTasks,
    validator: account.address,
  };
  return useQuery({
    queryKey: ["uncommitted", account.address],
    enabled: now !== undefined,
    gcTime: 0,
    queryFn: async () => {
      const taskIds = await deviceJournal.readTaskIds(where);
      const ballots = taskIds.map((taskId) => journalBallot(deviceJournal, { ...where, taskId }));
      return findUncommitted({ config, provider }, ballots, BigInt(now ?? 0));
    },
  });
}
