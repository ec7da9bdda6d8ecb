/** Ends the session of this browser on chain: from the next block on its key signs for nobody. */
import { Menu } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { signingDomain } from "../../protocol/typed-data.ts";
import { stakeRegistry } from "../chain/contracts.ts";
import { settled } from "../chain/send.ts";
import { useSurroundings } from "../data/config.tsx";
import type { Account } from "./account.tsx";
import { recallSession, retireSession } from "./session.ts";

export function RevokeSession({ account }: { account: Account }): ReactNode {
  const { config } = useSurroundings();
  const queries = useQueryClient();
  const domain = signingDomain(config.chainId, config.contracts.stakeRegistry);
  const session = recallSession(domain, account.address);
  const revoke = useMutation({
    mutationFn: async () => {
      if (!session) return;
      await settled(stakeRegistry(config, await account.signer()).revokeSession(session.key));
      retireSession(domain, account.address);
      await queries.invalidateQueries({ queryKey: ["session"] });
    },
  });
  if (!session || session.expiresAt === 0) return null;
  return (
    <Menu.Item
      closeMenuOnClick={false}
      disabled={revoke.isPending}
      onClick={() => revoke.mutate()}
      color={revoke.isError ? "red" : ""}
    >
      {revoke.isPending
        ? "Revoking …"
        : revoke.isError
          ? "Not revoked: try again"
          : "Revoke this browser's session"}
    </Menu.Item>
  );
}
