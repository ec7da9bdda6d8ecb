/**
 * Column kinds every table shares: how a word of the protocol lies in SQL. Names are left out: they are the snake_case of
 * the keys. A default of an amount is written sql`0` (drizzle-kit cannot print bigint literals).
 */
import { bigint, integer, numeric, text } from "drizzle-orm/pg-core";
import type { Address, Hash, Hex } from "../../protocol/words.ts";

/** 20 bytes, lower-case 0x text. */
export const address = () => text().$type<Address>();
/** 32 bytes, lower-case 0x text. */
export const hash = () => text().$type<Hash>();
/** Any bytes, lower-case 0x text. */
export const hex = () => text().$type<Hex>();
/** uint256, as bigint: token units, nonces, thresholds. */
export const amount = () => numeric({ precision: 78, scale: 0, mode: "bigint" });
/** Block number. */
export const blockNumber = () => bigint({ mode: "bigint" });
/** Block time in seconds. */
export const seconds = () => bigint({ mode: "bigint" });

/** Where on chain a row's fact was stated. */
export const fact = () => ({
  blockNumber: blockNumber().notNull(),
  blockHash: hash().notNull(),
  blockTimestamp: seconds().notNull(),
  txHash: hash().notNull(),
  logIndex: integer().notNull(),
});
