/**
 * The words every file shares. Addresses and 32-byte hashes travel as lower-case 0x text, so that text comparison,
 * SQL and JSON agree; amounts and block times are bigint, small counts and ppm are numbers.
 */
import { ScrutineerError } from "./errors.ts";

/** 20 bytes, lower-case 0x text. */
export type Address = string;
/** 32 bytes, lower-case 0x text. */
export type Hash = string;
/** Any bytes, lower-case 0x text. */
export type Hex = string;

/** Roles that judge. */
export type Role = "Human" | "Ai";
/** Roles that stake. */
export type StakeRole = Role | "Operator";

/** What a ballot says: 0 = left, 1 = right, 2 = tie. */
export type PresentedVerdict = 0 | 1 | 2;
/** What is tallied: 0 = A, 1 = B, 2 = tie. */
export type CanonicalVerdict = 0 | 1 | 2;

export const PPM = 1_000_000;
export const PPM_BIG = 1_000_000n;
export const ZERO_HASH: Hash = `0x${"0".repeat(64)}`;
export const ZERO_ADDRESS: Address = `0x${"0".repeat(40)}`;

/** Lower-cases an address; refuses what is none. Checksums are not demanded: they are checked where people type. */
export function toAddress(text: string): Address {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) {
    throw new ScrutineerError("invalid-address", `not an address: ${text}`, { value: text });
  }
  return text.toLowerCase();
}

/** Lower-cases a 32-byte hash; refuses what is none. */
export function toHash(text: string): Hash {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) {
    throw new ScrutineerError("invalid-hash", `not a 32-byte hash: ${text}`, { value: text });
  }
  return text.toLowerCase();
}
