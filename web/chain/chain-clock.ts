/** Deadlines run on block time, which need not be this machine's: asked every few seconds, counted on in between. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useSurroundings } from "../data/config.tsx";

/** Seconds; undefined until the chain has answered. */
export function useChainNow(): number | undefined {
  const { provider } = useSurroundings();
  const { data } = useQuery({
    queryKey: ["chain-clock"],
    queryFn: async () => {
      // A quiet local chain's latest block may be old; the pending one carries the time the next would get.
      const [latest, pending] = await Promise.all([
        provider.getBlock("latest"),
        provider.getBlock("pending").catch(() => null),
      ]);
      const blockTime = Math.max(latest?.timestamp ?? 0, pending?.timestamp ?? 0);
      return { blockTime, readAt: Date.now() };
    },
    refetchInterval: 4_000,
  });
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  if (!data) return undefined;
  return data.blockTime + Math.floor((Date.now() - data.readAt) / 1_000);
}
