/**
 * A validator as a program: what the page does for a person, without the page. It keeps one growing ballot a task,
 * signs a new version with every judgment, and takes nothing for done before the operator's receipt has been checked.
 * Given a folder, it keeps every version there before it sends it, goes on from there when started anew, and leaves an
 * encrypted copy with the service: `scrutineer validator watch` looks after the rest.
 */
import { randomBytes } from "node:crypto";
import { Wallet } from "ethers";
import type { ReceiptJson } from "../api/schemas/ballots.ts";
import type { PublicConfig } from "../api/schemas/config.ts";
import type { LeaseJson } from "../api/schemas/leases.ts";
import type { Entry, Opening } from "../protocol/ballot.ts";
import { encodeEntries } from "../protocol/ballot.ts";
import { decodeEntries } from "../protocol/ballot.ts";
import { commitmentOf, deriveSalt } from "../protocol/commitment.ts";
import { isScrutineerError, ScrutineerError } from "../protocol/errors.ts";
import { masterOf, masterText } from "../protocol/master-secret.ts";
import type { CopySlot } from "../protocol/opening-copy.ts";
import {
  ballotDigest,
  openingReceiptDigest,
  sessionTypes,
  signingDomain,
} from "../protocol/typed-data.ts";
import type { Address, Hash, Hex, PresentedVerdict } from "../protocol/words.ts";
import { ZERO_HASH } from "../protocol/words.ts";
import { recoverAddress, signDigest } from "../runtime/signatures.ts";
import type { ApiClient } from "./api-client.ts";
import type { Admission, BallotFolder, SignedVersion } from "./validator/ballot-folder.ts";
import { openingOf } from "./validator/ballot-folder.ts";
import { readAdmission } from "./validator/admission.ts";
import { sendCopy } from "./validator/opening-copies.ts";
import { createSignIn } from "./validator/sign-in.ts";

export interface ValidatorClient {
  readonly address: Address;
  readonly privateKey: Hash;
  /** Lets a fresh session key sign until `expiresAt` (seconds); relayed to the chain by the operator. */
  openSession(expiresAt: number): Promise<void>;
  /** The ballot this validator grows in one task. */
  ballotIn(taskId: Hash, receiptKey: Address): GrowingBallot;
  /**
   * Signs in with Ethereum and claims the next item of a task; undefined where none is left. Of a task whose admission
   * lists are not those of its terms it claims none.
   */
  lease(taskId: Hash): Promise<LeaseJson | undefined>;
}

export interface GrowingBallot {
  /** Judges one item, or judges it anew: signs and hands in the next version. */
  judge(itemIndex: number, verdict: PresentedVerdict): Promise<ReceiptJson>;
  /** Last version signed; 0 before the first. */
  version(): number;
  /** Leaves a copy of all that is kept with the service. A part of them is copied while judging. */
  copy(): Promise<void>;
}

export interface ValidatorOptions {
  /** Keeps what is signed; without it nothing outlives the process. */
  readonly folder?: BallotFolder | undefined;
  /** A wallet that is a contract and stands by what the key signs (ERC-1271). It needs a session for its ballots. */
  readonly account?: Address | undefined;
}

/** @param apis where ballots go; receipts are taken from the first, the others are stand-ins */
export function createValidatorClient(
  config: Pick<PublicConfig, "chainId" | "contracts">,
  apis: readonly [ApiClient, ...ApiClient[]],
  privateKey: Hash,
  { folder, account }: ValidatorOptions = {},
): ValidatorClient {
  const wallet = new Wallet(privateKey);
  const validator = (account ?? wallet.address).toLowerCase();
  const chainId = BigInt(config.chainId);
  const tasks = config.contracts.feedbackTasks.toLowerCase();
  const domain = signingDomain(chainId, tasks);
  const registry = signingDomain(chainId, config.contracts.stakeRegistry.toLowerCase());
  const [api] = apis;
  const signIn = createSignIn(api, wallet, validator, config.chainId);
  const admissions = new Map<Hash, Promise<Admission>>();
  let signingKey = privateKey;
  let master: Promise<Hash> | undefined;

  /** What is kept can be read again on another machine only if its secret can be made again there. */
  async function makeMaster(): Promise<Hash> {
    if (folder === undefined) return `0x${randomBytes(32).toString("hex")}`;
    return masterOf(await wallet.signMessage(masterText(registry)));
  }

  /** Asked once a task; again if it could not be told. */
  function admissionTo(taskId: Hash): Promise<Admission> {
    const known = admissions.get(taskId) ?? readAdmission(api, { taskId, validator });
    admissions.set(taskId, known);
    known.catch(() => admissions.delete(taskId));
    return known;
  }

  return {
    address: validator,
    privateKey,

    async openSession(expiresAt) {
      const session = Wallet.createRandom();
      const grant = {
        validator,
        key: session.address.toLowerCase(),
        expiresAt: BigInt(expiresAt),
        nonce: BigInt(`0x${randomBytes(16).toString("hex")}`),
      };
      const signature = await wallet.signTypedData(registry, sessionTypes, grant);
      const request = { ...grant, expiresAt, nonce: grant.nonce.toString(), signature };
      for (const each of apis) await each.post("/sessions", request);
      signingKey = session.privateKey;
    },

    ballotIn(taskId, receiptKey) {
      const slot: CopySlot = { chainId, tasks, taskId, validator };
      const entries = new Map<number, PresentedVerdict>();
      let version = 0;
      let keptEntries: Hex = "0x";
      let copied = 0;
      // The chain puts a wallet's record above any session's, and a bond never answers for less: no way back.
      let isByWallet = false;
      let started: Promise<void> | undefined;

      /**
       * Goes on from what was kept; a version of which no receipt was seen is sent again. If it is refused, the one before
       * it is what counts, as after a refusal while judging.
       */
      async function start(): Promise<void> {
        if (folder === undefined) return;
        const kept = await folder.read(slot);
        if (kept === undefined) return folder.begin(slot, await admissionTo(taskId));
        const last = kept.versions.at(-1);
        if (last === undefined) return;
        version = Math.max(...kept.versions.map((one) => one.version));
        isByWallet =
          recoverAddress(ballotDigest(domain, last.ballot), last.signature) === validator;
        keptEntries = openingOf(kept, last.version)?.entries ?? "0x";
        entries.clear();
        const newest = kept.versions.findLast(({ refused }) => !refused);
        if (newest === undefined) return;
        const opening = openingOf(kept, newest.version) as Opening;
        for (const { itemIndex, verdict } of decodeEntries(opening.entries))
          entries.set(itemIndex, verdict);
        if (newest.receipted) return;
        try {
          await hand({ ...newest, opening });
        } catch (error) {
          const now = await folder.read(slot);
          const same = now?.versions.find((one) => one.version === newest.version);
          if (same?.refused !== true) throw error;
          await start();
        }
      }

      /** Once; again for the next judgment if a service was away. */
      const begin = (): Promise<void> =>
        (started ??= start().catch((error: unknown) => {
          started = undefined;
          throw error;
        }));

      /** To every service; what the first one refuses is not on its way any more. */
      async function hand(signed: SignedVersion): Promise<ReceiptJson> {
        const { taskId: _, ...ballot } = signed.ballot;
        const { signature, opening } = signed;
        const sent = await Promise.allSettled(
          apis.map((each) =>
            each.post<ReceiptJson>(`/tasks/${taskId}/ballots`, { ballot, signature, opening }),
          ),
        );
        const [first] = sent;
        if (first?.status === "rejected" && isRefusal(first.reason)) {
          await folder?.keepRefusal(slot, ballot.version);
        }
        const failed = sent.find((one) => one.status === "rejected");
        if (failed !== undefined) throw failed.reason;
        const receipt = first?.status === "fulfilled" ? first.value : undefined;
        const promised = openingReceiptDigest(domain, signed.ballot);
        const signer = recoverAddress(promised, receipt?.receiptSignature as string);
        if (signer !== receiptKey) {
          throw new ScrutineerError(
            "signer-wrong",
            "the receipt is not by the task's receipt key",
            { signer, receiptKey },
          );
        }
        await folder?.keepReceipt(slot, ballot.version, receipt?.receiptSignature as Hex);
        return receipt as ReceiptJson;
      }

      /** The bigger a copy, the more has to be new: all of a task's copies together stay in proportion to the last. */
      async function copy(atLeast: number): Promise<void> {
        const kept = version >= atLeast ? await folder?.read(slot) : undefined;
        if (kept === undefined) return;
        copied = version;
        await sendCopy(api, kept, await (master ??= makeMaster()), await signIn());
      }

      return {
        version: () => version,
        async judge(itemIndex, verdict) {
          await begin();
          const before = entries.get(itemIndex);
          entries.set(itemIndex, verdict);
          version += 1;
          const opening: Opening = {
            entries: encodeEntries(inItemOrder(entries)),
            salt: deriveSalt(await (master ??= makeMaster()), taskId, version),
            notesHash: ZERO_HASH,
          };
          const commitment = commitmentOf({ chainId, tasks, taskId, validator, version }, opening);
          const ballot = { taskId, validator, version, judgments: entries.size, commitment };
          isByWallet ||= signingKey === privateKey;
          const key = isByWallet ? privateKey : signingKey;
          const signature = signDigest(ballotDigest(domain, ballot), key);
          await folder?.keep(slot, { ballot, signature, opening }, keptEntries);
          keptEntries = opening.entries;
          try {
            const receipt = await hand({ ballot, signature, opening });
            // A copy is a spare: that it cannot be made now stops nobody from judging.
            if (folder !== undefined) await copy(Math.ceil(copied * 1.25)).catch(() => undefined);
            return receipt;
          } catch (error) {
            if (isRefusal(error)) {
              if (before === undefined) entries.delete(itemIndex);
              else entries.set(itemIndex, before);
            }
            throw error;
          }
        },
        copy: () => copy(0),
      };
    },

    async lease(taskId) {
      await admissionTo(taskId);
      return api.post<LeaseJson>(`/tasks/${taskId}/leases`, {}, await signIn());
    },
  };
}

/** The service has read the ballot and says no; where it is away, busy or in trouble, the ballot is still on its way. */
function isRefusal(error: unknown): boolean {
  if (!isScrutineerError(error) || error.code === "conflict") return false;
  const { status } = error.details;
  return typeof status === "number" && status >= 400 && status < 500 && status !== 429;
}

function inItemOrder(entries: ReadonlyMap<number, PresentedVerdict>): Entry[] {
  return [...entries]
    .map(([itemIndex, verdict]) => ({ itemIndex, verdict }))
    .sort((one, other) => one.itemIndex - other.itemIndex);
}
