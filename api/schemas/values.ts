/** Values as they stand in JSON: amounts are decimal strings; counts, ppm and times in seconds are numbers. */
import { z } from "zod";
import "zod-openapi";
import { isKeepable } from "../../store/keepable-text.ts";

export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "not an address")
  .toLowerCase()
  .meta({
    description: "20 bytes, 0x text",
    example: "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
  });

export const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "not a 32-byte hash")
  .toLowerCase()
  .meta({ description: "32 bytes, 0x text" });

export const hex = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/, "not bytes as 0x text")
  .toLowerCase()
  .meta({ description: "any bytes, 0x text" });

export const signature = z
  .string()
  .regex(/^0x[0-9a-fA-F]{130}$/, "not a 65-byte signature")
  .toLowerCase()
  .meta({ description: "65 bytes r, s, v; 0x text" });

/** By a key, or whatever a wallet that is a contract takes for one (ERC-1271). */
export const walletSignature = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2}){1,4096}$/, "not a signature: 1 to 4,096 bytes")
  .toLowerCase()
  .meta({ description: "65 bytes r, s, v, or what an ERC-1271 wallet takes; 0x text" });

export const amount = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,77})$/, "not an amount in the token's smallest unit")
  .meta({ description: "token's smallest unit, decimal", example: "1000000000000000000" });

/** Anybody's own words, `most` characters of them. */
export function freeText(most: number): z.ZodString {
  return z.string().max(most).refine(isKeepable, "holds NUL or half a surrogate pair");
}

export const seconds = z
  .int()
  .min(0)
  .max(2 ** 40 - 1)
  .meta({ description: "seconds since 1970, block time" });

export const count = z.int().min(0);
export const uint32 = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
export const ppm = uint32.meta({ description: "parts per million" });
export const judgingRole = z.enum(["Human", "Ai"]);
export const cursor = z.string().max(200).meta({ description: "where the last page ended" });

export const message = z.object({ role: z.string(), content: z.string() });
export const content = z.object({ messages: z.array(message), salt: hash }).meta({
  id: "Content",
  description: "canonical JSON of it (RFC 8785) has the sha-256 the item names",
});

/** Every refusal: application/problem+json (RFC 9457). */
export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: "what is wrong, one word that scripts may rely on" }),
    detail: z.string(),
  })
  .meta({ id: "Problem" });
