/** The operator's word on a task: it will serve these items under these terms. Signed over the task's id, which binds both. */
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import type { Terms } from "../../protocol/terms.ts";
import { checkTerms, isReplay } from "../../protocol/terms.ts";
import { termsToJson } from "../../protocol/terms-json.ts";
import { taskIdOf } from "../../protocol/task-id.ts";
import { operatorAcceptanceDigest } from "../../protocol/typed-data.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import { findSealedGolds } from "../../store/submissions/golds.ts";
import { findHead, findStake } from "../../store/submissions/tasks.ts";
import {
  findAcceptance,
  findUploadPart,
  insertAcceptance,
} from "../../store/submissions/uploads.ts";
import { checkAdmission } from "./check-admission.ts";

export interface AcceptanceRequest {
  readonly terms: Terms;
  readonly requester: Address;
  readonly nonce: bigint;
}

export async function acceptTerms(
  api: Api,
  { terms, requester, nonce }: AcceptanceRequest,
): Promise<{ taskId: Hash; signature: Hex }> {
  const { db, publicConfig, signers, constants } = api.deps;
  const { verifyingContract } = api.tasksDomain;
  const taskId = taskIdOf(BigInt(publicConfig.chainId), verifyingContract, requester, nonce, terms);
  const earlier = await findAcceptance(db, taskId);
  if (earlier !== undefined) return { taskId, signature: earlier.signature };

  const head = await findHead(db);
  const now = api.clock.observe(head?.timestamp ?? 0n);
  checkTerms(terms, constants, now);
  checkOurs(api, terms);
  const { admission } = await checkItems(api, terms);
  await checkGolds(api, terms);
  await checkBond(api, terms);
  await checkAdmission(api, admission);

  const signature = signers.signAcceptance(operatorAcceptanceDigest(api.tasksDomain, taskId));
  await insertAcceptance(db, {
    taskId,
    requester,
    nonce,
    manifestHash: terms.manifestHash,
    terms: { ...termsToJson(terms) },
    signature,
    acceptedAt: now,
  });
  return { taskId, signature };
}

function checkOurs({ deps: { signers }, limits }: Api, terms: Terms): void {
  if (terms.operator !== signers.operator) {
    throw refused("operator", `this operator is ${signers.operator}`, {
      operator: signers.operator,
    });
  }
  if (terms.receiptKey !== signers.receiptKey) {
    throw refused("receiptKey", `receipts are signed by ${signers.receiptKey} here`, {
      receiptKey: signers.receiptKey,
    });
  }
  if (terms.operatorFee < limits.leastOperatorFee) {
    throw refused(
      "operatorFee",
      `the operator wants at least ${limits.leastOperatorFee} a judgment`,
      {
        leastOperatorFee: limits.leastOperatorFee.toString(),
      },
    );
  }
}

/**
 * Golds that nobody holds here would be opened by the requester or not at all: whoever judges would read of a gate that
 * may not be there.
 */
async function checkGolds({ deps: { db, acceptsUnseenGold } }: Api, terms: Terms): Promise<void> {
  const { goldHash, manifestHash } = terms;
  if (goldHash === ZERO_HASH) return;
  const sealed = await findSealedGolds(db, goldHash);
  if (sealed === undefined && acceptsUnseenGold !== true) {
    throw new ScrutineerError(
      "gold-unknown",
      "goldHash: these golds were not handed in here, so this operator could not open them",
      { term: "goldHash", goldHash },
    );
  }
  if (sealed !== undefined && sealed.manifestHash !== manifestHash) {
    throw refused("goldHash", "these golds were handed in for other items", {
      manifestHash: sealed.manifestHash,
    });
  }
}

/** The content was uploaded here, and the terms say of it what the manifest says. */
async function checkItems({ deps: { db, blobs } }: Api, terms: Terms): Promise<Manifest> {
  const { manifestHash } = terms;
  const part = await findUploadPart(db, manifestHash);
  const bytes = part && (await blobs.get(manifestHash));
  if (part === undefined || bytes === undefined) {
    throw refused("manifestHash", "no such manifest was uploaded here", { manifestHash });
  }
  if (terms.itemsRoot !== part.itemsRoot) {
    throw refused("itemsRoot", "not the items root of the manifest", { itemsRoot: part.itemsRoot });
  }
  if (terms.itemCount !== part.itemCount) {
    throw refused("itemCount", "not the item count of the manifest", { itemCount: part.itemCount });
  }
  if (isReplay(terms) && !part.replay) {
    throw refused(
      "oversubscription",
      "so much oversubscription is for judgments made elsewhere, and the manifest does not say that they are",
      {},
    );
  }
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  const humans = admissionTree(manifest.admission.human);
  const ais = admissionTree(manifest.admission.ai);
  const expected: readonly [keyof Terms, string | number][] = [
    ["humanAdmissionRoot", humans?.root ?? ZERO_HASH],
    ["humanSeats", humans?.leafCount ?? 0],
    ["aiAdmissionRoot", ais?.root ?? ZERO_HASH],
    ["aiSeats", ais?.leafCount ?? 0],
  ];
  for (const [term, value] of expected) {
    if (terms[term] !== value) {
      throw refused(term, "not what the manifest's admission list gives", { [term]: value });
    }
  }
  return manifest;
}

async function checkBond({ deps: { db } }: Api, terms: Terms): Promise<void> {
  const stake = await findStake(db, terms.operator);
  if (stake !== undefined && stake.freeUnits >= terms.operatorBond) return;
  throw refused("operatorBond", "the operator's free stake does not cover the bond now", {
    freeUnits: (stake?.freeUnits ?? 0n).toString(),
  });
}

function refused(
  term: keyof Terms,
  why: string,
  details: Record<string, unknown>,
): ScrutineerError {
  return new ScrutineerError("acceptance-refused", `${term}: ${why}`, { term, ...details });
}
