// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BallotCodec} from "./BallotCodec.sol";
import {Counting} from "./Counting.sol";
import {Gold, GoldKey} from "./Gold.sol";
import {Pay} from "./Pay.sol";
import {StoredTallies, Tallies, TallyBook} from "./Tallies.sol";

/// @title Scores revealed ballots against the final tallies, and says what each earns
/// @notice A linked library, so that the rules of scoring have room of their own. `protocol/peer-score.ts` is the
/// twin; docs/protocol.md, section 6, is the rule.
///
/// Over a validator's scored entries (items with at least one vote of another person), by stratum:
/// `U = Σ L/m·h[x]`, `V_k = Σ L/m·h[k]`, `n_k = #{x = k}`, `D = n·U − Σ_k n_k·V_k`, and
/// `score = ( Σ_strata trunc(10^6·D / (L·(n−1))) ) / n`: agreement on the same item less agreement across items.
library Scoring {
    struct Rules {
        uint256 itemCount;
        bool withAis;
        bool conditionOnAi;
        bool goldGate;
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

    /// @param goldsMissed 0 unless the gold gate was failed: then golds right · 256 + golds wrong
    struct Outcome {
        int32 scorePpm;
        uint16 scored;
        int32 multiplePpm;
        uint16 goldsMissed;
        uint256 payUnits;
        uint256 lossUnits;
    }

    /// @dev What a call reads and adds up; the loop over a person's entries reads it at the offsets given.
    struct Sheet {
        uint256[] words; // 0x00: the tallies, filled when first touched
        uint256 slot; // 0x20: of the stored tallies
        uint256 itemsPerWord; // 0x40
        uint256 itemBits; // 0x60
        // 0x80: by number of peers, what a person's entry on such an item adds: L / peers in the lowest 32 bits,
        // above them a bit that is set where there is any, from bit 64 on L times what the entry is worth less than a
        // whole judgment, because its voters share an item over quota.
        uint256[15] parts;
        uint256 byLabel; // 0xa0: 1 where people are scored by the item's AI label
        // 0xc0: one ballot's sums, three words a stratum: agreement, peers, own; one stratum an AI label (A, B, tie)
        // and one for none. `agreement` has, from bit 64 on, what the entries are worth less. `peers` and `own` hold
        // three lanes of 80 bits each, for A, B and tie. No lane exceeds 4,096·L < 2^31.
        uint256[12] sums;
    }

    uint256 private constant LANE = 80;
    uint256 private constant LANE_MASK = (1 << LANE) - 1;
    uint256 private constant SPREAD = (1 << 152) | (1 << 76) | 1;
    uint256 private constant SPREAD_MASK = (0xf << 160) | (0xf << 80) | 0xf;
    uint256 private constant AGREEMENT_MASK = type(uint64).max;
    uint256 private constant L = 360360;
    uint256 private constant STRATA = 4;
    uint256 private constant STRATUM_WORDS = 3;
    /// @dev Where the stratum of items without an AI label begins; the only one where labels do not matter.
    uint256 private constant NO_LABEL = 9;

    /// @param kinds None: passed over
    /// @param entries effective entries, checked by the caller against the hash kept at reveal
    function score(
        StoredTallies storage stored,
        GoldKey storage storedKey,
        Rules calldata rules,
        Counting.Kind[] calldata kinds,
        bytes[] calldata entries
    ) external view returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](kinds.length);
        GoldKey memory key;
        if (rules.goldGate) key = storedKey;
        Sheet memory sheet = _sheetOf(stored, rules);
        for (uint256 i = 0; i < kinds.length; ++i) {
            if (kinds[i] == Counting.Kind.None) continue;
            if (rules.goldGate) outcomes[i].goldsMissed = _goldsMissed(key, entries[i]);
            if (kinds[i] == Counting.Kind.Human) {
                _addHuman(sheet, entries[i]);
                _conclude(sheet, rules, rules.human, entries[i].length, outcomes[i]);
            } else {
                _addAi(sheet, rules.ai.quota, entries[i]);
                _conclude(sheet, rules, rules.ai, entries[i].length, outcomes[i]);
            }
        }
    }

    /// @dev As {Outcome} keeps it. Who failed has a wrong one, so it is not 0.
    function _goldsMissed(GoldKey memory key, bytes calldata entries) private pure returns (uint16) {
        (uint256 right, uint256 wrong) = Gold.answersOf(key, entries);
        return Gold.fails(right, wrong) ? uint16((right << 8) | wrong) : 0; // together at most 60
    }

    function _sheetOf(StoredTallies storage stored, Rules calldata rules) private pure returns (Sheet memory sheet) {
        uint256 slot;
        assembly ("memory-safe") {
            slot := stored.slot
        }
        TallyBook memory book = Tallies.open(rules.itemCount, rules.withAis);
        sheet.words = book.words;
        sheet.slot = slot;
        sheet.itemsPerWord = book.itemsPerWord;
        sheet.itemBits = book.itemBits;
        for (uint256 peers = 0; peers < 15; ++peers) {
            uint256 lost = L - Pay.weightOf(peers + 1, rules.human.quota);
            sheet.parts[peers] = (lost << 64) | (peers == 0 ? 0 : (1 << 32) | (L / peers));
        }
        sheet.byLabel = rules.conditionOnAi ? 1 : 0;
    }

    /// @dev Turns one ballot's sums into its outcome, and clears them for the next.
    function _conclude(
        Sheet memory sheet,
        Rules calldata rules,
        RoleRules calldata role,
        uint256 entriesLength,
        Outcome memory outcome
    ) private pure {
        (int256 scorePpm, uint256 scored, uint256 lost) = _scoreOf(sheet.sums);
        uint256 weight = (entriesLength / BallotCodec.ENTRY_BYTES) * L - lost;
        int256 multiplePpm = Pay.multipleOf(
            scorePpm,
            scored,
            role.need,
            rules.fullPayScore,
            rules.breakEven,
            rules.maxPenalty
        );
        if (outcome.goldsMissed != 0 && multiplePpm > 0) multiplePpm = 0;
        // |score| <= 10^6·n/(n−1) <= 2·10^6, |multiple| <= 10^6, scored <= 4,096: all fit.
        outcome.scorePpm = int32(scorePpm);
        outcome.scored = uint16(scored);
        outcome.multiplePpm = int32(multiplePpm);
        (outcome.payUnits, outcome.lossUnits) = Pay.payOf(role.price, weight, multiplePpm);

        delete sheet.sums;
    }

    /// @dev Adds a person's entries to the sums of their strata.
    ///
    /// An item's human counts are digits in base 16. Without the validator's own vote they are at most 14 together,
    /// so modulo 15 they add up. Multiplied by 1 + 2^76 + 2^152 and masked they stand 80 bits apart, so that one
    /// multiplication weighs all three. No sum overflows: at most 4,096 entries of L·14 each.
    ///
    /// Assembly: this loop runs once a judgment of a person, and is most of what settling costs.
    function _addHuman(Sheet memory sheet, bytes calldata entries) private view {
        assembly ("memory-safe") {
            let words := add(mload(sheet), 0x20)
            let parts := mload(add(sheet, 0x80))
            let itemsPerWord := mload(add(sheet, 0x40))
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
                        word := or(sload(add(mload(add(sheet, 0x20)), at)), shl(255, 1))
                        mstore(add(words, shl(5, at)), word)
                    }
                    item := shr(mul(mod(item, itemsPerWord), mload(add(sheet, 0x60))), word)
                }
                let stratum := add(mload(add(sheet, 0xc0)), 0x120)
                if mload(add(sheet, 0xa0)) {
                    let a := and(shr(12, item), 7)
                    let b := and(shr(15, item), 7)
                    let tie := and(shr(18, item), 7)
                    if and(gt(a, b), gt(a, tie)) {
                        stratum := sub(stratum, 0x120)
                    }
                    if and(gt(b, a), gt(b, tie)) {
                        stratum := sub(stratum, 0xc0)
                    }
                    if and(gt(tie, a), gt(tie, b)) {
                        stratum := sub(stratum, 0x60)
                    }
                }
                let label := and(shr(224, calldataload(offset)), 3)
                item := sub(and(item, 0xfff), shl(shl(2, label), 1))
                let part := mload(add(parts, shl(5, mod(item, 15))))
                mstore(
                    stratum,
                    add(
                        add(mload(stratum), shl(64, shr(64, part))),
                        mul(and(part, 0xffffffff), and(shr(shl(2, label), item), 0xf))
                    )
                )
                stratum := add(stratum, 0x20)
                mstore(stratum, add(mload(stratum), mul(and(part, 0xffffffff), and(mul(item, SPREAD), SPREAD_MASK))))
                stratum := add(stratum, 0x20)
                mstore(stratum, add(mload(stratum), shl(mul(80, label), and(shr(32, part), 1))))
            }
        }
    }

    /// @dev The same for an AI: scored against people alone, in one stratum, and never among its own peers.
    function _addAi(Sheet memory sheet, uint256 quota, bytes calldata entries) private view {
        uint256[12] memory sums = sheet.sums;
        for (uint256 offset = 0; offset < entries.length; offset += BallotCodec.ENTRY_BYTES) {
            (uint256 itemIndex, uint256 label) = BallotCodec.entryAt(entries, offset);
            uint256 counts = _countsOf(sheet, itemIndex);
            sums[NO_LABEL] += (L - Pay.weightOf(Tallies.aiVotes(counts), quota)) << 64;
            uint256 peers = Tallies.humanVotes(counts);
            if (peers == 0) continue;

            uint256 lanes = ((counts & 0xfff) * SPREAD) & SPREAD_MASK;
            uint256 share = L / peers;
            sums[NO_LABEL] += share * ((lanes >> (LANE * label)) & LANE_MASK);
            sums[NO_LABEL + 1] += share * lanes;
            sums[NO_LABEL + 2] += 1 << (LANE * label);
        }
    }

    /// @dev An item's bits, moved down to 0; what is above them belongs to other items.
    function _countsOf(Sheet memory sheet, uint256 itemIndex) private view returns (uint256) {
        uint256 wordIndex = itemIndex / sheet.itemsPerWord;
        uint256 word = sheet.words[wordIndex];
        if (word == 0) {
            uint256 slot = sheet.slot + wordIndex;
            assembly ("memory-safe") {
                word := sload(slot)
            }
            word |= Tallies.FILLED;
            sheet.words[wordIndex] = word;
        }
        return word >> ((itemIndex % sheet.itemsPerWord) * sheet.itemBits);
    }

    /// @dev `lost`: L times what the entries are worth less than whole judgments.
    function _scoreOf(uint256[12] memory sums) private pure returns (int256 scorePpm, uint256 scored, uint256 lost) {
        // |D| <= n·U + Σ n_k·V_k <= 2·4,096^2·L < 2^44, and 10^6·D < 2^64: nothing overflows, every cast fits.
        unchecked {
            for (uint256 z = 0; z < STRATA; ++z) {
                uint256 agreement = sums[z * STRATUM_WORDS];
                lost += agreement >> 64;
                uint256 own = sums[z * STRATUM_WORDS + 2];
                uint256 n = (own & LANE_MASK) + ((own >> LANE) & LANE_MASK) + (own >> (2 * LANE));
                if (n < 2) continue;

                uint256 peers = sums[z * STRATUM_WORDS + 1];
                uint256 across =
                    (own & LANE_MASK) * (peers & LANE_MASK) +
                        ((own >> LANE) & LANE_MASK) * ((peers >> LANE) & LANE_MASK) +
                        (own >> (2 * LANE)) * (peers >> (2 * LANE));
                int256 d = int256(n * (agreement & AGREEMENT_MASK)) - int256(across);
                scorePpm += (Pay.PPM * d) / int256(L * (n - 1));
                scored += n;
            }
            if (scored != 0) scorePpm /= int256(scored);
        }
    }
}
