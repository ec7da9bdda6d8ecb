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
        TallyBook book; // 0x00
        uint256 human; // 0x20: where in memory people's tallies begin
        uint256 ai; // 0x40: where AIs' begin
        // 0x60: by number of peers, what a person's entry on such an item adds: L / peers in the lowest 32 bits; from
        // bit 128 on L times what the entry is worth less than a whole judgment, because its voters share an item over
        // quota.
        uint256[15] parts;
        uint256 byLabel; // 0x80: 1 where people are scored by the item's AI label
        // 0xa0: one ballot's sums, three words a stratum, one for each of the ballot's own labels (A, B, tie). Each holds
        // the peers' shares for A, B and tie, L / peers · votes, in lanes of 40 bits, and from bit 128 on what the entries
        // are worth less. No lane exceeds 4,096·L < 2^31. An entry's shares together are L, so a word's three lanes say
        // how many scored entries it sums up.
        uint256[12] sums;
    }

    uint256 private constant LANE = 40;
    uint256 private constant LANE_MASK = (1 << LANE) - 1;
    uint256 private constant SPREAD = (1 << 72) | (1 << 36) | 1;
    uint256 private constant SPREAD_MASK = (0xf << 80) | (0xf << 40) | 0xf;
    uint256 private constant LOST = 128;
    uint256 private constant L = 360360;
    uint256 private constant STRATA = 4;

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

    function _sheetOf(StoredTallies storage stored, Rules calldata rules) private view returns (Sheet memory sheet) {
        TallyBook memory book = Tallies.open(stored, rules.itemCount, rules.withAis);
        uint256[] memory words = book.words;
        sheet.book = book;
        assembly ("memory-safe") {
            mstore(add(sheet, 0x20), add(words, 0x20))
            mstore(add(sheet, 0x40), add(add(words, 0x20), shl(5, mload(add(book, 0x40)))))
        }
        for (uint256 peers = 0; peers < 15; ++peers) {
            uint256 lost = L - Pay.weightOf(peers + 1, rules.human.quota);
            sheet.parts[peers] = (lost << LOST) | (peers == 0 ? 0 : L / peers);
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

        // Reading beyond the call data gives zeros.
        uint256[12] memory sums = sheet.sums;
        assembly ("memory-safe") {
            calldatacopy(sums, calldatasize(), 0x180)
        }
    }

    /// @dev Adds a person's entries to the sums of their strata.
    ///
    /// An item's counts of people are digits in base 16. Without the validator's own vote they are at most 14 together,
    /// so modulo 15 they add up. Multiplied by 1 + 2^36 + 2^72 and masked they stand 40 bits apart, so that one
    /// multiplication weighs all three.
    ///
    /// Assembly: this loop runs once a judgment of a person, and is most of what settling costs.
    function _addHuman(Sheet memory sheet, bytes calldata entries) private pure {
        assembly ("memory-safe") {
            let words := mload(add(sheet, 0x20))
            let parts := mload(add(sheet, 0x60))
            let sums := mload(add(sheet, 0xa0))
            let offset := entries.offset
            for {
                let end := add(offset, entries.length)
            } lt(offset, end) {
                offset := add(offset, 4)
            } {
                let entry := calldataload(offset)
                let item := shr(232, entry)
                let word := mload(add(words, shl(5, div(item, 21))))
                let label := and(shr(224, entry), 3)
                let peers := sub(and(shr(mul(mod(item, 21), 12), word), 0xfff), shl(shl(2, label), 1))
                let part := mload(add(parts, shl(5, mod(peers, 15))))
                let share := and(part, 0xffffffff)
                let sum := add(sums, shl(5, label))
                if mload(add(sheet, 0x80)) {
                    // The item's AI label chooses the stratum: none 0, A 1, B 2, tie 3.
                    word := mload(add(mload(add(sheet, 0x40)), shl(5, div(item, 28))))
                    word := shr(mul(mod(item, 28), 9), word)
                    let a := and(word, 7)
                    let b := and(shr(3, word), 7)
                    let tie := and(shr(6, word), 7)
                    let stratum := or(
                        or(and(gt(a, b), gt(a, tie)), shl(1, and(gt(b, a), gt(b, tie)))),
                        mul(3, and(gt(tie, a), gt(tie, b)))
                    )
                    sum := add(sum, mul(0x60, stratum))
                }
                mstore(sum, add(add(mload(sum), mul(share, and(mul(peers, SPREAD), SPREAD_MASK))), sub(part, share)))
            }
        }
    }

    /// @dev The same for an AI: scored against people alone, in one stratum, and never among its own peers.
    function _addAi(Sheet memory sheet, uint256 quota, bytes calldata entries) private pure {
        TallyBook memory book = sheet.book;
        uint256[12] memory sums = sheet.sums;
        for (uint256 offset = 0; offset < entries.length; offset += BallotCodec.ENTRY_BYTES) {
            (uint256 itemIndex, uint256 label) = BallotCodec.entryAt(entries, offset);
            uint256 votes = Tallies.aiVotes(Tallies.aiCounts(book, itemIndex));
            sums[label] += (L - Pay.weightOf(votes, quota)) << LOST;
            uint256 counts = Tallies.humanCounts(book, itemIndex);
            uint256 peers = Tallies.humanVotes(counts);
            if (peers != 0) sums[label] += (L / peers) * ((counts * SPREAD) & SPREAD_MASK);
        }
    }

    /// @dev `lost`: L times what the entries are worth less than whole judgments.
    function _scoreOf(uint256[12] memory sums) private pure returns (int256 scorePpm, uint256 scored, uint256 lost) {
        // |D| <= n·U + Σ n_k·V_k <= 2·4,096^2·L < 2^44, and 10^6·D < 2^64: nothing overflows, every cast fits.
        unchecked {
            for (uint256 z = 0; z < STRATA; ++z) {
                (uint256 a, uint256 b, uint256 tie) = (sums[3 * z], sums[3 * z + 1], sums[3 * z + 2]);
                if (a | b | tie == 0) continue;
                lost += (a >> LOST) + (b >> LOST) + (tie >> LOST);
                uint256 peers = a + b + tie; // lane by lane: V
                (uint256 ownA, uint256 ownB, uint256 ownTie) = (_entriesIn(a), _entriesIn(b), _entriesIn(tie));
                uint256 n = ownA + ownB + ownTie;
                if (n < 2) continue;

                uint256 agreement = (a & LANE_MASK) + ((b >> LANE) & LANE_MASK) + ((tie >> (2 * LANE)) & LANE_MASK);
                uint256 across =
                    ownA * (peers & LANE_MASK) +
                        ownB * ((peers >> LANE) & LANE_MASK) +
                        ownTie * ((peers >> (2 * LANE)) & LANE_MASK);
                int256 d = int256(n * agreement) - int256(across);
                scorePpm += (Pay.PPM * d) / int256(L * (n - 1));
                scored += n;
            }
            if (scored != 0) scorePpm /= int256(scored);
        }
    }

    function _entriesIn(uint256 sum) private pure returns (uint256) {
        // Three lanes below 2^31.
        unchecked {
            return ((sum & LANE_MASK) + ((sum >> LANE) & LANE_MASK) + ((sum >> (2 * LANE)) & LANE_MASK)) / L;
        }
    }
}
