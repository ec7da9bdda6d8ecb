import { expect } from "chai";
import type { Signatures } from "../../runtime/signatures.ts";
import {
  ethersSignatures,
  nativeSecp256k1,
  nativeSignatures,
  recoverAddress,
  signDigest,
} from "../../runtime/signatures.ts";
import { readVectors } from "../vectors/read-vectors.ts";

const vectors =
  readVectors<{ digest: string; privateKey: string; signer: string; signature: string }[]>(
    "digests",
  );

const ways: [string, Signatures | undefined][] = [
  ["the native addon", nativeSecp256k1 && nativeSignatures(nativeSecp256k1)],
  ["ethers", ethersSignatures()],
  ["whichever is there", { recoverAddress, signDigest }],
];

describe("signatures in bulk", () => {
  ways.forEach(([name, signatures]) => {
    describe(`by ${name}`, () => {
      before(function () {
        if (!signatures) {
          console.log("      (skipped: the addon is not built for this platform)");
          this.skip();
        }
      });

      it("are the golden vectors', made and recovered", () => {
        for (const { digest, privateKey, signer, signature } of vectors) {
          expect(signatures?.signDigest(digest, privateKey)).to.equal(signature);
          expect(signatures?.recoverAddress(digest, signature)).to.equal(signer);
        }
      });

      it("tell another signer for another digest", () => {
        const [{ signature, signer }, { digest }] = vectors as [
          (typeof vectors)[number],
          (typeof vectors)[number],
        ];
        expect(signatures?.recoverAddress(digest, signature)).not.to.equal(signer);
      });

      it("have one form only: a high s, another v, another length, nonsense are nobody's", () => {
        const [{ digest, signature }] = vectors as [(typeof vectors)[number]];
        const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
        const highS = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16);
        const v = signature.endsWith("1b") ? "1c" : "1b";
        for (const other of [
          `${signature.slice(0, 66)}${highS.padStart(64, "0")}${v}`,
          `${signature.slice(0, 130)}00`,
          `${signature.slice(0, 130)}1d`,
          signature.slice(0, -2),
          `${signature}00`,
          `0x${"00".repeat(64)}1b`,
          `0x${"ff".repeat(32)}${"11".repeat(32)}1b`,
          "",
          "0x",
        ]) {
          expect(signatures?.recoverAddress(digest, other), other).to.equal(undefined);
        }
        expect(signatures?.recoverAddress("0x12", signature)).to.equal(undefined);
      });
    });
  });
});
