// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pay} from "./Pay.sol";
import {StoredTallies, Tallies} from "./Tallies.sol";

/// @title Scores revealed ballots against the final tallies, and says what each earns
/// @notice A linked library, so that the rules of scoring have room of their own. `protocol/peer-score.ts` is the twin;
/// docs/protocol.md, section 6, is the rule.
///
/// Over a validator's scored entries (items with at least one vote of another person), by stratum:
/// `U = Σ L/m·h[x]`, `V_k = Σ L/m·h[k]`, `n_k = #{x = k}`, `D = n·U − Σ_k n_k·V_k`, and
/// `score = ( Σ_strata trunc(10^6·D / (L·(n−1))) ) / n`: agreement on the same item less agreement across items.
library Scoring {
    /// @param kinds of ballots: those not `HUMAN` or `AI` are passed over
    struct Rules {
        uint256 itemCount;
        bool withAis;
        bool conditionOnAi;
        uint256 fullPayScore;
        uint256 breakEven;
        uint256 maxPenalty;
        RoleRules human;
        RoleRules ai;
    }

    struct RoleRules {
        uint256 price;
        uint256 quota;
        uint256 need;
    }

    struct Outcome {
        int32 scorePpm;
        uint16 scored;
        int32 multiplePpm;
        uint256 payUnits;
        uint256 lossUnits;
    }

    enum Kind {
        None,
        Human,
        Ai
    }

    /// @dev Sums of one stratum. `peers` and `own` hold three lanes of 80 bits each, for A, B and tie.
    /// A lane of `peers` is at most 4,096·L < 2^31, one of `own` at most 4,096.
    struct Stratum {
        uint256 agreement;
        uint256 peers;
        uint256 own;
    }

    uint256 private constant LANE = 80;
    uint256 private constant LANE_MASK = (1 << LANE) - 1;

    /// @param entries effective entries, checked by the caller against the hash kept at reveal
    function score(
        StoredTallies storage stored,
        Rules memory rules,
        Kind[] memory kinds,
        bytes[] calldata entries
    ) external view returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](kinds.length);
        (, uint256 itemsPerWord) = Tallies.shape(rules.withAis);
        uint256[] memory words = new uint256[]((rules.itemCount + itemsPerWord - 1) / itemsPerWord);

        for (uint256 i = 0; i < kinds.length; ++i) {
            if (kinds[i] != Kind.None) _scoreOne(stored, words, rules, kinds[i] == Kind.Ai, entries[i], outcomes[i]);
        }
    }

    function _scoreOne(
        StoredTallies storage stored,
        uint256[] memory words,
        Rules memory rules,
        bool isAi,
        bytes calldata entries,
        Outcome memory outcome
    ) private view {
        RoleRules memory role = isAi ? rules.ai : rules.human;
        Stratum[4] memory strata;
        uint256 weight = _sum(stored, words, strata, rules, isAi, role.quota, entries);

        (int256 scorePpm, uint256 scored) = _scoreOf(strata);
        int256 multiplePpm = Pay.multipleOf(
            scorePpm,
            scored,
            role.need,
            rules.fullPayScore,
            rules.breakEven,
            rules.maxPenalty
        );
        // |score| <= 10^6·n/(n−1) <= 2·10^6, |multiple| <= 10^6, scored <= 4,096: all fit.
        outcome.scorePpm = int32(scorePpm);
        outcome.scored = uint16(scored);
        outcome.multiplePpm = int32(multiplePpm);
        (outcome.payUnits, outcome.lossUnits) = Pay.payOf(role.price, weight, multiplePpm);
    }

    /// @dev Adds a ballot's entries to the sums of their strata and returns what its judgments are worth, times L.
    function _sum(
        StoredTallies storage stored,
        uint256[] memory words,
        Stratum[4] memory strata,
        Rules memory rules,
        bool isAi,
        uint256 quota,
        bytes calldata entries
    ) private view returns (uint256 weight) {
        (uint256 itemBits, uint256 itemsPerWord) = Tallies.shape(rules.withAis);
        bool byLabel = rules.conditionOnAi && !isAi;

        // No overflow: sums over at most 4,096 entries of at most L·15 each; indexes and counts are below 2^24.
        unchecked {
            for (uint256 offset = 0; offset < entries.length; offset += 4) {
                uint256 entry = uint32(bytes4(entries[offset:]));
                uint256 itemIndex = entry >> 8;
                uint256 label = entry & 0xff;

                uint256 wordIndex = itemIndex / itemsPerWord;
                uint256 word = words[wordIndex];
                if (word == 0) {
                    word = stored.words[wordIndex] | Tallies.FILLED;
                    words[wordIndex] = word;
                }
                uint256 counts = word >> ((itemIndex - wordIndex * itemsPerWord) * itemBits);

                uint256 lanes = (counts & 0xf) | ((counts & 0xf0) << (LANE - 4)) | ((counts & 0xf00) << (2 * LANE - 8));
                uint256 peers = (counts & 0xf) + ((counts >> 4) & 0xf) + ((counts >> 8) & 0xf);
                uint256 votes;
                uint256 ais = counts >> 12;
                if (isAi) {
                    votes = (ais & 7) + ((ais >> 3) & 7) + ((ais >> 6) & 7);
                } else {
                    votes = peers;
                    peers -= 1; // its own vote is among them
                    lanes -= 1 << (LANE * label);
                }
                weight += Pay.weightOf(votes, quota);
                if (peers == 0) continue;

                Stratum memory stratum = strata[byLabel ? _labelOf(ais) : 3];
                uint256 share = Pay.L / peers;
                stratum.peers += share * lanes;
                stratum.own += 1 << (LANE * label);
                stratum.agreement += share * ((lanes >> (LANE * label)) & LANE_MASK);
            }
        }
    }

    /// @dev The verdict with strictly most AI votes (0 A, 1 B, 2 tie), or 3: none.
    function _labelOf(uint256 ais) private pure returns (uint256) {
        uint256 a = ais & 7;
        uint256 b = (ais >> 3) & 7;
        uint256 tie = (ais >> 6) & 7;
        if (a > b && a > tie) return 0;
        if (b > a && b > tie) return 1;
        if (tie > a && tie > b) return 2;
        return 3;
    }

    function _scoreOf(Stratum[4] memory strata) private pure returns (int256 scorePpm, uint256 scored) {
        // |D| <= n·U + Σ n_k·V_k <= 2·4,096^2·L < 2^44, and 10^6·D < 2^64: nothing overflows, every cast fits.
        unchecked {
            for (uint256 z = 0; z < 4; ++z) {
                Stratum memory stratum = strata[z];
                (uint256 own, uint256 peers) = (stratum.own, stratum.peers);
                uint256 n = (own & LANE_MASK) + ((own >> LANE) & LANE_MASK) + (own >> (2 * LANE));
                if (n < 2) continue;

                uint256 across =
                    (own & LANE_MASK) * (peers & LANE_MASK) +
                        ((own >> LANE) & LANE_MASK) * ((peers >> LANE) & LANE_MASK) +
                        (own >> (2 * LANE)) * (peers >> (2 * LANE));
                int256 d = int256(n * stratum.agreement) - int256(across);
                scorePpm += (Pay.PPM * d) / int256(Pay.L * (n - 1));
                scored += n;
            }
            if (scored != 0) scorePpm /= int256(scored);
        }
    }
}
