import type { UseQueryResult } from "@tanstack/react-query";
import { useQuery } from "@tanstack/react-query";
import type { Address, Hash } from "../../protocol/words.ts";
import { useSurroundings } from "./config.tsx";
import { fetchOwnTaskIds } from "./graphql.ts";
import { fetchBallotState, fetchReleases, fetchTask, fetchTasks } from "./rest.ts";
import type { BallotState, Release, Task } from "./schemas.ts";

export function useTasks(): UseQueryResult<Task[]> {
  return useQuery({ queryKey: ["tasks"], queryFn: fetchTasks, refetchInterval: 5_000 });
}

export function useTask(taskId: Hash): UseQueryResult<Task> {
  return useQuery({
    queryKey: ["task", taskId],
    queryFn: () => fetchTask(taskId),
    refetchInterval: 5_000,
  });
}

/** Tasks in which this validator has a ballot. */
export function useOwnTaskIds(validator: Address | undefined): UseQueryResult<ReadonlySet<Hash>> {
  const { config } = useSurroundings();
  return useQuery({
    queryKey: ["own-tasks", validator],
    queryFn: () => fetchOwnTaskIds(config.graphqlUrl, validator ?? ""),
    enabled: validator !== undefined,
    refetchInterval: 5_000,
  });
}

/** Null: this validator has no ballot in the task. */
export function useBallotState(
  taskId: Hash,
  validator: Address | undefined,
): UseQueryResult<BallotState | null> {
  return useQuery({
    queryKey: ["ballot", taskId, validator],
    queryFn: async () => (await fetchBallotState(taskId, validator ?? "")) ?? null,
    enabled: validator !== undefined,
    refetchInterval: 3_000,
  });
}

export function useReleases(): UseQueryResult<Release[]> {
  return useQuery({ queryKey: ["releases"], queryFn: fetchReleases, refetchInterval: 10_000 });
}
