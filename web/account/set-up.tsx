/** The three steps before the first pair: an account, a seat, a session. Done ones fold away. */
import { Button, Group, List, Stack, Stepper, Text, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { signingDomain } from "../../protocol/typed-data.ts";
import { useChainNow } from "../chain/chain-clock.ts";
import { isSessionActive } from "../chain/contracts.ts";
import { useSurroundings } from "../data/config.tsx";
import { relaySession } from "../data/rest.ts";
import { Failure, Waiting } from "../shell/notices.tsx";
import type { Account } from "./account.tsx";
import { useAccounts, useStanding } from "./account.tsx";
import { ChooseAccount } from "./choose-account.tsx";
import type { DeviceSession } from "./session.ts";
import { grantSession, obtainToken, recallSession, recallToken } from "./session.ts";
import { TakeSeat } from "./take-seat.tsx";

export interface Ready {
  readonly account: Account;
  readonly session: DeviceSession;
}

export type Readiness =
  | {
      readonly step: "account" | "seat" | "session";
      readonly ready?: undefined;
      readonly recheck: () => void;
    }
  | { readonly step: "ready"; readonly ready: Ready; readonly recheck: () => void }
  | {
      readonly step: "unknown";
      readonly ready?: undefined;
      readonly error: unknown;
      readonly recheck: () => void;
    };

/** A day: a session that ends sooner is renewed before work starts. */
const LEAST_SESSION_SECONDS = 86_400;

export function useReadiness(): Readiness {
  const { config, provider } = useSurroundings();
  const { account } = useAccounts();
  const { standing, error } = useStanding();
  const now = useChainNow();
  const domain = signingDomain(config.chainId, config.contracts.feedbackTasks);
  const kept =
    account &&
    recallSession(signingDomain(config.chainId, config.contracts.stakeRegistry), account.address);
  const active = useQuery({
    queryKey: ["session", account?.address, kept?.key],
    queryFn: () => isSessionActive(config, provider, account?.address ?? "", kept?.key ?? ""),
    enabled: account !== undefined && kept !== undefined,
    refetchInterval: (query) => (query.state.data === true ? 30_000 : 1_000),
  });
  const recheck = (): void => void active.refetch();

  if (!account) return { step: "account", recheck };
  if (!standing || now === undefined) return { step: "unknown", error, recheck };
  if (standing.role !== "Human" || !standing.active) return { step: "seat", recheck };
  const signedIn =
    recallToken(domain, account.address, Date.now() / 1_000) !== undefined ||
    account.kind !== "wallet";
  if (!kept || kept.expiresAt < now + LEAST_SESSION_SECONDS || !signedIn)
    return { step: "session", recheck };
  if (active.isPending) return { step: "unknown", error: active.error, recheck };
  if (active.data !== true) return { step: "session", recheck };
  return { step: "ready", ready: { account, session: kept }, recheck };
}

export function SetUp({ readiness }: { readiness: Readiness }): ReactNode {
  const steps = ["account", "seat", "session"] as const;
  if (readiness.step === "unknown") {
    return readiness.error ? <Failure error={readiness.error} /> : <Waiting what="the chain" />;
  }
  if (readiness.step === "ready") return null;
  const at = steps.indexOf(readiness.step);
  return (
    <Stack gap="xl">
      <Stepper active={at} size="sm" aria-label="Three steps to the first pair">
        <Stepper.Step label="Account" description="Who judges" />
        <Stepper.Step label="Seat" description="A stake" />
        <Stepper.Step label="Session" description="Sign once" />
      </Stepper>
      {readiness.step === "account" && <ChooseAccount />}
      {readiness.step === "seat" && <TakeSeat />}
      {readiness.step === "session" && <OpenSession onDone={readiness.recheck} />}
    </Stack>
  );
}

/** Step three: signs in, vouches for a session key, and has it relayed to the chain. */
export function OpenSession({ why, onDone }: { why?: string; onDone: () => void }): ReactNode {
  const { config, provider } = useSurroundings();
  const { account } = useAccounts();
  const now = useChainNow();
  const start = useMutation({
    mutationFn: async () => {
      if (!account || now === undefined) return;
      const signer = await account.signer();
      await obtainToken(
        signer,
        signingDomain(config.chainId, config.contracts.feedbackTasks),
        account.address,
      );
      const registry = signingDomain(config.chainId, config.contracts.stakeRegistry);
      const request = await grantSession(signer, registry, account.address, now);
      await relaySession(request);
      for (let tries = 0; tries < 120; tries++) {
        if (await isSessionActive(config, provider, account.address, request.key)) return;
        await new Promise((wake) => setTimeout(wake, 500));
      }
      throw new Error(
        "The operator has not put the session on chain yet. It may still come: try again in a moment.",
      );
    },
    onSuccess: onDone,
  });
  return (
    <Stack gap="md" align="flex-start">
      <Title order={2} size="h4">
        Sign once, then judge without interruptions
      </Title>
      {why !== undefined && <Text size="sm">{why}</Text>}
      <List size="sm" c="dimmed" spacing={4}>
        <List.Item>You sign in; that costs nothing and moves nothing.</List.Item>
        <List.Item>
          You let one key of this browser sign your ballots for 30 days. It can do nothing else, and
          you can revoke it.
        </List.Item>
        <List.Item>
          The first time you sign once more, for the secret that seals your ballots. Nobody may see
          that signature: with it another device of yours can open what this one sealed.
        </List.Item>
        <List.Item>The operator puts the session on chain and pays the gas.</List.Item>
      </List>
      <Group>
        <Button loading={start.isPending} onClick={() => start.mutate()}>
          Sign in and open a session
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {start.isPending ? "Waiting for the session to be on chain …" : ""}
        </Text>
      </Group>
      {start.error && <Failure error={start.error} />}
    </Stack>
  );
}
