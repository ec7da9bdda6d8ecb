/**
 * A validator as a program: what the page does for a person, without the page. It keeps one growing ballot a task,
 * signs a new version with every judgment, and takes nothing for done before the operator's receipt has been checked.
 */
import { randomBytes } from "node:crypto";
import { Wallet } from "ethers";
import { SiweMessage } from "siwe";
import type { ReceiptJson } from "../api/schemas/ballots.ts";
import type { PublicConfig } from "../api/schemas/config.ts";
import type { LeaseJson } from "../api/schemas/leases.ts";
import type { Entry, Opening } from "../protocol/ballot.ts";
import { encodeEntries } from "../protocol/ballot.ts";
import { commitmentOf, deriveSalt } from "../protocol/commitment.ts";
import { ScrutineerError } from "../protocol/errors.ts";
import {
  ballotDigest,
  openingReceiptDigest,
  sessionTypes,
  signingDomain,
} from "../protocol/typed-data.ts";
import type { Address, Hash, PresentedVerdict } from "../protocol/words.ts";
import { ZERO_HASH } from "../protocol/words.ts";
import { recoverAddress, signDigest } from "../runtime/signatures.ts";
import type { ApiClient } from "./api-client.ts";

export interface ValidatorClient {
  readonly address: Address;
  readonly privateKey: Hash;
  /** Lets a fresh session key sign until `expiresAt` (seconds); relayed to the chain by the operator. */
  openSession(expiresAt: number): Promise<void>;
  /** The ballot this validator grows in one task. */
  ballotIn(taskId: Hash, receiptKey: Address): GrowingBallot;
  /** Signs in with Ethereum and claims the next item of a task; undefined where none is left. */
  lease(taskId: Hash): Promise<LeaseJson | undefined>;
}

export interface GrowingBallot {
  /** Judges one item, or judges it anew: signs and hands in the next version. */
  judge(itemIndex: number, verdict: PresentedVerdict): Promise<ReceiptJson>;
  /** Last version handed in; 0 before the first. */
  version(): number;
}

/** @param apis where ballots go; receipts are taken from the first, the others are stand-ins */
export function createValidatorClient(
  config: Pick<PublicConfig, "chainId" | "contracts">,
  apis: readonly [ApiClient, ...ApiClient[]],
  privateKey: Hash,
): ValidatorClient {
  const wallet = new Wallet(privateKey);
  const validator = wallet.address.toLowerCase();
  const chainId = BigInt(config.chainId);
  const tasks = config.contracts.feedbackTasks.toLowerCase();
  const domain = signingDomain(chainId, tasks);
  const master: Hash = `0x${randomBytes(32).toString("hex")}`;
  const [api] = apis;
  let signingKey = privateKey;
  let token: string | undefined;

  async function signIn(): Promise<string> {
    if (token !== undefined) return token;
    const nonce = await api.post<{ nonce: string }>("/sign-in/nonce", {});
    const url = new URL(api.url);
    const message = new SiweMessage({
      domain: url.host,
      address: wallet.address,
      uri: url.origin,
      version: "1",
      chainId: config.chainId,
      nonce: nonce?.nonce as string,
      issuedAt: new Date().toISOString(),
    }).prepareMessage();
    const signature = await wallet.signMessage(message);
    const answer = await api.post<{ token: string }>("/sign-in", { message, signature });
    if (answer === undefined)
      throw new ScrutineerError("api-unreachable", "signing in got no answer");
    token = answer.token;
    return answer.token;
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
      const registry = signingDomain(chainId, config.contracts.stakeRegistry.toLowerCase());
      const signature = await wallet.signTypedData(registry, sessionTypes, grant);
      const request = { ...grant, expiresAt, nonce: grant.nonce.toString(), signature };
      for (const each of apis) await each.post("/sessions", request);
      signingKey = session.privateKey;
    },

    ballotIn(taskId, receiptKey) {
      const entries = new Map<number, PresentedVerdict>();
      let version = 0;
      return {
        version: () => version,
        async judge(itemIndex, verdict) {
          entries.set(itemIndex, verdict);
          version += 1;
          const opening: Opening = {
            entries: encodeEntries(inItemOrder(entries)),
            salt: deriveSalt(master, taskId, version),
            notesHash: ZERO_HASH,
          };
          const commitment = commitmentOf({ chainId, tasks, taskId, validator, version }, opening);
          const ballot = { taskId, validator, version, judgments: entries.size, commitment };
          const body = {
            ballot: { validator, version, judgments: entries.size, commitment },
            signature: signDigest(ballotDigest(domain, ballot), signingKey),
            opening,
          };
          const [receipt] = await Promise.all(
            apis.map((each) => each.post<ReceiptJson>(`/tasks/${taskId}/ballots`, body)),
          );
          const promised = openingReceiptDigest(domain, ballot);
          const signer = recoverAddress(promised, receipt?.receiptSignature as string);
          if (signer !== receiptKey) {
            throw new ScrutineerError(
              "signer-wrong",
              "the receipt is not by the task's receipt key",
              {
                signer,
                receiptKey,
              },
            );
          }
          return receipt as ReceiptJson;
        },
      };
    },

    async lease(taskId) {
      return api.post<LeaseJson>(`/tasks/${taskId}/leases`, {}, await signIn());
    },
  };
}

function inItemOrder(entries: ReadonlyMap<number, PresentedVerdict>): Entry[] {
  return [...entries]
    .map(([itemIndex, verdict]) => ({ itemIndex, verdict }))
    .sort((one, other) => one.itemIndex - other.itemIndex);
}
