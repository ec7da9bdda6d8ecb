import { expect } from "chai";
import { id, toBeHex } from "ethers";
import { IFeedbackTasks__factory } from "../../bindings/index.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import { findClaimCalls, readClaimCall } from "../../release/claim-calldata.ts";

describe("What a transaction's data shows of a claim", () => {
  const contract = IFeedbackTasks__factory.createInterface();
  const taskId = id("task");
  const validator = `0x${"1a".repeat(20)}`;
  const entries = encodeEntries([{ itemIndex: 3, verdict: 1 }]);
  const recordedEntries = encodeEntries([{ itemIndex: 2, verdict: 0 }]);
  const data = contract.encodeFunctionData("claimOmission", [
    taskId,
    {
      ...{ validator, version: 1, judgments: 1, commitment: id("sealed") },
      ...{ admissionIndex: 7, admissionProof: [id("proof")], r: id("r"), vs: id("vs") },
    },
    id("receipt r"),
    id("receipt vs"),
    { validator, salt: id("salt"), notesHash: id("notes"), entries },
    recordedEntries,
  ]);
  /** Four bytes of the last word are entries; the contract does not ask for the others. */
  const unpadded = data.slice(0, -2 * 28);
  const word = (index: number): number => 2 + 8 + 64 * index;
  /** The ballot says that its admission proof lies before it: the contract follows, modulo 2^256. */
  const backwards = ((): string => {
    const ballotAt = word(6);
    const proofOffsetAt = ballotAt + 64 * 5;
    return (
      data.slice(0, proofOffsetAt) +
      toBeHex(2n ** 256n - 64n, 32).slice(2) +
      data.slice(proofOffsetAt + 64)
    );
  })();

  it("is all of it", () => {
    const claim = readClaimCall(data, taskId);
    expect(claim?.ballot).to.deep.equal({
      ...{ taskId, validator, version: 1, judgments: 1, commitment: id("sealed") },
    });
    expect(claim).to.deep.include({ admissionIndex: 7, admissionProof: [id("proof")] });
    expect(claim?.opening).to.deep.equal({ salt: id("salt"), notesHash: id("notes"), entries });
    expect(claim?.recordedEntries).to.equal(recordedEntries);
    expect(findClaimCalls(data, taskId, validator)).to.deep.equal([claim]);
  });

  it("is all of it where the last bytes were not padded to a whole word, as the contract takes them", () => {
    expect(readClaimCall(unpadded, taskId)).to.deep.equal(readClaimCall(data, taskId));
    expect(findClaimCalls(unpadded, taskId, validator)).to.have.length(1);
  });

  it("is nothing where the data is cut off, points backwards, or is no claim in this task", () => {
    expect(readClaimCall(unpadded.slice(0, -2), taskId)).to.equal(undefined);
    expect(readClaimCall(backwards, taskId)).to.equal(undefined);
    expect(readClaimCall(data, id("another task"))).to.equal(undefined);
    expect(readClaimCall(`0x00${data.slice(2)}`, taskId)).to.equal(undefined);
    expect(findClaimCalls(data, taskId, `0x${"2b".repeat(20)}`)).to.deep.equal([]);
  });
});
