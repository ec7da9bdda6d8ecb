/** One pair after another: conversation, two answers, a verdict by key or button, a receipt, the next. */
import {
  Alert,
  Anchor,
  Badge,
  Button,
  Group,
  Modal,
  Progress,
  Stack,
  Switch,
  Text,
  Title,
  VisuallyHidden,
} from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { hexlify, randomBytes } from "ethers";
import type { ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import { Link, useParams } from "react-router";
import { eligibleItems } from "../../protocol/ticket.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import type { Hash } from "../../protocol/words.ts";
import type { Account } from "../account/account.tsx";
import type { DeviceSession } from "../account/session.ts";
import { askSignedIn } from "../account/session.ts";
import type { Ready } from "../account/set-up.tsx";
import { OpenSession, SetUp, useReadiness } from "../account/set-up.tsx";
import { useChainNow } from "../chain/chain-clock.ts";
import { readTaskFor } from "../chain/contracts.ts";
import { useSurroundings } from "../data/config.tsx";
import { formatDuration, formatShare } from "../data/format.ts";
import { fetchContentBytes } from "../data/rest.ts";
import { Failure, Waiting } from "../shell/notices.tsx";
import type { Layout } from "./answers.tsx";
import { Answers, Conversation } from "./answers.tsx";
import { judgmentOn, signVersion } from "./ballot-box.ts";
import { deviceJournal } from "./device-journal.ts";
import type { JournalSlot } from "./journal.ts";
import { canJudge, canSkip, canUndo, isRevisiting } from "./judging-state.ts";
import { KeyHelp } from "./key-help.tsx";
import { actionOf, isTypingIn } from "./keys.ts";
import { checkManifest, placeIn } from "./manifest-check.ts";
import { MessageText } from "./markdown.tsx";
import type { HeadSources } from "./newest-head.ts";
import { newestHead } from "./newest-head.ts";
import { obstacleTo } from "./obstacle.ts";
import { useSlotLock } from "./slot-lock.ts";
import type { JudgingDeps } from "./use-judging.ts";
import { useJudging } from "./use-judging.ts";
import { VerdictRow } from "./verdict-row.tsx";
import { choiceWords } from "./verdict.ts";

export function JudgePage(): ReactNode {
  const { taskId = "" } = useParams();
  const readiness = useReadiness();
  const kept = useRef<Ready>(undefined);
  // A hiccup of the chain must not throw away the pair on screen.
  if (readiness.step === "ready") kept.current = readiness.ready;
  else if (readiness.step !== "unknown") kept.current = undefined;
  if (!kept.current) return <SetUp readiness={readiness} />;
  const { account, session } = kept.current;
  return (
    <Prepare
      key={`${taskId}/${account.address}/${session.key}`}
      taskId={taskId.toLowerCase()}
      ready={kept.current}
      onNewSession={readiness.recheck}
    />
  );
}

interface PrepareProps {
  readonly taskId: Hash;
  readonly ready: Ready;
  readonly onNewSession: () => void;
}

/** Reads and checks all that judging rests on, once. */
function Prepare({ taskId, ready: { account, session }, onNewSession }: PrepareProps): ReactNode {
  const { config, provider } = useSurroundings();
  const slot: JournalSlot = {
    chainId: config.chainId,
    tasks: config.contracts.feedbackTasks,
    taskId,
    validator: account.address,
  };
  const lock = useSlotLock(slot);
  const query = useQuery({
    queryKey: ["prepare", taskId, account.address, session.key],
    enabled: lock === "held",
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    queryFn: async () => {
      const task = await readTaskFor(config, provider, taskId, account.address);
      const { manifest, admitted, rule } = checkManifest(
        await fetchContentBytes(task.terms.manifestHash),
        task.terms,
        task.role,
      );
      const admission = placeIn(rule, account.address);
      const { receiptKey } = task.terms;
      const sources = headSources({ slot, account, session, receiptKey, admission });
      const head = await newestHead(sources);
      const obstacle = obstacleTo({
        seat: task.obstacle,
        admitted: admitted(account.address),
        now: BigInt((await provider.getBlock("latest"))?.timestamp ?? 0),
        closesAt: task.terms.closesAt,
      });
      return { task, head, manifest, obstacle, sources };
    },
  });
  if (lock === "elsewhere") {
    return (
      <Alert color="yellow" variant="light" title="You are judging this task in another tab">
        One tab at a time signs a ballot. Go on there; or close it, and this one goes on.
      </Alert>
    );
  }
  if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Waiting what="the task, its manifest and its tickets" />;
  const { obstacle, ...checked } = query.data;
  if (obstacle !== undefined) {
    return (
      <Alert color="yellow" variant="light" title="You cannot judge here">
        {obstacle} <Link to={`/tasks/${taskId}`}>The task</Link> ·{" "}
        <Link to="/ballots">My ballots</Link>
      </Alert>
    );
  }
  if (BigInt(session.expiresAt) < checked.task.terms.commitEndsAt) {
    return (
      <OpenSession
        why="Your session ends before this task's ballots are committed."
        onDone={onNewSession}
      />
    );
  }
  return <Judge {...checked} {...{ config, provider, account, session, taskId }} />;
}

interface Grown extends Pick<HeadSources, "slot" | "receiptKey" | "admission"> {
  readonly account: Account;
  readonly session: DeviceSession;
}

function headSources({ account, session, ...known }: Grown): HeadSources {
  const { slot } = known;
  const domain = signingDomain(slot.chainId, slot.tasks);
  const { master } = session;
  return {
    ...known,
    journal: deviceJournal,
    master,
    sign: (box) =>
      signVersion(box, {
        ...{ slot, master, sessionKey: session.privateKey },
        notesSalt: hexlify(randomBytes(32)),
      }),
    withToken: (ask) => askSignedIn(account, domain, ask),
  };
}

function Judge(deps: JudgingDeps): ReactNode {
  const { task, taskId, manifest, account } = deps;
  const judging = useJudging(deps);
  const { state, box } = judging;
  const [raw, setRaw] = useState(false);
  const [layout, setLayout] = useLocalStorage<Layout>({
    key: "scrutineer.layout",
    defaultValue: "side",
    getInitialValueInEffect: false,
  });
  const [keys, setKeys] = useLocalStorage({
    key: "scrutineer.keys",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  const [shown, setShown] = useState<"help" | "guideline">();
  const now = useChainNow();
  const closed = now !== undefined && BigInt(now) >= task.terms.closesAt;
  const mine = useQuery({
    queryKey: ["eligible", taskId, account.address],
    queryFn: () =>
      eligibleItems(task.seed, account.address, task.draw.threshold, task.terms.itemCount).length,
    staleTime: Infinity,
  }).data;

  const itemIndex = state.current?.itemIndex;
  const pair = useRef<HTMLDivElement>(null);
  const hasShownOne = useRef(false);
  useEffect(() => {
    if (itemIndex === undefined) return;
    void window.scrollTo({ top: 0 });
    // Read on from the new pair, not from the button below the old one; the first is come to as any page is.
    if (hasShownOne.current && shown === undefined)
      pair.current?.querySelector("h2")?.focus({ preventScroll: true });
    hasShownOne.current = true;
  }, [itemIndex]);

  const act = useRef<(event: KeyboardEvent) => void>(undefined);
  act.current = (event) => {
    judging.touch();
    const action = actionOf(event, !keys || isTypingIn(document.activeElement));
    if (!action || shown !== undefined) return;
    event.preventDefault();
    switch (action.kind) {
      case "judge":
        if (!closed) judging.judge(action.choice);
        return;
      case "skip":
        if (canSkip(state)) judging.skip();
        return;
      case "undo":
        judging.undo();
        return;
      case "raw":
        setRaw((on) => !on);
        return;
      case "layout":
        setLayout((old) => (old === "side" ? "stacked" : "side"));
        return;
      case "guideline":
      case "help":
        setShown(action.kind);
    }
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => act.current?.(event);
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  const isUnsaved = judging.hasUnsent || state.pending !== undefined;
  const before = state.current && judgmentOn(box, state.current.itemIndex);
  return (
    <Stack gap="md" className="judge" onPointerDown={judging.touch} onWheel={judging.touch}>
      <Group justify="space-between" gap="xs">
        <Stack gap={2} miw={0}>
          <Title order={1} size="h3" lineClamp={2}>
            {manifest.title === "" ? "Untitled task" : manifest.title}
          </Title>
          <Text size="sm" c="dimmed">
            {state.receipted} of about {mine ?? "…"} judged
            {itemIndex !== undefined && ` · item ${itemIndex}`}
            {now !== undefined &&
              (closed
                ? " · closed"
                : ` · closes in ${formatDuration(Number(task.terms.closesAt) - now)}`)}
            {" · "}
            <Anchor component={Link} to={`/tasks/${taskId}`} size="sm" underline="always">
              terms
            </Anchor>
          </Text>
        </Stack>
        <Group gap="md">
          <Switch
            label="Plain text"
            checked={raw}
            onChange={(event) => setRaw(event.currentTarget.checked)}
            size="xs"
          />
          <Switch
            label="Stacked"
            checked={layout === "stacked"}
            onChange={(event) => setLayout(event.currentTarget.checked ? "stacked" : "side")}
            size="xs"
            visibleFrom="sm"
          />
          <Button variant="default" size="compact-sm" onClick={() => setShown("guideline")}>
            Guideline
          </Button>
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => setShown("help")}
            aria-label="Keys and help"
          >
            ?
          </Button>
        </Group>
      </Group>
      <Progress
        value={formatShare(state.receipted, mine ?? 0)}
        size="sm"
        aria-label={`${state.receipted} of about ${mine ?? 0} judged`}
      />

      <VisuallyHidden role="status" aria-live="polite" data-testid="announcement">
        {state.announcement}
      </VisuallyHidden>
      <Text size="sm" c="dimmed" aria-hidden mih={20} data-testid="last-receipt">
        {state.announcement}
      </Text>

      {isRevisiting(state) && before && (
        <Alert variant="light" color="blue" py="xs">
          You said <b>{choiceWords[before.choice]}</b>. A new verdict replaces it in a new version.
        </Alert>
      )}
      {state.phase === "failed" && (
        <Alert
          color="red"
          variant="light"
          title={isUnsaved ? "Not saved yet" : "No next pair"}
          role="alert"
        >
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{state.problem}</Text>
            <Group gap="xs">
              <Button size="xs" onClick={judging.retry}>
                Try again
              </Button>
              {isUnsaved && (
                <Button size="xs" variant="default" onClick={judging.drop}>
                  Give this verdict up
                </Button>
              )}
            </Group>
          </Stack>
        </Alert>
      )}

      {state.current ? (
        <Stack gap="md" data-item={state.current.itemIndex} ref={pair}>
          <Conversation messages={state.current.prompt} raw={raw} />
          <Answers item={state.current} raw={raw} layout={layout} />
        </Stack>
      ) : state.phase === "finished" ? (
        <Finished judging={judging} taskId={taskId} />
      ) : (
        state.phase === "claiming" && <Waiting what="the next pair" />
      )}

      {state.phase !== "finished" && (
        <div className="verdict-bar">
          {closed && <Badge color="gray">Judging is closed</Badge>}
          <VerdictRow
            keys={keys}
            enabled={canJudge(state) && !closed}
            sending={state.phase === "sending" ? state.pending : undefined}
            skippable={canSkip(state)}
            undoable={canUndo(state)}
            onJudge={judging.judge}
            onSkip={judging.skip}
            onUndo={judging.undo}
          />
        </div>
      )}

      <Modal opened={shown === "help"} onClose={() => setShown(undefined)} title="Keys" centered>
        <KeyHelp on={keys} onSwitch={setKeys} />
      </Modal>
      <Modal
        opened={shown === "guideline"}
        onClose={() => setShown(undefined)}
        title={`Guideline${manifest.guideline.version === "" ? "" : `, version ${manifest.guideline.version}`}`}
        size="lg"
      >
        <MessageText
          text={
            manifest.guideline.text === ""
              ? "This task has no guideline: say which answer is better."
              : manifest.guideline.text
          }
          raw={false}
        />
      </Modal>
    </Stack>
  );
}

function Finished({
  judging,
  taskId,
}: {
  judging: ReturnType<typeof useJudging>;
  taskId: Hash;
}): ReactNode {
  const { state } = judging;
  return (
    <Stack className="panel" p="xl" gap="sm" align="flex-start">
      <Title order={2} size="h4">
        Nothing left for you now
      </Title>
      <Text>
        {state.receipted} judged, every one signed and receipted. Items may come back when others
        return them.
      </Text>
      <Group gap="xs">
        <Button component={Link} to="/ballots">
          Follow my ballot
        </Button>
        {state.setAside.length > 0 && (
          <Button variant="default" onClick={judging.takeUpAgain}>
            Take up the {state.setAside.length} skipped
          </Button>
        )}
        <Button variant="default" onClick={judging.takeUpAgain}>
          Look again
        </Button>
        {canUndo(state) && (
          <Button variant="default" onClick={judging.undo}>
            Undo the last
          </Button>
        )}
        <Button variant="subtle" component={Link} to={`/tasks/${taskId}`}>
          The task
        </Button>
      </Group>
    </Stack>
  );
}
