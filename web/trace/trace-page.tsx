/** item → ballot → signature → receipt → anchor → commit → reveal → score → pay, for one judgment. */
import { Anchor, Collapse, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { UseQueryResult } from "@tanstack/react-query";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { itemsTree } from "../../protocol/item.ts";
import { isInTree, itemLeaf } from "../../protocol/merkle-tree.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { ballotSteps } from "../ballots/ballot-steps.ts";
import { PayExplanation } from "../ballots/pay-explanation.tsx";
import { StepList } from "../ballots/step-list.tsx";
import { useChainNow } from "../chain/chain-clock.ts";
import type { TaskOnChain } from "../chain/contracts.ts";
import { readTaskFor, tasksContract } from "../chain/contracts.ts";
import { useSurroundings } from "../data/config.tsx";
import { shorten } from "../data/format.ts";
import { fetchItemJudgments } from "../data/graphql.ts";
import { fetchContentBytes } from "../data/rest.ts";
import type { BallotState } from "../data/schemas.ts";
import { contentSchema } from "../data/schemas.ts";
import { useBallotState, useTask } from "../data/use-tasks.ts";
import { Answers, Conversation } from "../judging/answers.tsx";
import { checkManifest } from "../judging/manifest-check.ts";
import { Facts, HashText } from "../shell/facts.tsx";
import { Failure, Waiting } from "../shell/notices.tsx";
import type { ChainFacts } from "./chain-facts.ts";
import { readChainFacts } from "./chain-facts.ts";
import type { Check, TracedContent } from "./trace-checks.ts";
import {
  checkAnchor,
  checkContent,
  checkReceiptOf,
  checkRecord,
  checkSettlement,
  checkSignature,
  checkTicket,
  isRefutedBy,
  tracedVerdict,
} from "./trace-checks.ts";

/** The record changes with blocks, not with what our server tells. */
const CHAIN_MS = 5_000;

const canonicalWords = ["A is better", "B is better", "Tie"] as const;
const presentedWords = ["left", "right", "tie"] as const;

export function TracePage(): ReactNode {
  const params = useParams();
  const taskId = (params["taskId"] ?? "").toLowerCase();
  const validator = (params["validator"] ?? "").toLowerCase();
  const itemIndex = Number(params["itemIndex"]);
  const { config, provider } = useSurroundings();
  const ballot = useBallotState(taskId, validator);
  const task = useTask(taskId);
  const onChain = useQuery({
    queryKey: ["on-chain", taskId, validator],
    queryFn: () => readTaskFor(config, provider, taskId, validator),
    staleTime: Infinity,
  });
  const error = ballot.error ?? onChain.error ?? task.error;
  if (error) return <Failure error={error} />;
  if (ballot.data === null) return <Text>This validator has no ballot in this task.</Text>;
  if (!ballot.data || !onChain.data || !task.data) return <Waiting what="the judgment's trace" />;
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        <Title order={1} size="h2">
          Trace of one judgment
        </Title>
        <Text c="dimmed" size="sm">
          Item {itemIndex} of{" "}
          <Anchor component={Link} to={`/tasks/${taskId}`} size="sm" underline="always">
            {task.data.title === "" ? `task ${shorten(taskId)}` : task.data.title}
          </Anchor>
          , by <HashText hash={validator} /> ·{" "}
          <Anchor component={Link} to={`/lineage/${taskId}`} size="sm" underline="always">
            what was made from it
          </Anchor>
        </Text>
      </Stack>
      <ItemPanel
        taskId={taskId}
        validator={validator}
        itemIndex={itemIndex}
        onChain={onChain.data}
        ballot={ballot.data}
      />
      <BallotPanel onChain={onChain.data} ballot={ballot.data} />
      <Stack className="panel" p="lg" gap="md" component="section" aria-label="Pay">
        <Title order={2} size="h4">
          Pay of the whole ballot
        </Title>
        {ballot.data.scored.done ? (
          <PayExplanation ballot={ballot.data} />
        ) : (
          <Text size="sm" c="dimmed">
            Scored and paid after the reveal.
          </Text>
        )}
      </Stack>
    </Stack>
  );
}

function useChainFacts(ballot: BallotState): UseQueryResult<ChainFacts> {
  const { config, provider } = useSurroundings();
  return useQuery({
    queryKey: ["chain-facts", ballot.digest, ballot.stage, ballot.committed.tx],
    queryFn: () => readChainFacts(config, provider, ballot),
    refetchInterval: ballot.scored.done ? false : CHAIN_MS,
  });
}

interface ItemPanelProps {
  readonly taskId: Hash;
  readonly validator: Address;
  readonly itemIndex: number;
  readonly onChain: TaskOnChain;
  readonly ballot: BallotState;
}

function ItemPanel({ taskId, validator, itemIndex, onChain, ballot }: ItemPanelProps): ReactNode {
  const { config, provider } = useSurroundings();
  const [shown, { toggle }] = useDisclosure(false);
  const { terms, seed, draw } = onChain;
  const item = useQuery({
    queryKey: ["traced-item", taskId, itemIndex],
    staleTime: Infinity,
    queryFn: async () => {
      const bytes = await fetchContentBytes(terms.manifestHash);
      const { items } = checkManifest(bytes, terms, onChain.role);
      const hashes = items[itemIndex];
      if (!hashes) return null;
      const tree = itemsTree(items);
      const leaf = itemLeaf(itemIndex, hashes);
      const inTree: Check = {
        claim: "Its leaf is under the items root in the task's terms.",
        holds: isInTree(terms.itemsRoot, leaf, tree.proofOf(itemIndex)),
      };
      const parts = await Promise.all(
        [hashes.prompt, hashes.outputA, hashes.outputB].map(fetchContent),
      ).catch(() => null);
      const [prompt, outputA, outputB] = parts ?? [];
      const content: TracedContent | undefined = prompt &&
        outputA &&
        outputB && { prompt, outputA, outputB };
      return {
        hashes,
        content,
        checks: [inTree, ...(content ? [checkContent(hashes, content)] : [])],
      };
    },
  });
  const tally = useQuery({
    queryKey: ["tally", taskId, itemIndex, ballot.stage],
    queryFn: () => tasksContract(config, provider).tallyOf(taskId, itemIndex),
  });
  const others = useQuery({
    queryKey: ["item-judgments", taskId, itemIndex, ballot.stage],
    queryFn: () => fetchItemJudgments(config.graphqlUrl, taskId, itemIndex),
  });
  const slot = { seed, validator, threshold: draw.threshold };
  const { data: facts } = useChainFacts(ballot);
  const isRefuted = facts !== undefined && isRefutedBy(ballot, facts);
  const verdict = isRefuted ? undefined : tracedVerdict(ballot, slot, itemIndex);
  return (
    <Stack className="panel" p="lg" gap="md" component="section" aria-label="Item and verdict">
      <Title order={2} size="h4">
        {isRefuted
          ? "What the service tells is not what the chain holds"
          : verdict
            ? canonicalWords[verdict.canonical]
            : ballot.revealed.done
              ? "No counted verdict on this item"
              : "Still sealed"}
      </Title>
      <Facts
        facts={[
          [
            "Verdict as given",
            verdict
              ? presentedWords[verdict.presented]
              : ballot.revealed.done
                ? "none that counts"
                : "sealed until the reveal",
          ],
          ...(tally.data
            ? ([
                ["All people's votes (A, B, tie)", tally.data.human.map(String).join(", ")],
              ] as const)
            : []),
          ...(tally.data && terms.aiVotes > 0
            ? ([["All AIs' votes (A, B, tie)", tally.data.ai.map(String).join(", ")]] as const)
            : []),
          ...(item.data
            ? ([
                ["Prompt (sha-256)", <HashText key="p" hash={item.data.hashes.prompt} />],
                ["Output A", <HashText key="a" hash={item.data.hashes.outputA} />],
                ["Output B", <HashText key="b" hash={item.data.hashes.outputB} />],
              ] as const)
            : []),
        ]}
      />
      <Checks checks={[...(item.data?.checks ?? []), checkTicket(slot, itemIndex)]} />
      {others.data && others.data.length > 0 && (
        <Text size="sm">
          Everybody&apos;s verdicts, as the index tells them:{" "}
          {others.data.map((one, index) => (
            <span key={one.validator}>
              {index > 0 && " · "}
              {one.validator === validator ? (
                <b>{one.verdict} (this one)</b>
              ) : (
                <Anchor
                  component={Link}
                  to={`/trace/${taskId}/${one.validator}/${itemIndex}`}
                  size="sm"
                  underline="always"
                >
                  {one.verdict} by {shorten(one.validator)}
                  {one.role === "Ai" && " (AI)"}
                </Anchor>
              )}
            </span>
          ))}
        </Text>
      )}
      {item.error && <Failure error={item.error} />}
      {item.data?.content && (
        <div>
          <Button variant="default" size="compact-sm" onClick={toggle} aria-expanded={shown}>
            {shown ? "Hide" : "Show"} the texts
          </Button>
          <Collapse expanded={shown}>
            {shown && (
              <Stack mt="md">
                <Conversation messages={item.data.content.prompt.messages} raw={false} />
                <Answers
                  item={{
                    itemIndex,
                    prompt: item.data.content.prompt.messages,
                    left: item.data.content.outputA.messages,
                    right: item.data.content.outputB.messages,
                  }}
                  titles={["Output A", "Output B"]}
                  raw={false}
                  layout="side"
                />
              </Stack>
            )}
          </Collapse>
        </div>
      )}
    </Stack>
  );
}

function BallotPanel({
  onChain,
  ballot,
}: {
  onChain: TaskOnChain;
  ballot: BallotState;
}): ReactNode {
  const { config, decimals } = useSurroundings();
  const now = useChainNow();
  const domain = signingDomain(config.chainId, config.contracts.feedbackTasks);
  const chain = useChainFacts(ballot);
  return (
    <Stack className="panel" p="lg" gap="md" component="section" aria-label="Ballot">
      <Title order={2} size="h4">
        The ballot it is in
      </Title>
      <Facts
        facts={[
          ["Digest (EIP-712)", <HashText key="d" hash={ballot.digest} />],
          ["Commitment", <HashText key="c" hash={ballot.commitment} />],
          ["Version", ballot.version],
          ["Judgments", ballot.judgments],
          ["Signed by", <HashText key="s" hash={ballot.signed.signer} />],
        ]}
      />
      {chain.error && <Failure error={chain.error} onRetry={() => void chain.refetch()} />}
      {chain.data ? (
        <Checks
          checks={[
            ...checkSignature(ballot, domain, chain.data),
            checkReceiptOf(ballot, domain, onChain.terms.receiptKey),
            ...checkAnchor(ballot, chain.data),
            ...checkRecord(ballot, chain.data),
            ...checkSettlement(ballot, chain.data),
          ]}
        />
      ) : (
        !chain.error && <Waiting what="the chain" />
      )}
      <StepList steps={ballotSteps(ballot, onChain.terms, now, decimals)} />
      <Text size="xs" c="dimmed">
        Not checked here: when it was signed and receipted, which is the service&apos;s word, and
        the score, which the contract computed from everybody&apos;s verdicts. The command
        scrutineer verify counts it again from the chain, for a whole release.
      </Text>
    </Stack>
  );
}

function Checks({ checks }: { checks: readonly Check[] }): ReactNode {
  return (
    <Stack gap={4} component="ul" className="checks">
      {checks.map(({ claim, holds }) => (
        <li key={claim} data-holds={holds ?? "open"}>
          <Group gap={8} wrap="nowrap" align="baseline">
            <Text size="sm" fw={700} component="span" c={holds === false ? "red" : undefined}>
              <span aria-hidden>{holds === undefined ? "–" : holds ? "✓" : "✕"}</span>
              <span className="visually-hidden">
                {holds === undefined ? "Not told:" : holds ? "Holds:" : "Does not hold:"}
              </span>
            </Text>
            <Text size="sm" component="span">
              {claim}
            </Text>
          </Group>
        </li>
      ))}
    </Stack>
  );
}

async function fetchContent(hash: Hash): Promise<TracedContent["prompt"]> {
  return contentSchema.parse(JSON.parse(new TextDecoder().decode(await fetchContentBytes(hash))));
}
