/**
 * Signatures in bulk. The native addon recovers some twenty thousand a second on one core where pure JavaScript does a few
 * hundred, so intake and recount use it; where it is not built, ethers does the same, slowly.
 */
import { createRequire } from "node:module";
import { keccak256, recoverAddress as ethersRecover, SigningKey } from "ethers";
import { createKeccak } from "hash-wasm";

interface Secp256k1 {
  ecdsaRecover(
    signature: Uint8Array,
    recid: number,
    digest: Uint8Array,
    compressed: false,
  ): Uint8Array;
  ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number };
}

/** Undefined where the addon was not built for this platform. */
export const nativeSecp256k1: Secp256k1 | undefined = loadAddon();

const hasher = await createKeccak(256).catch(() => undefined);

/** What makes signatures and tells their signers. */
export interface Signatures {
  /**
   * The lower-case address whose key made this 65-byte signature (0x text) over this 32-byte digest, or undefined where
   * there is none: wrong length, high s, v other than 27 or 28, no point on the curve. Refusing high s leaves each
   * signature one form, as the contracts do.
   */
  readonly recoverAddress: (digest: string, signature: string) => string | undefined;
  /** 65 bytes (r, s, v = 27 or 28), low s, deterministic (RFC 6979), as 0x text. */
  readonly signDigest: (digest: string, privateKey: string) => string;
}

const HALF_ORDER = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";

export function nativeSignatures(addon: Secp256k1): Signatures {
  return {
    recoverAddress(digest, signature) {
      const parity = parityOf(digest, signature);
      if (parity === undefined) return undefined;
      try {
        const bytes = Buffer.from(signature.slice(2, 130), "hex");
        const point = addon.ecdsaRecover(bytes, parity, Buffer.from(digest.slice(2), "hex"), false);
        return `0x${keccakOf(point.subarray(1)).slice(-40)}`;
      } catch {
        return undefined;
      }
    },
    signDigest(digest, privateKey) {
      const { signature, recid } = addon.ecdsaSign(
        Buffer.from(digest.slice(2), "hex"),
        Buffer.from(privateKey.slice(2), "hex"),
      );
      return `0x${Buffer.from(signature).toString("hex")}${recid === 1 ? "1c" : "1b"}`;
    },
  };
}

export function ethersSignatures(): Signatures {
  return {
    recoverAddress(digest, signature) {
      const parity = parityOf(digest, signature);
      if (parity === undefined) return undefined;
      try {
        const v = parity === 1 ? "1c" : "1b";
        return ethersRecover(digest, `${signature.slice(0, 130)}${v}`).toLowerCase();
      } catch {
        return undefined;
      }
    },
    signDigest: (digest, privateKey) => new SigningKey(privateKey).sign(digest).serialized,
  };
}

const signatures = nativeSecp256k1 ? nativeSignatures(nativeSecp256k1) : ethersSignatures();

export const recoverAddress: Signatures["recoverAddress"] = signatures.recoverAddress;
export const signDigest: Signatures["signDigest"] = signatures.signDigest;

/** v as 0 or 1; undefined where digest or signature have a wrong form. */
function parityOf(digest: string, signature: string): 0 | 1 | undefined {
  if (!/^0x[0-9a-fA-F]{64}$/.test(digest) || !/^0x[0-9a-fA-F]{130}$/.test(signature))
    return undefined;
  if (signature.slice(66, 130).toLowerCase() > HALF_ORDER) return undefined;
  const v = parseInt(signature.slice(130), 16);
  return v === 27 ? 0 : v === 28 ? 1 : undefined;
}

function keccakOf(bytes: Uint8Array): string {
  return hasher ? hasher.init().update(bytes).digest("hex") : keccak256(bytes).slice(2);
}

function loadAddon(): Secp256k1 | undefined {
  try {
    return createRequire(import.meta.url)("secp256k1/bindings.js") as Secp256k1;
  } catch {
    return undefined;
  }
}
