import { expect } from "chai";
import type { ApiClient } from "../../../cli/api-client.ts";
import { createApiClient } from "../../../cli/api-client.ts";
import { readAdmission } from "../../../cli/validator/admission.ts";
import { isScrutineerError } from "../../../protocol/errors.ts";
import { canonicalBytes } from "../../../protocol/item.ts";
import { admissionTree } from "../../../protocol/manifest.ts";
import { admissionLeaf, isInTree } from "../../../protocol/merkle-tree.ts";
import { sha256 } from "../../../protocol/sha256.ts";
import { ZERO_HASH, type Hash } from "../../../protocol/words.ts";

const address = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;
const taskId: Hash = `0x${"7a".repeat(32)}`;
const rule = {
  rule: "settled",
  minimum: 2,
  block: 7,
  validators: [1, 2, 3].map(address),
} as const;

/** A service with one task, whose terms and manifest may or may not belong together. */
function serviceWith({
  human = rule,
  root = admissionTree(rule)!.root,
  bytes = (manifest) => manifest,
}: {
  readonly human?: object;
  readonly root?: Hash;
  readonly bytes?: (manifest: Uint8Array) => Uint8Array;
} = {}): ApiClient {
  const manifest = canonicalBytes({ admission: { human, ai: { rule: "open" } } });
  const terms = {
    manifestHash: sha256(manifest),
    humanAdmissionRoot: root,
    aiAdmissionRoot: ZERO_HASH,
  };
  return {
    ...createApiClient("http://127.0.0.1:1/api"),
    get: () => Promise.resolve({ terms } as never),
    download: () => Promise.resolve(new Response(bytes(manifest).slice())),
  };
}

describe("A validator's place on an admission list", () => {
  it("is proved by the list that the terms bind", async () => {
    const { admissionIndex, admissionProof } = await readAdmission(serviceWith(), {
      taskId,
      validator: address(3),
    });
    const leaf = admissionLeaf(admissionIndex, address(3));
    expect(isInTree(admissionTree(rule)!.root, leaf, admissionProof)).to.equal(true);
  });

  it("needs no proof where the role is open or the validator is not listed", async () => {
    const none = { admissionIndex: 0, admissionProof: [] };
    const place = { taskId, validator: address(9) };
    expect(await readAdmission(serviceWith(), place)).to.deep.equal(none);
    const open = serviceWith({ human: { rule: "open" }, root: ZERO_HASH });
    expect(await readAdmission(open, place)).to.deep.equal(none);
  });

  const refused: [string, ApiClient][] = [
    [
      "one name longer than the terms bind",
      serviceWith({ human: { ...rule, validators: [1, 2, 3, 4].map(address) } }),
    ],
    ["of a rule nobody knows", serviceWith({ human: { ...rule, rule: "lottery" } })],
    [
      "in a manifest that was changed",
      serviceWith({ bytes: (manifest) => Uint8Array.from([...manifest, 32]) }),
    ],
  ];
  for (const [what, service] of refused) {
    it(`is sought on no list ${what}: no work is begun`, async () => {
      const error: unknown = await readAdmission(service, {
        taskId,
        validator: address(1),
      }).catch((thrown: unknown) => thrown);
      expect(isScrutineerError(error, "manifest-mismatch"), String(error)).to.equal(true);
    });
  }
});
