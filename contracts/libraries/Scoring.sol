// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BallotCodec} from "./BallotCodec.sol";
import {Counting} from "./Counting.sol";
import {Pay} from "./Pay.sol";
import {StoredTallies, Tallies, TallyBook} from "./Tallies.sol";

/// @title Scores revealed ballots against the final tallies, and says what each earns
/// @notice A linked library, so that the rules of scoring have room of their own. `protocol/peer-score.ts` is the twin;
/// docs/protocol.md, section 6, is the rule.
///
/// Over a validator's scored entries (items with at least one vote of another person), by stratum:
/// `U = Σ L/m·h[x]`, `V_k = Σ L/m·h[k]`, `n_k = #{x = k}`, `D = n·U − Σ_k n_k·V_k`, and
/// `score = ( Σ_strata trunc(10^6·D / (L·(n−1))) ) / n`: agreement on the same item less agreement across items.
library Scoring {
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

    /// @dev Sums of one stratum, one stratum an AI label (A, B, tie) and one for none.
    /// `peers` and `own` hold three lanes of 80 bits each, for A, B and tie.
    /// A lane of `peers` is at most 4,096·L < 2^31, one of `own` at most 4,096.
    struct Stratum {
        uint256 agreement;
        uint256 peers;
        uint256 own;
    }

    /// @dev What the sum over a person's entries needs beside the entries and tallies.
    struct HumanSum {
        uint256 slot; // 0x00: of the stored tallies
        uint256[] words; // 0x20
        uint256 itemBits; // 0x40
        uint256 quota; // 0x60
        Stratum stratum; // 0x80: the one without a label
        Stratum[4] strata; // 0xa0
        uint256 overQuota; // 0xc0: L times what items over quota are worth less
    }

    uint256 private constant LANE = 80;
    uint256 private constant LANE_MASK = (1 << LANE) - 1;
    uint256 private constant SPREAD = (1 << 152) | (1 << 76) | 1;
    uint256 private constant SPREAD_MASK = (0xf << 160) | (0xf << 80) | 0xf;
    uint256 private constant L = 360360;
    /// @dev The stratum of items on which no verdict has strictly most AI votes; the only one where labels do not matter.
    uint256 private constant NO_LABEL = 3;

    /// @param kinds None: passed over
    /// @param entries effective entries, checked by the caller against the hash kept at reveal
    function score(
        StoredTallies storage stored,
        Rules memory rules,
        Counting.Kind[] memory kinds,
        bytes[] calldata entries
    ) external view returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](kinds.length);
        TallyBook memory book = Tallies.open(rules.itemCount, rules.withAis);

        for (uint256 i = 0; i < kinds.length; ++i) {
            if (kinds[i] != Counting.Kind.None)
                _scoreOne(book, stored, rules, kinds[i] == Counting.Kind.Ai, entries[i], outcomes[i]);
        }
    }

    function _scoreOne(
        TallyBook memory book,
        StoredTallies storage stored,
        Rules memory rules,
        bool isAi,
        bytes calldata entries,
        Outcome memory outcome
    ) private view {
        RoleRules memory role = isAi ? rules.ai : rules.human;
        Stratum[4] memory strata;
        uint256 weight =
            isAi
                ? _sumAi(book, stored, strata[NO_LABEL], rules, entries)
                : _sumHuman(book, stored, strata, rules, entries);

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

    /// @dev Adds a person's entries to the sums of their strata; returns what its judgments are worth, times L.
    function _sumHuman(
        TallyBook memory book,
        StoredTallies storage stored,
        Stratum[4] memory strata,
        Rules memory rules,
        bytes calldata entries
    ) private view returns (uint256 weight) {
        uint256 slot;
        assembly ("memory-safe") {
            slot := stored.slot
        }
        HumanSum memory sum = HumanSum({
            slot: slot,
            words: book.words,
            itemBits: book.itemBits,
            quota: rules.human.quota,
            stratum: strata[NO_LABEL],
            strata: strata,
            overQuota: 0
        });
        // Two calls, so that the compiler does not inline the loop: it would run out of stack and compute things twice.
        if (rules.conditionOnAi) _addHuman(sum, book.itemsPerWord, true, entries);
        else _addHuman(sum, book.itemsPerWord, false, entries);
        return (entries.length / BallotCodec.ENTRY_BYTES) * L - sum.overQuota;
    }

    /// @dev An item's human counts are digits in base 16. Without the validator's own vote they are at most 14 together, so
    /// modulo 15 they add up. Multiplied by 1 + 2^76 + 2^152 and masked they stand 80 bits apart, so that one multiplication
    /// weighs all three. No sum overflows: at most 4,096 entries of L·14 each.
    ///
    /// Assembly: this loop runs once a judgment of a person. To keep the stack shallow, what is read once a turn lies in
    /// `sum`, at the offsets given at {HumanSum}. Stratum: agreement 0x00, peers 0x20, own 0x40.
    function _addHuman(HumanSum memory sum, uint256 itemsPerWord, bool byLabel, bytes calldata entries) private view {
        assembly ("memory-safe") {
            let words := add(mload(add(sum, 0x20)), 0x20)
            let stratum := mload(add(sum, 0x80))
            let offset := entries.offset
            for {
                let end := add(offset, entries.length)
            } lt(offset, end) {
                offset := add(offset, 4)
            } {
                let item := shr(232, calldataload(offset))
                {
                    let at := div(item, itemsPerWord)
                    let word := mload(add(words, shl(5, at)))
                    if iszero(word) {
                        word := or(sload(add(mload(sum), at)), shl(255, 1))
                        mstore(add(words, shl(5, at)), word)
                    }
                    item := shr(mul(mod(item, itemsPerWord), mload(add(sum, 0x40))), word)
                }
                if byLabel {
                    let a := and(shr(12, item), 7)
                    let b := and(shr(15, item), 7)
                    let tie := and(shr(18, item), 7)
                    let z := 3
                    if and(gt(a, b), gt(a, tie)) {
                        z := 0
                    }
                    if and(gt(b, a), gt(b, tie)) {
                        z := 1
                    }
                    if and(gt(tie, a), gt(tie, b)) {
                        z := 2
                    }
                    stratum := mload(add(mload(add(sum, 0xa0)), shl(5, z)))
                }
                let label := and(shr(224, calldataload(offset)), 3)
                let counts := sub(and(item, 0xfff), shl(shl(2, label), 1))
                let peers := mod(counts, 15)
                if iszero(lt(peers, mload(add(sum, 0x60)))) {
                    // An item over quota shares its pay.
                    let shared := mul(div(L, add(peers, 1)), mload(add(sum, 0x60)))
                    mstore(add(sum, 0xc0), add(mload(add(sum, 0xc0)), sub(L, shared)))
                }
                if peers {
                    let share := div(L, peers)
                    mstore(stratum, add(mload(stratum), mul(share, and(shr(shl(2, label), counts), 0xf))))
                    let at := add(stratum, 0x20)
                    mstore(at, add(mload(at), mul(share, and(mul(counts, SPREAD), SPREAD_MASK))))
                    at := add(stratum, 0x40)
                    mstore(at, add(mload(at), shl(mul(80, label), 1)))
                }
            }
        }
    }

    /// @dev The same for an AI: scored against people alone, in one stratum, and never among its own peers.
    function _sumAi(
        TallyBook memory book,
        StoredTallies storage stored,
        Stratum memory stratum,
        Rules memory rules,
        bytes calldata entries
    ) private view returns (uint256 weight) {
        for (uint256 offset = 0; offset < entries.length; offset += BallotCodec.ENTRY_BYTES) {
            (uint256 itemIndex, uint256 label) = BallotCodec.entryAt(entries, offset);
            (uint256 counts, uint256 place) = Tallies.load(book, stored, itemIndex);
            counts >>= place;
            weight += Pay.weightOf(Tallies.aiVotes(counts), rules.ai.quota);
            uint256 peers = Tallies.humanVotes(counts);
            if (peers == 0) continue;

            uint256 lanes = ((counts & 0xfff) * SPREAD) & SPREAD_MASK;
            uint256 share = L / peers;
            stratum.agreement += share * ((lanes >> (LANE * label)) & LANE_MASK);
            stratum.peers += share * lanes;
            stratum.own += 1 << (LANE * label);
        }
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
                scorePpm += (Pay.PPM * d) / int256(L * (n - 1));
                scored += n;
            }
            if (scored != 0) scorePpm /= int256(scored);
        }
    }
}
