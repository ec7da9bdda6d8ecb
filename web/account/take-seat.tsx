import { Button, Group, List, NumberInput, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { ZeroHash, formatUnits, parseEther, parseUnits, toQuantity } from "ethers";
import type { ReactNode } from "react";
import { useState } from "react";
import { useChainNow } from "../chain/chain-clock.ts";
import { stakeRegistry, tokenContract } from "../chain/contracts.ts";
import { signPermit } from "../chain/permit.ts";
import { settled } from "../chain/send.ts";
import { useSurroundings } from "../data/config.tsx";
import { formatTokens } from "../data/format.ts";
import { Failure, Waiting } from "../shell/notices.tsx";
import { useAccounts, useStanding } from "./account.tsx";

const HUMAN = 1;
const PERMIT_SECONDS = 3_600;
/** As often as the least stake: what is locked for one task leaves some for others. */
const USUAL_STAKE = 5;

/** Step two: a seat. On the local chain test tokens and gas come for free. */
export function TakeSeat(): ReactNode {
  const { config, provider, decimals } = useSurroundings();
  const { account } = useAccounts();
  const { standing, refresh } = useStanding();
  const [chosen, setChosen] = useState<number | string>();
  const [step, setStep] = useState("");
  const now = useChainNow();
  const least = Math.ceil(Number(formatUnits(standing?.minStakeUnits ?? 0n, decimals)));
  const stake = chosen ?? USUAL_STAKE * least;

  const join = useMutation({
    mutationFn: async () => {
      if (!account || !standing || now === undefined) return;
      const units = parseUnits(String(stake), decimals);
      if (config.localChain && standing.gasUnits < parseEther("1")) {
        setStep("Filling the account with local ether");
        await provider.send("anvil_setBalance", [account.address, toQuantity(parseEther("10"))]);
      }
      const signer = await account.signer();
      const token = tokenContract(config, signer);
      if (config.localChain && standing.balanceUnits < units) {
        setStep("Minting test tokens");
        await settled(token.getFunction("mint")(account.address, units - standing.balanceUnits));
      }
      setStep("Allowing the stake");
      const { token: tokenAddress, stakeRegistry: spender } = config.contracts;
      const deadline = BigInt(now + PERMIT_SECONDS);
      const registry = stakeRegistry(config, signer);
      const permit = await signPermit(signer, tokenAddress, spender, units, deadline);
      if (permit === undefined) {
        await settled(token.getFunction("approve")(spender, units));
        setStep("Taking the seat");
        await settled(registry.join(HUMAN, units, ZeroHash));
      } else {
        setStep("Taking the seat");
        const { v, r, s } = permit;
        await settled(registry.joinWithPermit(HUMAN, units, ZeroHash, deadline, v, r, s));
      }
      await refresh();
    },
    onSettled: () => setStep(""),
  });

  if (!standing) return <Waiting what="the chain" />;
  if (standing.role === "Operator" || standing.role === "Ai") {
    return (
      <Text>
        This address staked as {standing.role === "Ai" ? "an AI" : "an operator"}: people judge with
        another one.
      </Text>
    );
  }
  if (standing.role === "Human" && !standing.active) {
    return <Text>This address is giving up its seat, or its stake fell below the minimum.</Text>;
  }
  return (
    <Stack gap="md" align="flex-start">
      <Title order={2} size="h4">
        Take a seat
      </Title>
      <List size="sm" c="dimmed" spacing={4}>
        <List.Item>
          A stake of at least {formatTokens(standing.minStakeUnits, decimals)} tokens buys one seat;
          more buys no second one.
        </List.Item>
        <List.Item>
          Answers that agree with people no better than chance can cost a part of it. Honest work
          seldom scores so low; nothing rules it out.
        </List.Item>
        <List.Item>
          A seat counts in tasks created after it.{" "}
          {config.localChain &&
            "On this local chain an example task is made for you when you join."}
        </List.Item>
      </List>
      <Group align="flex-end" gap="sm">
        <NumberInput
          label="Stake, in tokens"
          value={stake}
          onChange={setChosen}
          min={least}
          allowDecimal={false}
          w={160}
        />
        <Button loading={join.isPending} onClick={() => join.mutate()}>
          {config.localChain ? "Mint, approve and join" : "Approve and join"}
        </Button>
      </Group>
      <Text size="sm" role="status">
        {step === "" ? "" : `${step} …`}
      </Text>
      {join.error && <Failure error={join.error} />}
    </Stack>
  );
}
