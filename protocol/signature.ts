/**
 * A signature off chain is 65 bytes (r, s, v) as 0x text; on chain it travels as EIP-2098 (r, vs), where the top bit of vs
 * is v's parity. Only low s is accepted, so that a signature has one form.
 */
import { recoverAddress } from "ethers";
import { ScrutineerError } from "./errors.ts";
import type { Address, Hash, Hex } from "./words.ts";

/** Half the order of secp256k1, rounded down: the highest low s. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

export interface CompactSignature {
  readonly r: Hash;
  readonly vs: Hash;
}

export function toCompact(signature: Hex): CompactSignature {
  if (!/^0x[0-9a-fA-F]{130}$/.test(signature)) throw invalid("a signature has 65 bytes");
  const lower = signature.toLowerCase();
  const v = parseInt(lower.slice(130), 16);
  if (v !== 27 && v !== 28) throw invalid("v must be 27 or 28");
  const s = BigInt(`0x${lower.slice(66, 130)}`);
  if (s > HALF_ORDER) throw invalid("s must be in the lower half");
  const vs = s | (BigInt(v - 27) << 255n);
  return { r: lower.slice(0, 66), vs: `0x${vs.toString(16).padStart(64, "0")}` };
}

export function fromCompact({ r, vs }: CompactSignature): Hex {
  const packed = BigInt(vs);
  const s = packed & (2n ** 255n - 1n);
  const v = packed >> 255n === 1n ? "1c" : "1b";
  return `${r.toLowerCase()}${s.toString(16).padStart(64, "0")}${v}`;
}

/**
 * Who signed this digest, lower-case; undefined where nobody did. Runs anywhere but slowly (hundreds a second): servers use
 * the native addon instead.
 */
export function recoverSigner(digest: Hash, signature: Hex): Address | undefined {
  try {
    toCompact(signature);
    return recoverAddress(digest, signature).toLowerCase();
  } catch {
    return undefined;
  }
}

function invalid(why: string): ScrutineerError {
  return new ScrutineerError("signature-invalid", why);
}
