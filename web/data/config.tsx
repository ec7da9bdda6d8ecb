/** What the server says of itself and its chain, and the chain itself: asked once, known everywhere below. */
import { useQuery } from "@tanstack/react-query";
import { JsonRpcProvider, Network } from "ethers";
import type { ReactNode } from "react";
import { createContext, use, useMemo } from "react";
import { readDecimals } from "../chain/token-decimals.ts";
import { Failure, Waiting } from "../shell/notices.tsx";
import { ownOrigin } from "./own-origin.ts";
import { fetchConfig } from "./rest.ts";
import type { Config } from "./schemas.ts";

interface Surroundings {
  readonly config: Config;
  /** Reads only; signing goes through an account. */
  readonly provider: JsonRpcProvider;
  /** Of the token, as it says itself. */
  readonly decimals: number;
}

const SurroundingsContext = createContext<Surroundings | undefined>(undefined);

export function ConfigProvider({ children }: { children: ReactNode }): ReactNode {
  const query = useQuery({
    queryKey: ["config"],
    queryFn: fetchConfig,
    staleTime: Infinity,
    retry: 5,
  });
  const reached = useMemo(() => {
    if (!query.data) return undefined;
    const network = Network.from(query.data.chainId);
    const provider = new JsonRpcProvider(query.data.rpcUrl, network, {
      staticNetwork: network,
      cacheTimeout: -1,
      pollingInterval: 1_000,
    });
    const config = { ...query.data, graphqlUrl: ownOrigin(query.data.graphqlUrl, location) };
    return { config, provider };
  }, [query.data]);
  const decimals = useQuery({
    queryKey: ["decimals", reached?.config.contracts.token],
    queryFn: () => reached && readDecimals(reached.config.contracts.token, reached.provider),
    enabled: reached !== undefined,
    staleTime: Infinity,
    retry: 5,
  });
  const surroundings = useMemo(
    () =>
      reached && decimals.data !== undefined ? { ...reached, decimals: decimals.data } : undefined,
    [reached, decimals.data],
  );
  const missing = query.error ? query : decimals.error ? decimals : undefined;
  if (missing) return <Failure error={missing.error} onRetry={() => void missing.refetch()} />;
  if (!surroundings) return <Waiting what={reached ? "the chain" : "the server"} />;
  return <SurroundingsContext value={surroundings}>{children}</SurroundingsContext>;
}

export function useSurroundings(): Surroundings {
  const surroundings = use(SurroundingsContext);
  if (!surroundings) throw new Error("useSurroundings outside ConfigProvider");
  return surroundings;
}
