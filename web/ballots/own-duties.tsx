/**
 * Looks after this account's ballots while the page is open: what the operator leaves undone, the page does. A key of this
 * browser's sends by itself; a wallet asks its owner, who may decline.
 */
import { Alert, Button, Group, Stack, Text, VisuallyHidden } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useEffect, useRef } from "react";
import { signingDomain } from "../../protocol/typed-data.ts";
import type { Hash } from "../../protocol/words.ts";
import { useAccounts } from "../account/account.tsx";
import { askSignedIn, recallMaster } from "../account/session.ts";
import { useChainNow } from "../chain/chain-clock.ts";
import { useSurroundings } from "../data/config.tsx";
import { formatDuration, shorten } from "../data/format.ts";
import { fetchUnopenedTaskIds } from "../data/graphql.ts";
import { deviceJournal } from "../judging/device-journal.ts";
import { Failure, isDeclined, sentenceOf } from "../shell/notices.tsx";
import type { Duties } from "./find-duties.ts";
import { findDuties, noDuties } from "./find-duties.ts";
import { journalBallot } from "./journal-ballot.ts";
import type { Due } from "./look-after.ts";
import { carryOut, findDue, readOwnRecord } from "./look-after.ts";
import { nextTryIn } from "./next-try.ts";
import { restoreOpening } from "./restore-opening.ts";

const words: Readonly<
  Record<Due["duty"]["kind"], { title: string; button: string; says: string }>
> = {
  commit: {
    title: "Your newest version is not on chain yet",
    button: "Commit it myself",
    says: "The operator should have put it there.",
  },
  open: {
    title: "Your ballot is not opened yet; unopened, its lock is lost",
    button: "Open it myself",
    says: "The operator should have opened it.",
  },
  restore: {
    title: "A version that another device signed is on chain, and its opening is not here",
    button: "Fetch its opening",
    says: "The service keeps an encrypted copy. Fetched, your ballot can be opened from here.",
  },
  claim: {
    title: "The operator left your receipted ballot out",
    button: "Claim what it owes",
    says: "Its bond answers for that. What you claim, anybody can have it pay to you when the time for claims is over.",
  },
};

const LOOK_MS = 5_000;

export function OwnDuties(): ReactNode {
  const { account } = useAccounts();
  const { duties, error } = useDuties();
  const isBlind = error !== null || duties.unseen.length > 0;
  const titles = new Set([
    ...(isBlind ? [BLIND] : []),
    ...duties.due.map(({ duty }) => words[duty.kind].title),
  ]);
  return (
    <>
      {/* Read out when something becomes due; the panels count seconds down, which nobody should have to listen to. */}
      <VisuallyHidden role="status">{[...titles].join(". ")}</VisuallyHidden>
      {isBlind && <Blind unseen={duties.unseen} error={error} />}
      {duties.due.map((one) => (
        <OneDuty
          key={`${one.own.slot.taskId}/${one.duty.kind}/${one.duty.version}/${account?.address}`}
          due={one}
        />
      ))}
    </>
  );
}

const BLIND = "This page cannot see the chain just now";

/** What cannot be seen must not look like nothing to do. */
function Blind({ unseen, error }: { unseen: readonly Hash[]; error: Error | null }): ReactNode {
  return (
    <Alert color="gray" variant="light" title={BLIND} role="group" mb="md" data-duties="unseen">
      <Text size="sm">
        Whether anything is due for your ballots is not known
        {unseen.length === 0 ? "" : `: task ${unseen.map((id) => shorten(id)).join(", ")}`}. It asks
        again every few seconds.{error === null ? "" : ` ${sentenceOf(error)}`}
      </Text>
    </Alert>
  );
}

/** Everything due for ballots of this account that this browser holds. */
function useDuties(): { readonly duties: Duties; readonly error: Error | null } {
  const { config, provider } = useSurroundings();
  const { account } = useAccounts();
  const queries = useQueryClient();
  const now = useChainNow();
  const latest = useRef(now);
  latest.current = now;
  const validator = account?.address ?? "";
  const queryKey = ["own-duties", validator];
  const { data = noDuties, error } = useQuery({
    queryKey,
    enabled: account !== undefined && now !== undefined,
    refetchInterval: LOOK_MS,
    refetchIntervalInBackground: true,
    queryFn: async () => {
      const { chainId, contracts } = config;
      const where = { chainId, tasks: contracts.feedbackTasks, validator };
      // What another device put on chain, only the index knows; without it there is still what was signed here.
      const [kept, unopened] = await Promise.all([
        deviceJournal.readTaskIds(where),
        fetchUnopenedTaskIds(config.graphqlUrl, validator).catch(() => []),
      ]);
      return findDuties(
        [...new Set([...kept, ...unopened])].map((taskId) =>
          journalBallot(deviceJournal, { ...where, taskId }),
        ),
        (own) => findDue({ config, provider }, own, BigInt(latest.current ?? 0)),
        queries.getQueryData<Duties>(queryKey) ?? noDuties,
      );
    },
  });
  return { duties: data, error };
}

function OneDuty({ due }: { due: Due }): ReactNode {
  const { duty, own } = due;
  const { config, provider } = useSurroundings();
  const { account } = useAccounts();
  const now = useChainNow();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: async () => {
      if (!account) return;
      if (duty.kind === "restore") await restore();
      else await carryOut({ config, provider }, due, await account.signer());
      await queries.invalidateQueries({ queryKey: ["own-duties"] });
      await queries.invalidateQueries({ queryKey: ["ballot", own.slot.taskId] });
    },
  });

  async function restore(): Promise<void> {
    if (!account) return;
    const registry = signingDomain(config.chainId, config.contracts.stakeRegistry);
    const domain = signingDomain(config.chainId, config.contracts.feedbackTasks);
    const master = await recallMaster(account, registry);
    const record = await readOwnRecord({ config, provider }, own.slot);
    await askSignedIn(account, domain, (token) =>
      restoreOpening({ journal: deviceJournal, slot: own.slot, record, master, token }),
    );
  }

  const { isPending, isIdle, mutate, error } = act;
  const tryIn = nextTryIn({
    ...{ due, accountKind: account?.kind },
    ...{ isFirst: isIdle, isPending, isDeclined: isDeclined(error) },
  });
  useEffect(() => {
    if (tryIn === undefined) return undefined;
    const timer = setTimeout(mutate, tryIn);
    return () => clearTimeout(timer);
  }, [tryIn, mutate]);

  const { title, button, says } = words[duty.kind];
  return (
    <Alert role="group" color="yellow" variant="light" title={title} mb="md" data-duty={duty.kind}>
      <Stack gap="xs">
        <Text size="sm">
          {says} Task {shorten(own.slot.taskId)}
          {now === undefined ? "" : `, ${formatDuration(Number(duty.until) - now)} left`}.
          {duty.kind !== "restore"
            ? " Your browser holds all that is needed, and you pay the gas."
            : ""}
        </Text>
        <Group>
          <Button size="xs" loading={isPending} onClick={() => mutate()}>
            {button}
          </Button>
        </Group>
        {error && <Failure error={error} />}
      </Stack>
    </Alert>
  );
}
