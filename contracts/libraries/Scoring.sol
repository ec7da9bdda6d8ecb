// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BallotCodec} from "./BallotCodec.sol";
import {Counting} from "./Counting.sol";
import {Gold, GoldKey} from "./Gold.sol";
import {Pay} from "./Pay.sol";
import {StoredTallies, Tallies, TallyBook} from "./Tallies.sol";

/// @title Scores revealed ballots against the final tallies, and says what each earns
/// @notice A linked library, so that the rules of scoring have room of their own. `protocol/peer-score.ts` is the
/// twin; docs/protocol.md, sections 7 and 8, are the rule.
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

    /// @dev What a call reads and adds up.
    ///
    /// What an entry on an item contributes is worked out once a call, and kept by item, in one word:
    /// bits 0 to 95: the item's counted votes for A, B and tie, each times L / peers, in lanes of 32 bits;
    /// from 96 on: L times what the entry is worth less than a whole judgment, because its voters share an item over quota;
    /// from 128 on: where in memory the sums of the item's stratum are, which is never 0;
    /// from 224 on: L / peers where the validator's own vote is among those counted, to be taken off its lane again.
    struct Sheet {
        RoleSheet human;
        RoleSheet ai;
        // One ballot's sums, three words a stratum, one for each of the ballot's own labels (A, B, tie), in lanes as above.
        // No lane exceeds 4,096·L < 2^31. An entry's shares together are L, so a word's three lanes say how many scored
        // entries it sums up. Above bit 127 stands nothing of use.
        uint256[12] sums;
    }

    /// @dev The loop over the entries reads it at the offsets given.
    struct RoleSheet {
        uint256[] contributions; // 0x00: by item, 0 until worked out; empty until the role's first ballot
        uint256 peopleCells; // 0x20: where in memory they begin
        uint256 aiCells; // 0x40: where they begin; 0 where they do not matter
        uint256[16] byPeople; // 0x60: by the number of people who voted on an item, what that alone says of a contribution
        uint256[8] byAis; // 0x80: by AIs' label plus one (people), or by the number of AIs who voted (AIs): to be added
        uint256 ofAis; // 0xa0: 1 on the sheet of AIs, else 0
    }

    uint256 private constant LANE = 32;
    uint256 private constant LANE_MASK = 0xffffffff;
    /// @dev Three digits of 4 bits times this, masked, stand a lane apart, so that one multiplication weighs all three.
    uint256 private constant SPREAD = 0x100000010000001;
    uint256 private constant SPREAD_MASK = 0xf0000000f0000000f;
    uint256 private constant LOST = 96;
    uint256 private constant SUMS = 128;
    uint256 private constant OWN = 224;
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
            bool ofAi = kinds[i] == Counting.Kind.Ai;
            _add(ofAi ? sheet.ai : sheet.human, rules.itemCount, entries[i]);
            _conclude(sheet, rules, ofAi ? rules.ai : rules.human, entries[i].length, outcomes[i]);
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
        uint256[12] memory sums = sheet.sums;
        uint256 peopleCells;
        uint256 sumsAt;
        assembly ("memory-safe") {
            peopleCells := add(words, 0x20)
            sumsAt := sums
        }
        uint256 aiCells = peopleCells + 32 * book.aiStart;
        sheet.human.peopleCells = peopleCells;
        sheet.ai.peopleCells = peopleCells;
        if (rules.conditionOnAi) sheet.human.aiCells = aiCells;
        sheet.ai.aiCells = aiCells;
        sheet.ai.ofAis = 1;

        // A person is held against the other people, an AI against all of them.
        for (uint256 votes = 0; votes <= Tallies.MOST_HUMANS; ++votes) {
            uint256 own = votes < 2 ? 0 : Pay.L / (votes - 1);
            uint256 lost = Pay.L - Pay.weightOf(votes, rules.human.quota);
            sheet.human.byPeople[votes] = own | (lost << LOST) | (sumsAt << SUMS) | (own << OWN);
            sheet.ai.byPeople[votes] = (votes == 0 ? 0 : Pay.L / votes) | (sumsAt << SUMS);
        }
        // The strata of people stand one after the other; AIs have one, and share among themselves what they are paid.
        for (uint256 votes = 0; votes <= Tallies.MOST_AIS; ++votes) {
            sheet.human.byAis[votes] = (0x60 * votes) << SUMS;
            sheet.ai.byAis[votes] = (Pay.L - Pay.weightOf(votes, rules.ai.quota)) << LOST;
        }
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
        uint256 weight = (entriesLength / BallotCodec.ENTRY_BYTES) * Pay.L - lost;
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

    /// @dev Adds the entries of one ballot to the sums of their strata.
    ///
    /// Assembly: this loop runs once a judgment, and is most of what settling costs. Entries are effective ones: every item
    /// is one of the task's, every label below 3.
    function _add(RoleSheet memory sheet, uint256 itemCount, bytes calldata entries) private pure {
        if (sheet.contributions.length == 0) sheet.contributions = new uint256[](itemCount);
        assembly ("memory-safe") {
            let contributions := add(mload(sheet), 0x20)
            let offset := entries.offset
            for {
                let end := add(offset, entries.length)
            } lt(offset, end) {
                offset := add(offset, 4)
            } {
                let entry := calldataload(offset)
                let item := shr(232, entry)
                let at := add(contributions, shl(5, item))
                let contribution := mload(at)
                if iszero(contribution) {
                    let cell := shr(240, mload(add(mload(add(sheet, 0x20)), shl(1, item))))
                    let part := mload(add(mload(add(sheet, 0x60)), shl(5, shr(12, cell))))
                    let share := and(part, LANE_MASK)
                    let shares := mul(share, and(mul(and(cell, 0xfff), SPREAD), SPREAD_MASK))
                    contribution := add(sub(part, share), shares)
                    let aiCells := mload(add(sheet, 0x40))
                    if aiCells {
                        cell := shr(240, mload(add(aiCells, shl(1, item))))
                        let which := shr(12, cell)
                        if iszero(mload(add(sheet, 0xa0))) {
                            // The label that strictly most AIs gave: none 0, A 1, B 2, tie 3.
                            let a := and(cell, 0xf)
                            let b := and(shr(4, cell), 0xf)
                            let tie := and(shr(8, cell), 0xf)
                            which := or(
                                or(and(gt(a, b), gt(a, tie)), shl(1, and(gt(b, a), gt(b, tie)))),
                                mul(3, and(gt(tie, a), gt(tie, b)))
                            )
                        }
                        contribution := add(contribution, mload(add(mload(add(sheet, 0x80)), shl(5, which))))
                    }
                    mstore(at, contribution)
                }
                // A label's word of the sums is as many bytes on as its lane is bits.
                let lane := shl(5, byte(3, entry))
                let sum := add(and(shr(SUMS, contribution), LANE_MASK), lane)
                mstore(sum, add(mload(sum), sub(contribution, shl(lane, shr(OWN, contribution)))))
            }
        }
    }

    /// @dev `lost`: L times what the entries are worth less than whole judgments.
    function _scoreOf(uint256[12] memory sums) private pure returns (int256 scorePpm, uint256 scored, uint256 lost) {
        // |D| <= n·U + Σ n_k·V_k <= 2·4,096^2·L < 2^44, and 10^6·D < 2^64: nothing overflows, every cast fits.
        unchecked {
            for (uint256 z = 0; z < STRATA; ++z) {
                (uint256 a, uint256 b, uint256 tie) = (sums[3 * z], sums[3 * z + 1], sums[3 * z + 2]);
                if (a | b | tie == 0) continue;
                lost += ((a >> LOST) & LANE_MASK) + ((b >> LOST) & LANE_MASK) + ((tie >> LOST) & LANE_MASK);
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
                scorePpm += (Pay.PPM * d) / int256(Pay.L * (n - 1));
                scored += n;
            }
            if (scored != 0) scorePpm /= int256(scored);
        }
    }

    function _entriesIn(uint256 sum) private pure returns (uint256) {
        // Three lanes below 2^31.
        unchecked {
            return ((sum & LANE_MASK) + ((sum >> LANE) & LANE_MASK) + ((sum >> (2 * LANE)) & LANE_MASK)) / Pay.L;
        }
    }
}
