/** Deployment constants; protocol.md, section 3. Stakes in the token's smallest unit, times in seconds, delays in blocks. */
export interface Profile {
  readonly minStakeUnits: bigint;
  readonly unbonding: bigint;
  readonly seedDelay: bigint;
  readonly minPool: bigint;
  readonly minCommit: bigint;
  readonly minReveal: bigint;
  readonly claimWindow: bigint;
}

export type ProfileName = "local" | "public";

const HOUR = 3_600n;
const DAY = 24n * HOUR;

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  /** A chain on one's own machine: everything happens while one looks on. */
  local: {
    minStakeUnits: 100n * 10n ** 18n,
    unbonding: DAY,
    seedDelay: 2n,
    minPool: 40n,
    minCommit: 5n,
    minReveal: 10n,
    claimWindow: 60n,
  },
  /** A public network, with time for people to look after their own ballots. */
  public: {
    minStakeUnits: 100n * 10n ** 18n,
    unbonding: 30n * DAY,
    seedDelay: 132n,
    minPool: 40n,
    minCommit: 24n * HOUR,
    minReveal: 48n * HOUR,
    claimWindow: 7n * DAY,
  },
};
