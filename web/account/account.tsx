/** Who is at this browser: a wallet, a key made here, or one of the local chain's own accounts. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { JsonRpcSigner, Signer } from "ethers";
import { BrowserProvider, toQuantity, Wallet } from "ethers";
import type { ReactNode } from "react";
import { createContext, use, useCallback, useEffect, useMemo, useState } from "react";
import { z } from "zod";
import type { Address } from "../../protocol/words.ts";
import type { Standing } from "../chain/contracts.ts";
import { readStanding } from "../chain/contracts.ts";
import { useSurroundings } from "../data/config.tsx";
import type { Config } from "../data/schemas.ts";
import { forget, recall, remember } from "./device-store.ts";
import { localKeys } from "./local-keys.ts";
import type { FoundWallet } from "./wallets.ts";
import { watchWallets } from "./wallets.ts";

export interface Account {
  readonly address: Address;
  /** offered: of the local chain; key: made in this browser; wallet: somebody else's program signs. */
  readonly kind: "offered" | "key" | "wallet";
  readonly name: string;
  /** Asks the wallet for the right chain first. */
  readonly signer: () => Promise<Signer>;
}

interface Accounts {
  readonly account: Account | undefined;
  readonly wallets: readonly FoundWallet[];
  readonly chooseKey: (kind: "offered" | "key", address: Address) => void;
  readonly connectWallet: (wallet: FoundWallet) => Promise<void>;
  readonly leave: () => void;
}

const chosenSchema = z.object({
  kind: z.enum(["offered", "key", "wallet"]),
  address: z.string(),
  walletId: z.string().optional(),
});
type Chosen = z.output<typeof chosenSchema>;

const AccountsContext = createContext<Accounts | undefined>(undefined);

export function AccountsProvider({ children }: { children: ReactNode }): ReactNode {
  const { config, provider } = useSurroundings();
  const [chosen, setChosen] = useState<Chosen | undefined>(() => recall("account", chosenSchema));
  const [wallets, setWallets] = useState<readonly FoundWallet[]>([]);
  useEffect(() => watchWallets(setWallets), []);

  const choose = useCallback((next: Chosen | undefined) => {
    if (next) remember("account", next);
    else forget("account");
    setChosen(next);
  }, []);

  const connectWallet = useCallback(
    async (wallet: FoundWallet) => {
      const [address] = (await wallet.provider.request({
        method: "eth_requestAccounts",
      })) as string[];
      if (address !== undefined)
        choose({ kind: "wallet", address: address.toLowerCase(), walletId: wallet.id });
    },
    [choose],
  );

  const account = useMemo((): Account | undefined => {
    if (!chosen) return undefined;
    const { kind, address, walletId } = chosen;
    if (kind === "wallet") {
      const wallet = wallets.find(({ id }) => id === walletId);
      return (
        wallet && {
          address,
          kind,
          name: wallet.name,
          signer: () => walletSigner(wallet, address, config),
        }
      );
    }
    const keys = kind === "offered" ? config.localAccounts : localKeys();
    const key = keys.find((candidate) => candidate.address === address);
    if (!key) return undefined;
    const signer = new Wallet(key.privateKey, provider);
    const name = kind === "offered" ? "Local account" : "Key in this browser";
    return { address, kind, name, signer: () => Promise.resolve(signer) };
  }, [chosen, wallets, config, provider]);

  const accounts = useMemo(
    (): Accounts => ({
      account,
      wallets,
      chooseKey: (kind, address) => choose({ kind, address }),
      connectWallet,
      leave: () => choose(undefined),
    }),
    [account, wallets, choose, connectWallet],
  );
  return <AccountsContext value={accounts}>{children}</AccountsContext>;
}

/** The wallet's signer for one address, on the chain the contracts are on; adds the chain where the wallet lacks it. */
async function walletSigner(
  wallet: FoundWallet,
  address: Address,
  config: Config,
): Promise<JsonRpcSigner> {
  const chainId = toQuantity(config.chainId);
  const { provider } = wallet;
  if ((await provider.request({ method: "eth_chainId" })) !== chainId) {
    try {
      await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
    } catch (error) {
      if ((error as { code?: unknown }).code !== 4902) throw error;
      const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
      const chain = {
        chainId,
        chainName: `Chain ${config.chainId}`,
        rpcUrls: [config.rpcUrl],
        nativeCurrency,
      };
      await provider.request({ method: "wallet_addEthereumChain", params: [chain] });
    }
  }
  return new BrowserProvider(provider, config.chainId).getSigner(address);
}

export function useAccounts(): Accounts {
  const accounts = use(AccountsContext);
  if (!accounts) throw new Error("useAccounts outside AccountsProvider");
  return accounts;
}

/** Seat, stake, balance and credit of the account, straight from the chain. */
export function useStanding(): {
  standing: Standing | undefined;
  error: unknown;
  refresh: () => Promise<void>;
} {
  const { config, provider } = useSurroundings();
  const { account } = useAccounts();
  const queries = useQueryClient();
  const queryKey = ["standing", account?.address];
  const query = useQuery({
    queryKey,
    queryFn: () => readStanding(config, provider, account?.address ?? ""),
    enabled: account !== undefined,
    refetchInterval: 3_000,
  });
  return {
    standing: query.data,
    error: query.error,
    refresh: () => queries.invalidateQueries({ queryKey }),
  };
}
