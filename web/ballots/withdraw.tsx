import { Button, Group, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useAccounts, useStanding } from "../account/account.tsx";
import { tasksContract } from "../chain/contracts.ts";
import { settled } from "../chain/send.ts";
import { useSurroundings } from "../data/config.tsx";
import { formatTokens, formatTokensExactly } from "../data/format.ts";
import { Facts, TransactionLink } from "../shell/facts.tsx";
import { Failure } from "../shell/notices.tsx";

/** Money of the account: what was credited waits in the contract until somebody withdraws it to its owner. */
export function Money(): ReactNode {
  const { config, decimals } = useSurroundings();
  const { account } = useAccounts();
  const { standing, refresh } = useStanding();
  const withdraw = useMutation({
    mutationFn: async () => {
      if (!account) return undefined;
      const hash = await settled(tasksContract(config, await account.signer()).withdraw());
      await refresh();
      return hash;
    },
  });
  if (!standing) return null;
  return (
    <section className="panel money" aria-label="Money">
      <Facts
        facts={[
          ["Token balance", <Units key="b" name="balance" units={standing.balanceUnits} />],
          ["Credit to withdraw", <Units key="c" name="credit" units={standing.creditUnits} />],
          ["Staked", <Units key="s" name="staked" units={standing.stakedUnits} />],
          ["of that locked", <Units key="l" name="locked" units={standing.lockedUnits} />],
        ]}
      />
      <Group gap="sm">
        <Button
          disabled={standing.creditUnits === 0n}
          loading={withdraw.isPending}
          onClick={() => withdraw.mutate()}
        >
          Withdraw {standing.creditUnits === 0n ? "" : formatTokens(standing.creditUnits, decimals)}
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {withdraw.data !== undefined && (
            <>
              Withdrawn in <TransactionLink hash={withdraw.data} />
            </>
          )}
        </Text>
      </Group>
      {withdraw.error && <Failure error={withdraw.error} />}
    </section>
  );
}

function Units({ name, units }: { name: string; units: bigint }): ReactNode {
  const { decimals } = useSurroundings();
  return (
    <span
      data-money={name}
      data-units={units.toString()}
      title={`${formatTokensExactly(units, decimals)} tokens`}
    >
      {formatTokens(units, decimals)}
    </span>
  );
}
