import { expect } from "chai";
import { id, type Result, type SigningKey, ZeroAddress, ZeroHash } from "ethers";

import type { KeyedWallet, ProvenanceRegistry } from "../../bindings/index.ts";
import type { IProvenanceRegistry } from "../../bindings/interfaces/IProvenanceRegistry.ts";
import type { Parent, RecordDraft, RecordKind } from "../../protocol/provenance.ts";
import {
  coSignatureDigest,
  findDraftFault,
  kindNumber,
  parentKinds,
  parentRules,
  recordIdOf,
  recordKinds,
  sortParents,
} from "../../protocol/provenance.ts";
import { signingDomain, type SigningDomain } from "../../protocol/typed-data.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";

import type { Person, Stage, TxPromise } from "../support/stage.ts";
import { createStage, createTask, keyOf, termsFor } from "../support/stage.ts";

const MANIFEST = id("manifest");
const CONTENT = id("content");

describe("ProvenanceRegistry", () => {
  let stage: Stage;
  let registry: ProvenanceRegistry;
  let domain: SigningDomain;
  let owner: Person;
  let compute: Person;
  let stranger: Person;
  let taskId: Hash;
  let restore: () => Promise<void>;
  /** A record of each kind that can be a parent, by another owner. */
  const records = {} as Record<RecordKind, Hash>;

  before(async () => {
    stage = await createStage({ humans: 3, ais: 0 });
    [owner, compute] = stage.humans as [Person, Person];
    stranger = stage.stranger;
    taskId = await createTask(stage, await termsFor(stage));
    registry = await deploy();
    domain = signingDomain(stage.chainId, (await registry.getAddress()).toLowerCase());
    const theirs = async (kind: RecordKind, parents: Parent[]): Promise<void> => {
      const draft = draftOf({ owner: stranger.address, kind, contentHash: id(kind), parents });
      await send(draft, { by: stranger });
      records[kind] = recordIdOf(domain, draft.owner, draft.contentHash);
    };
    const task: Parent = { kind: "Task", id: taskId };
    await theirs("Model", []);
    await theirs("Release", [task]);
    await theirs("Training", [
      { kind: "Model", id: records.Model },
      { kind: "Release", id: records.Release },
    ]);
    await theirs("Evaluation", [task]);
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  async function deploy(): Promise<ProvenanceRegistry> {
    return await stage.connection.ethers.deployContract("ProvenanceRegistry", [
      stage.tasksDomain.verifyingContract,
    ]);
  }

  const idOf = (kind: Parent["kind"]): Hash => (kind === "Task" ? taskId : records[kind]);
  const parentsOf = (...kinds: Parent["kind"][]): Parent[] =>
    sortParents(kinds.map((kind) => ({ kind, id: idOf(kind) })));

  function draftOf(changes: Partial<RecordDraft> = {}): RecordDraft {
    const draft: RecordDraft = {
      owner: owner.address,
      kind: "Model",
      contentHash: CONTENT,
      parents: [],
      manifestHash: MANIFEST,
      ...changes,
    };
    return { ...draft, parents: sortParents(draft.parents) };
  }

  const plain = (kept: IProvenanceRegistry.RecordStructOutput): Record<string, unknown> =>
    (kept as unknown as Result).toObject() as Record<string, unknown>;

  const numbered = (parents: readonly Parent[]): { kind: number; id: Hash }[] =>
    parents.map(({ kind, id: parentId }) => ({ kind: kindNumber(kind), id: parentId }));

  function send(draft: RecordDraft, { by = owner, to = registry } = {}): TxPromise {
    return to
      .connect(by.signer)
      .record(
        kindNumber(draft.kind),
        draft.contentHash,
        numbered(draft.parents),
        draft.manifestHash,
      );
  }

  function sendCosigned(
    draft: RecordDraft,
    coSigner: Address,
    signature: Hex,
    { by = owner, to = registry } = {},
  ): TxPromise {
    return to
      .connect(by.signer)
      .recordCosigned(
        kindNumber(draft.kind),
        draft.contentHash,
        numbered(draft.parents),
        draft.manifestHash,
        coSigner,
        signature,
      );
  }

  const coSign = (draft: RecordDraft, coSigner: Address, key: SigningKey): Hex =>
    key.sign(coSignatureDigest(domain, draft, coSigner)).serialized;

  describe("constructor", () => {
    it("refuses a zero address", async () => {
      await expect(
        stage.connection.ethers.deployContract("ProvenanceRegistry", [ZeroAddress]),
      ).to.be.revertedWithCustomError(registry, "ZeroAddress");
    });

    it("keeps the task contract", async () => {
      expect((await registry.tasks()).toLowerCase()).to.equal(stage.tasksDomain.verifyingContract);
    });
  });

  describe("record", () => {
    it("keeps and states everything", async () => {
      const draft = draftOf({ kind: "Training", parents: parentsOf("Release", "Model") });
      const recordId = recordIdOf(domain, owner.address, CONTENT);
      expect(await registry.recordIdOf(owner.address, CONTENT)).to.equal(recordId);
      expect(
        await registry
          .connect(owner.signer)
          .record.staticCall(3, CONTENT, numbered(draft.parents), MANIFEST),
      ).to.equal(recordId);

      await expect(send(draft))
        .to.emit(registry, "Recorded")
        .withArgs(
          recordId,
          owner.signer,
          CONTENT,
          kindNumber("Training"),
          MANIFEST,
          draft.parents.map(({ kind, id: parentId }) => [kindNumber(kind), parentId]),
          ZeroAddress,
        );
      const kept = await registry.recordOf(recordId);
      expect(plain(kept)).to.deep.equal({
        owner: await owner.signer.getAddress(),
        kind: BigInt(kindNumber("Training")),
        recordedAt: await stage.now(),
        withdrawnAt: 0n,
        coSigner: ZeroAddress,
        contentHash: CONTENT,
        manifestHash: MANIFEST,
      });
    });

    it("is once and for good for an owner's content, whatever the kind", async () => {
      const recordId = recordIdOf(domain, owner.address, CONTENT);
      await send(draftOf());
      for (const again of [
        draftOf(),
        draftOf({ kind: "Release", parents: parentsOf("Task"), manifestHash: id("another") }),
      ]) {
        await expect(send(again))
          .to.be.revertedWithCustomError(registry, "RecordExists")
          .withArgs(recordId);
      }
      await registry.connect(owner.signer).withdraw(recordId, "wrong file");
      await expect(send(draftOf())).to.be.revertedWithCustomError(registry, "RecordExists");
    });

    it("leaves the same content to every other owner", async () => {
      await send(draftOf());
      await send(draftOf(), { by: stranger });
      const theirs = await registry.recordOf(recordIdOf(domain, stranger.address, CONTENT));
      expect(theirs.owner).to.equal(await stranger.signer.getAddress());
    });

    it("without a content hash or a manifest is refused", async () => {
      await expect(send(draftOf({ contentHash: ZeroHash }))).to.be.revertedWithCustomError(
        registry,
        "ContentHashMissing",
      );
      await expect(send(draftOf({ manifestHash: ZeroHash }))).to.be.revertedWithCustomError(
        registry,
        "ManifestHashMissing",
      );
    });

    it("of a task is refused: those are in FeedbackTasks", async () => {
      await expect(registry.record(kindNumber("Task"), CONTENT, [], MANIFEST))
        .to.be.revertedWithCustomError(registry, "KindNotRecordable")
        .withArgs(kindNumber("Task"));
    });

    it("of no known kind is refused", async () => {
      await expect(registry.record(5, CONTENT, [], MANIFEST)).to.be.revert(stage.connection.ethers);
    });

    for (const kind of recordKinds) {
      describe(`of kind ${kind}`, () => {
        const { needed, other } = parentRules[kind];

        it(`needs ${needed.join(" and ") || "no"} parents`, async () => {
          const whole = parentsOf(...needed);
          for (const missing of needed) {
            const parents = whole.filter((parent) => parent.kind !== missing);
            expect(findDraftFault(draftOf({ kind, parents }))).to.equal("ParentMissing");
            await expect(send(draftOf({ kind, parents })))
              .to.be.revertedWithCustomError(registry, "ParentMissing")
              .withArgs(kindNumber(kind), kindNumber(missing));
          }
          await expect(send(draftOf({ kind, parents: whole }))).to.emit(registry, "Recorded");
        });

        for (const parent of parentKinds) {
          const isAllowed = needed.includes(parent) || other.includes(parent);
          it(`${isAllowed ? "may have" : "has no"} parent of kind ${parent}`, async () => {
            const parents = parentsOf(...new Set([...needed, parent]));
            const sent = send(draftOf({ kind, parents }));
            if (isAllowed) return expect(sent).to.emit(registry, "Recorded");
            return expect(sent)
              .to.be.revertedWithCustomError(registry, "ParentNotAllowed")
              .withArgs(kindNumber(kind), kindNumber(parent));
          });
        }
      });
    }

    describe("given parents that are not there", () => {
      const task = (parentId: Hash): Parent[] => [{ kind: "Task", id: parentId }];

      it("refuses a task that does not exist, also one with a record's id", async () => {
        for (const parentId of [id("no task"), records.Release]) {
          await expect(send(draftOf({ kind: "Release", parents: task(parentId) })))
            .to.be.revertedWithCustomError(registry, "ParentUnknown")
            .withArgs(kindNumber("Task"), parentId);
        }
      });

      it("refuses a record that does not exist, also one with a task's id", async () => {
        for (const parentId of [id("no record"), taskId]) {
          await expect(send(draftOf({ parents: [{ kind: "Model", id: parentId }] })))
            .to.be.revertedWithCustomError(registry, "ParentUnknown")
            .withArgs(kindNumber("Model"), parentId);
        }
      });

      it("refuses a record under another kind than its own", async () => {
        await expect(send(draftOf({ parents: [{ kind: "Model", id: records.Training }] })))
          .to.be.revertedWithCustomError(registry, "ParentUnknown")
          .withArgs(kindNumber("Model"), records.Training);
      });

      it("refuses a record as its own parent", async () => {
        const recordId = recordIdOf(domain, owner.address, CONTENT);
        await expect(send(draftOf({ parents: [{ kind: "Model", id: recordId }] })))
          .to.be.revertedWithCustomError(registry, "ParentUnknown")
          .withArgs(kindNumber("Model"), recordId);
      });
    });

    it("takes parents in ascending order only, so none twice", async () => {
      const [first, second] = parentsOf("Model", "Training") as [Parent, Parent];
      const cases: [Parent[], number][] = [
        [[second, first], 1],
        [[first, second, second], 2],
        [[{ kind: "Model", id: ZeroHash }], 0],
      ];
      for (const [parents, index] of cases) {
        await expect(registry.record(kindNumber("Model"), CONTENT, numbered(parents), MANIFEST))
          .to.be.revertedWithCustomError(registry, "ParentsNotAscending")
          .withArgs(index);
      }
      await send(draftOf({ parents: [first, second] }));
    });

    it("takes a withdrawn record for a parent: what was made from it was", async () => {
      await registry.connect(stranger.signer).withdraw(records.Model, "licence");
      await expect(send(draftOf({ parents: parentsOf("Model") }))).to.emit(registry, "Recorded");
    });

    it("goes on from the training to the model that came out, and to its outputs' next task", async () => {
      await send(draftOf({ parents: parentsOf("Training") }));
      const result: Parent = { kind: "Model", id: recordIdOf(domain, owner.address, CONTENT) };
      await expect(
        send(
          draftOf({
            kind: "Evaluation",
            contentHash: id("leaderboard"),
            parents: [result, ...parentsOf("Task")],
          }),
        ),
      ).to.emit(registry, "Recorded");
    });
  });

  describe("recordCosigned", () => {
    let draft: RecordDraft;
    let recordId: Hash;
    beforeEach(() => {
      draft = draftOf({ kind: "Training", parents: parentsOf("Model", "Release") });
      recordId = recordIdOf(domain, owner.address, CONTENT);
    });

    const refused = async (sent: TxPromise, coSigner: Address): Promise<void> => {
      await expect(sent)
        .to.be.revertedWithCustomError(registry, "BadCoSignature")
        .withArgs(recordId, (address: string) => address.toLowerCase() === coSigner);
    };

    it("keeps and states who stood by it", async () => {
      const signature = coSign(draft, compute.address, compute.key);
      await expect(sendCosigned(draft, compute.address, signature))
        .to.emit(registry, "Recorded")
        .withArgs(
          recordId,
          owner.signer,
          CONTENT,
          kindNumber("Training"),
          MANIFEST,
          draft.parents.map(({ kind, id: parentId }) => [kindNumber(kind), parentId]),
          compute.signer,
        );
      expect((await registry.recordOf(recordId)).coSigner).to.equal(
        await compute.signer.getAddress(),
      );
    });

    it("signs the digest that the contract and the twin both make", async () => {
      for (const one of [draft, draftOf()]) {
        expect(
          await registry.coSignatureDigest(
            one.owner,
            kindNumber(one.kind),
            one.contentHash,
            numbered(one.parents),
            one.manifestHash,
            compute.address,
          ),
        ).to.equal(coSignatureDigest(domain, one, compute.address));
      }
    });

    it("by the owner itself is refused", async () => {
      await expect(sendCosigned(draft, owner.address, coSign(draft, owner.address, owner.key)))
        .to.be.revertedWithCustomError(registry, "CoSignerIsOwner")
        .withArgs(owner.signer);
    });

    it("is held to the rules of record", async () => {
      const bare = draftOf({ kind: "Training" });
      const signature = coSign(bare, compute.address, compute.key);
      await expect(sendCosigned(bare, compute.address, signature)).to.be.revertedWithCustomError(
        registry,
        "ParentMissing",
      );
      const whole = coSign(draft, compute.address, compute.key);
      await sendCosigned(draft, compute.address, whole);
      await expect(sendCosigned(draft, compute.address, whole)).to.be.revertedWithCustomError(
        registry,
        "RecordExists",
      );
    });

    it("without a signature of the co-signer's is refused", async () => {
      const byAnother = coSign(draft, compute.address, stranger.key);
      const whole = coSign(draft, compute.address, compute.key);
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const s = (order - BigInt(`0x${whole.slice(66, 130)}`)).toString(16).padStart(64, "0");
      const highS = `${whole.slice(0, 66)}${s}${whole.endsWith("1b") ? "1c" : "1b"}`;
      for (const signature of [byAnother, "0x", whole.slice(0, -2), `${whole}00`, highS])
        await refused(sendCosigned(draft, compute.address, signature), compute.address);
    });

    it("by nobody is refused", async () => {
      const signature = coSign(draft, ZeroAddress, compute.key);
      for (const none of [signature, "0x", `0x${"00".repeat(65)}`])
        await refused(sendCosigned(draft, ZeroAddress, none), ZeroAddress);
    });

    describe("given a co-signature made for something else", () => {
      it("refuses that of another chain and of another contract", async () => {
        const another = await deploy();
        for (const elsewhere of [
          signingDomain(stage.chainId + 1n, domain.verifyingContract),
          signingDomain(stage.chainId, (await another.getAddress()).toLowerCase()),
        ]) {
          const digest = coSignatureDigest(elsewhere, draft, compute.address);
          const signature = compute.key.sign(digest).serialized;
          await refused(sendCosigned(draft, compute.address, signature), compute.address);
        }
      });

      it("refuses that of another record: every part of it is signed", async () => {
        const others: Partial<RecordDraft>[] = [
          { owner: stranger.address },
          { kind: "Evaluation" },
          { contentHash: id("another run") },
          { manifestHash: id("another manifest") },
          { parents: draft.parents.slice(0, 1) },
          { parents: [...draft.parents, { kind: "Release", id: `0x${"ff".repeat(32)}` }] },
          { parents: draft.parents.map(({ id: parentId }) => ({ kind: "Model", id: parentId })) },
        ];
        for (const changes of others) {
          const signature = coSign({ ...draft, ...changes }, compute.address, compute.key);
          await refused(sendCosigned(draft, compute.address, signature), compute.address);
        }
      });

      it("refuses that of another owner's record, seen in its transaction", async () => {
        const signature = coSign(draft, compute.address, compute.key);
        await sendCosigned(draft, compute.address, signature);
        await expect(
          sendCosigned(draft, compute.address, signature, { by: stranger }),
        ).to.be.revertedWithCustomError(registry, "BadCoSignature");
      });

      it("refuses that of another co-signer's name", async () => {
        const signature = coSign(draft, stranger.address, compute.key);
        await refused(sendCosigned(draft, compute.address, signature), compute.address);
      });
    });

    describe("given a co-signer that is a contract (ERC-1271)", () => {
      let wallet: KeyedWallet;
      let address: Address;
      const key = keyOf("wallet key");
      beforeEach(async () => {
        const { ethers } = stage.connection;
        wallet = await ethers.deployContract("KeyedWallet", [ethers.computeAddress(key)]);
        address = (await wallet.getAddress()).toLowerCase();
      });

      it("takes what the contract says it signed", async () => {
        await expect(sendCosigned(draft, address, coSign(draft, address, key)))
          .to.emit(registry, "Recorded")
          .withArgs(
            recordId,
            owner.signer,
            CONTENT,
            kindNumber("Training"),
            MANIFEST,
            draft.parents.map(({ kind, id: parentId }) => [kindNumber(kind), parentId]),
            wallet,
          );
      });

      it("refuses what it says it has not, and what its key signed for another wallet", async () => {
        await refused(sendCosigned(draft, address, coSign(draft, address, compute.key)), address);
        await refused(sendCosigned(draft, address, coSign(draft, compute.address, key)), address);
        const signature = coSign(draft, address, key);
        await wallet.setKey(compute.address);
        await refused(sendCosigned(draft, address, signature), address);
      });

      it("refuses a contract that answers no such question", async () => {
        const token = (await stage.token.getAddress()).toLowerCase();
        await refused(sendCosigned(draft, token, coSign(draft, token, key)), token);
      });
    });
  });

  describe("withdraw", () => {
    let recordId: Hash;
    beforeEach(async () => {
      await send(draftOf());
      recordId = recordIdOf(domain, owner.address, CONTENT);
    });

    const withdraw = (reason: string, by = owner, which = recordId): TxPromise =>
      registry.connect(by.signer).withdraw(which, reason);

    it("marks a record with time and reason, and erases nothing", async () => {
      const before = await registry.recordOf(recordId);
      await expect(withdraw("contains ≥ 3 private e-mails"))
        .to.emit(registry, "RecordWithdrawn")
        .withArgs(recordId, owner.signer, "contains ≥ 3 private e-mails");
      expect(plain(await registry.recordOf(recordId))).to.deep.equal({
        ...plain(before),
        withdrawnAt: await stage.now(),
      });
    });

    it("by anybody else is refused, a co-signer too", async () => {
      const draft = draftOf({ contentHash: id("co-signed") });
      await sendCosigned(draft, compute.address, coSign(draft, compute.address, compute.key));
      const coSigned = recordIdOf(domain, owner.address, draft.contentHash);
      for (const [by, which] of [
        [stranger, recordId],
        [compute, coSigned],
      ] as const) {
        await expect(withdraw("no", by, which))
          .to.be.revertedWithCustomError(registry, "NotTheOwner")
          .withArgs(which, by.signer);
      }
    });

    it("of what was never recorded is refused", async () => {
      await expect(withdraw("no", owner, id("nothing")))
        .to.be.revertedWithCustomError(registry, "RecordUnknown")
        .withArgs(id("nothing"));
    });

    it("a second time is refused", async () => {
      await withdraw("once");
      await expect(withdraw("twice"))
        .to.be.revertedWithCustomError(registry, "AlreadyWithdrawn")
        .withArgs(recordId);
    });

    it("takes a reason of 1 to 1,024 bytes", async () => {
      for (const reason of ["", "x".repeat(1_025), "ä".repeat(513)]) {
        await expect(withdraw(reason))
          .to.be.revertedWithCustomError(registry, "ReasonOutOfBounds")
          .withArgs(new TextEncoder().encode(reason).length);
      }
      await withdraw("x".repeat(1_024));
    });
  });

  describe("recordOf", () => {
    it("what was never recorded is refused", async () => {
      await expect(registry.recordOf(id("nothing")))
        .to.be.revertedWithCustomError(registry, "RecordUnknown")
        .withArgs(id("nothing"));
    });
  });
});
