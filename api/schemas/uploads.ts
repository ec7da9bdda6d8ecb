import { z } from "zod";
import { admissionRuleSchema } from "../../protocol/admission.ts";
import { annexModelSchema } from "../../protocol/receipt-json.ts";
import { address, count, freeText, hash } from "./values.ts";

const flag = (fallback: "true" | "false") => z.enum(["true", "false"]).default(fallback);
const addressList = z.string().max(12_000).meta({ description: "comma-separated addresses" });

/** Long texts and lists fit better into the first line of the body: see `uploadOptions`. */
export const uploadQuery = z.object({
  layout: z.enum(["pairs", "battles"]).default("pairs"),
  /** Which answer becomes A is drawn for each item; false keeps the file's order. */
  shuffle: flag("true"),
  /** Import the good rows although some are bad; otherwise one bad row refuses the file. */
  skipBad: flag("false"),
  title: freeText(200).default(""),
  guideline: freeText(20_000).default(""),
  guidelineVersion: freeText(40).default("1"),
  /** The task will carry judgments made elsewhere. */
  replay: flag("false"),
  /** Only these may judge; absent: open to all seats of the role. */
  humans: addressList.optional(),
  ais: addressList.optional(),
});

/**
 * The first line of the body may be `{"options": {…}}`: the same names, lists as arrays, flags as booleans. It wins over
 * the query.
 */
export const uploadOptions = z
  .strictObject({
    layout: z.enum(["pairs", "battles"]).optional(),
    shuffle: z.boolean().optional(),
    skipBad: z.boolean().optional(),
    title: freeText(200).optional(),
    guideline: freeText(20_000).optional(),
    guidelineVersion: freeText(40).optional(),
    replay: z.boolean().optional(),
    humans: z.array(address).max(65_535).optional(),
    ais: z.array(address).max(65_535).optional(),
    /** In place of `humans` and `ais`: the list with the rule it was drawn by, as `scrutineer admission draw` prints it. */
    humanAdmission: admissionRuleSchema.optional(),
    aiAdmission: admissionRuleSchema.optional(),
    /** This line was put before a file: bad rows are named by the lines of the file. */
    prepended: z.boolean().optional(),
    /** Models of which the rows' `receipt_a` and `receipt_b` speak, each with its record's manifest byte for byte. */
    models: z.array(annexModelSchema).max(1_000).optional(),
  })
  .meta({ id: "UploadOptions" });

/** The manifest without its items; with them it is at `/content/{manifestHash}`. */
export const manifestHead = z.looseObject({
  format: z.literal("scrutineer-manifest/1"),
  itemCount: count,
  itemsRoot: hash,
  admission: z.object({ human: admissionRuleSchema, ai: admissionRuleSchema }),
  guideline: z.object({ version: z.string(), text: z.string() }),
  title: z.string(),
  replay: z.boolean(),
  identical: count,
  empty: count,
  annexHash: hash,
});

export const uploadPart = z.object({
  itemsRoot: hash,
  itemCount: count,
  manifestHash: hash,
  humanAdmissionRoot: hash.meta({ description: "zero: open" }),
  humanSeats: count,
  aiAdmissionRoot: hash.meta({ description: "zero: open" }),
  aiSeats: count,
  swapped: z
    .array(count)
    .meta({ description: "items whose answers changed places: the file's first one is their B" }),
  manifest: manifestHead,
});

export const badRow = z.object({ line: count, code: z.string(), message: z.string() });

export const addresses = z.array(address).max(65_535);

export const upload = z
  .object({
    uploadId: z.string(),
    rows: count,
    identical: count,
    empty: count,
    skipped: z.array(badRow),
    parts: z.array(uploadPart),
  })
  .meta({ id: "Upload" });
export type UploadJson = z.infer<typeof upload>;
