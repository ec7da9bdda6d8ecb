/**
 * When the operator is late, a validator looks after its own ballot: commits it before commits end, and opens it in the last
 * quarter of its reveal time. Both need nothing but what this browser keeps.
 */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ScrutineerError } from "../../protocol/errors.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import { toCompact } from "../../protocol/signature.ts";
import { commitEndsAtFor, revealIntervalOf } from "../../protocol/task-state.ts";
import { useAccounts } from "../account/account.tsx";
import { useChainNow } from "../chain/chain-clock.ts";
import { tasksContract } from "../chain/contracts.ts";
import { settled } from "../chain/send.ts";
import { useSurroundings } from "../data/config.tsx";
import { formatDuration } from "../data/format.ts";
import { fetchContentBytes } from "../data/rest.ts";
import type { BallotState, Task } from "../data/schemas.ts";
import { readOpening } from "../judging/journal.ts";
import { checkManifest } from "../judging/manifest-check.ts";
import { Failure } from "../shell/notices.tsx";
import type { Duty } from "./own-duty.ts";
import { ownDuty } from "./own-duty.ts";

const words: Readonly<Record<Duty["kind"], { title: string; button: string }>> = {
  commit: { title: "Your newest version is not on chain yet", button: "Commit it myself" },
  open: {
    title: "Your ballot is not opened yet; unopened, its lock is lost",
    button: "Open it myself",
  },
};

export function SelfHelp({ ballot, task }: { ballot: BallotState; task: Task }): ReactNode {
  const { config } = useSurroundings();
  const { account } = useAccounts();
  const queries = useQueryClient();
  const now = useChainNow();
  const { terms } = task;
  const duty =
    now === undefined
      ? undefined
      : ownDuty(ballot, {
          now: BigInt(now),
          closesAt: terms.closesAt,
          commitEndsAt: commitEndsAtFor(terms, ballot.role),
          reveal: revealIntervalOf(terms, ballot.role),
        });

  const act = useMutation({
    mutationFn: async (due: Duty) => {
      if (!account) return;
      const { chainId, contracts } = config;
      const { taskId, validator } = ballot;
      const slot = { chainId, tasks: contracts.feedbackTasks, taskId, validator };
      const row = await readOpening(slot, due.version);
      if (!row)
        throw new ScrutineerError(
          "ballot-unknown",
          `This browser does not hold version ${due.version}.`,
        );
      const tasks = tasksContract(config, await account.signer());
      if (due.kind === "open") {
        await settled(tasks.reveal(taskId, [{ validator, ...row.opening }]));
      } else {
        const { rule } = checkManifest(
          await fetchContentBytes(terms.manifestHash),
          terms,
          ballot.role,
        );
        const index =
          rule.rule === "open"
            ? 0
            : rule.validators.findIndex((one) => one.toLowerCase() === validator);
        const admission = {
          admissionIndex: index,
          admissionProof: admissionTree(rule)?.proofOf(index) ?? [],
        };
        const signed = { ...row.ballot, ...admission, ...toCompact(row.signature) };
        await settled(tasks.commit(taskId, [signed]));
      }
      await queries.invalidateQueries({ queryKey: ["ballot", taskId] });
    },
  });

  if (!duty || !account || account.address !== ballot.validator) return null;
  return (
    <Alert color="yellow" variant="light" title={words[duty.kind].title}>
      <Stack gap="xs">
        <Text size="sm">
          The operator usually does this, and has {formatDuration(Number(duty.until) - (now ?? 0))}{" "}
          left. You need not wait for it: your browser holds all that is needed, and you pay the
          gas.
        </Text>
        <Group>
          <Button size="xs" loading={act.isPending} onClick={() => act.mutate(duty)}>
            {words[duty.kind].button}
          </Button>
        </Group>
        {act.error && <Failure error={act.error} />}
      </Stack>
    </Alert>
  );
}
