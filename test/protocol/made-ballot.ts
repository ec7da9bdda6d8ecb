/** Ballots of named validators, saying given verdicts. */
import { id } from "ethers";
import type { Entry } from "../../protocol/ballot.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import type { CommittedBallot } from "../../protocol/settlement.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import type { Address, CanonicalVerdict, Role } from "../../protocol/words.ts";

export const seed = id("seed");
export const everyTicket = 2n ** 255n;
export const addressOf = (name: string): Address => `0x${id(name).slice(26)}`;

/** A ballot saying these canonical verdicts, however its tickets flip the sides. */
export function ballotOf(
  name: string,
  role: Role,
  verdicts: readonly (CanonicalVerdict | undefined)[],
): CommittedBallot {
  const validator = addressOf(name);
  const ticket = ticketsOf(seed, validator, everyTicket);
  const entries = verdicts.flatMap((verdict, itemIndex): Entry[] =>
    verdict === undefined
      ? []
      : [{ itemIndex, verdict: toPresented(verdict, ticket(itemIndex).flip) }],
  );
  return { validator, role, judgments: entries.length, entries: encodeEntries(entries) };
}
