import { z } from "zod";
import { address, hash, seconds, uint32 } from "./values.ts";

/** A ballot of 4,096 judgments, each version's change kept, makes some half a million characters. */
const LONGEST = 1_500_000;

const ciphertext = z.base64().min(40).max(LONGEST).meta({
  description: "base64, encrypted to the validator; its form is the validator's affair",
});

export const encryptedCopy = z
  .object({ version: uint32.min(1), ciphertext })
  .meta({ id: "EncryptedCopy", description: "version: the newest it holds" });
export const storedCopy = encryptedCopy.extend({ storedAt: seconds }).meta({ id: "StoredCopy" });
export type StoredCopyJson = z.infer<typeof storedCopy>;

export const copyPath = z.object({ taskId: hash, validator: address });
