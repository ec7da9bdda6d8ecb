/** Who may judge, in words; a list drawn by a rule can be drawn again here, from the chain and not by our server. */
import { Alert, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { JsonRpcProvider } from "ethers";
import type { ReactNode } from "react";
import { isDrawn } from "../../protocol/admission.ts";
import type { AdmissionKind, AdmissionRule } from "../../protocol/admission.ts";
import { describeAdmission } from "../../protocol/admission-words.ts";
import { admissionRootOf, admittedSeatsOf, isOpenTo, votesOf } from "../../protocol/terms.ts";
import type { Address, Hash, Role } from "../../protocol/words.ts";
import { ZERO_ADDRESS } from "../../protocol/words.ts";
import { readAdmission } from "../../release/recount/admission-reader.ts";
import { findAdmissionFault } from "../../release/recount/check-admission.ts";
import { readTaskFor } from "../chain/contracts.ts";
import { useSurroundings } from "../data/config.tsx";
import { fetchContentBytes } from "../data/rest.ts";
import type { Config, Task } from "../data/schemas.ts";
import { checkManifest } from "../judging/manifest-check.ts";
import { Facts, HashText } from "../shell/facts.tsx";
import { Failure, sentenceOf } from "../shell/notices.tsx";
import { insidersOn } from "./insiders.ts";

export function AdmissionPanel({ task }: { task: Task }): ReactNode {
  return (["Human", "Ai"] as const)
    .filter((role) => votesOf(task.terms, role) > 0)
    .map((role) => <Admission key={role} task={task} role={role} />);
}

function Admission({ task, role }: { task: Task; role: Role }): ReactNode {
  const { terms } = task;
  const people = role === "Human" ? "people" : "AIs";
  if (isOpenTo(terms, role)) return <Text>{describeAdmission({ rule: "open" }, role)}.</Text>;
  const kind = role === "Human" ? task.admission.human : task.admission.ai;
  return (
    <Stack gap="sm">
      <Text>
        {kind === null ? `A list of ${people} whose origin is not known here` : wordsOf(kind, role)}
        .
      </Text>
      <Facts
        facts={[
          ["On the list", admittedSeatsOf(terms, role)],
          ["Root of the list", <HashText key="root" hash={admissionRootOf(terms, role)} />],
          ...(kind?.rule === "eas" ? attestationFacts(kind) : []),
        ]}
      />
      <Insiders task={task} role={role} />
      {kind !== null && kind.rule !== "open" && kind.rule !== "list" && (
        <DrawAgain task={task} role={role} />
      )}
    </Stack>
  );
}

/** The sentence without the hashes, which have places of their own. */
function wordsOf(kind: AdmissionKind, role: Role): string {
  if (kind.rule !== "eas") return describeAdmission(kind, role);
  return `${role === "Human" ? "People" : "AIs"} with a seat and an attestation at block ${kind.block}`;
}

function attestationFacts(
  kind: Extract<AdmissionKind, { rule: "eas" }>,
): (readonly [string, ReactNode])[] {
  const attesters = kind.attesters.map((attester) => (
    <div key={attester}>
      <HashText hash={attester} />
    </div>
  ));
  return [
    ["Attested by", attesters],
    ["Schema", <HashText key="schema" hash={kind.schema} />],
    ["Attestation service (EAS)", <HashText key="contract" hash={kind.contract} />],
  ];
}

/** What can be seen of a list that favours somebody. */
function Insiders({ task: { taskId }, role }: { task: Task; role: Role }): ReactNode {
  const { config, provider } = useSurroundings();
  const list = useQuery({
    queryKey: ["insiders", taskId, role],
    staleTime: Infinity,
    queryFn: async () => {
      const { rule, requester, operator } = await readList({ config, provider }, taskId, role);
      return insidersOn(rule, { requester, operator });
    },
  });
  if (list.error) {
    return (
      <Text size="sm">
        Whether the requester or the operator is on it is not known: {sentenceOf(list.error)}
      </Text>
    );
  }
  if (!list.data) return null;
  return list.data.length === 0 ? (
    <Text size="sm">Neither the requester nor the operator is on it by their own address.</Text>
  ) : (
    <Group gap="xs">
      {list.data.map((insider) => (
        <Badge
          key={insider}
          variant="default"
          className="warning-mark"
          tt="none"
          title={titleOf[insider]}
        >
          the {insider} is on this list
        </Badge>
      ))}
    </Group>
  );
}

const titleOf = {
  requester: "It may judge what it pays for",
  operator: "It sees other people's verdicts before the reveal",
} as const;

interface CheckedList {
  readonly rule: AdmissionRule;
  readonly requester: Address;
  readonly operator: Address;
}

/** The terms come from the chain, the list from a manifest that hashes to them. */
async function readList(
  { config, provider }: { config: Config; provider: JsonRpcProvider },
  taskId: Hash,
  role: Role,
): Promise<CheckedList> {
  const { terms, requester } = await readTaskFor(config, provider, taskId, ZERO_ADDRESS);
  const { rule } = checkManifest(await fetchContentBytes(terms.manifestHash), terms, role);
  return { rule, requester, operator: terms.operator };
}

function DrawAgain({ task: { taskId }, role }: { task: Task; role: Role }): ReactNode {
  const { config, provider } = useSurroundings();
  const drawing = useMutation({
    mutationFn: async () => {
      const { rule } = await readList({ config, provider }, taskId, role);
      const fault = await findAdmissionFault(rule, role, readAdmission(provider, config.contracts));
      return { fault, count: isDrawn(rule) ? rule.validators.length : 0 };
    },
  });
  if (drawing.error) return <Failure error={drawing.error} onRetry={() => drawing.mutate()} />;
  if (!drawing.data) {
    return (
      <Group>
        <Button variant="default" loading={drawing.isPending} onClick={() => drawing.mutate()}>
          Draw the list again from the chain
        </Button>
      </Group>
    );
  }
  const { fault, count } = drawing.data;
  return fault === undefined ? (
    <Text size="sm">✓ The chain gives this list, address by address: {count}.</Text>
  ) : (
    <Alert color="red" variant="light" title="The rule does not give this list">
      {fault}
    </Alert>
  );
}
