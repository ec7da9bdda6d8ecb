// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BallotCodec} from "../../contracts/libraries/BallotCodec.sol";

/// @title The ballot codec against a plain reading of its rules
contract BallotCodecTest {
    /// @dev A new frame, so that `entries` lie in calldata as they do in use; `padding` moves them about in it.
    function wellFormed(bytes calldata, bytes calldata entries, uint256 judgments) external pure returns (bool) {
        return BallotCodec.isWellFormed(entries, judgments);
    }

    function entryAt(bytes calldata entries, uint256 offset) external pure returns (uint256, uint256) {
        return BallotCodec.entryAt(entries, offset);
    }

    /// @dev One entry after the other, as the rule is written.
    function plainly(bytes memory entries, uint256 judgments) private pure returns (bool) {
        if (entries.length % 4 != 0 || entries.length / 4 != judgments) return false;
        int256 last = -1;
        for (uint256 i = 0; i < entries.length; i += 4) {
            int256 itemIndex = int256(
                (uint256(uint8(entries[i])) << 16) | (uint256(uint8(entries[i + 1])) << 8) | uint8(entries[i + 2])
            );
            if (itemIndex <= last || uint8(entries[i + 3]) > 2) return false;
            last = itemIndex;
        }
        return true;
    }

    function pack(uint256 itemIndex, uint256 verdict) private pure returns (bytes memory) {
        return abi.encodePacked(uint24(itemIndex), uint8(verdict));
    }

    /// @dev Ascending entries with steps and verdicts drawn from `seed`.
    function honest(uint256 seed, uint256 count) private pure returns (bytes memory entries) {
        uint256 itemIndex = seed % 3;
        for (uint256 i = 0; i < count; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            entries = bytes.concat(entries, pack(itemIndex, (seed >> 8) % 3));
            itemIndex += 1 + ((seed >> 128) % (seed % 7 == 0 ? 60_000 : 3));
        }
    }

    function testFuzz_takesEveryAscendingBallot(uint256 seed, bytes calldata padding) external view {
        uint256 count = seed % 40;
        require(this.wellFormed(padding, honest(seed, count), count), "an honest ballot is well formed");
    }

    function testFuzz_agreesWithThePlainReading(
        bytes calldata entries,
        uint16 judgments,
        bytes calldata padding
    ) external view {
        uint256 count = judgments % 2 == 0 ? entries.length / 4 : judgments % 40;
        require(this.wellFormed(padding, entries, count) == plainly(entries, count), "codec and plain reading differ");
    }

    function testFuzz_agreesAfterOneByteIsChanged(
        uint256 seed,
        uint256 position,
        uint8 value,
        bytes calldata padding
    ) external view {
        uint256 count = 1 + (seed % 40);
        bytes memory entries = honest(seed, count);
        entries[position % entries.length] = bytes1(value);
        require(this.wellFormed(padding, entries, count) == plainly(entries, count), "codec and plain reading differ");
    }

    function testFuzz_refusesTwoEntriesSwapped(uint256 seed, uint256 position) external view {
        uint256 count = 2 + (seed % 39);
        bytes memory entries = honest(seed, count);
        uint256 first = (position % (count - 1)) * 4;
        for (uint256 i = first; i < first + 4; ++i) (entries[i], entries[i + 4]) = (entries[i + 4], entries[i]);
        require(!this.wellFormed("", entries, count), "order is strict");
    }

    function testFuzz_refusesAnotherCount(uint256 seed, uint16 judgments) external view {
        uint256 count = seed % 40;
        bytes memory entries = honest(seed, count);
        require(this.wellFormed("", entries, judgments) == (judgments == count), "the count is what was announced");
    }

    function testFuzz_refusesALengthThatIsNoMultipleOfFour(uint256 seed, uint8 extra) external view {
        uint256 count = seed % 40;
        bytes memory entries = bytes.concat(honest(seed, count), new bytes(1 + (extra % 3)));
        require(!this.wellFormed("", entries, count), "a part of an entry is none");
        require(!this.wellFormed("", entries, count + 1), "a part of an entry is none");
    }

    function testFuzz_writesWhatItReads(uint256 seed, uint24 itemIndex, uint8 verdict) external view {
        uint256 count = 1 + (seed % 20);
        bytes memory entries = honest(seed, count);
        uint256 offset = (seed % count) * 4;
        BallotCodec.writeEntry(entries, offset, itemIndex, verdict);
        (uint256 readIndex, uint256 readVerdict) = this.entryAt(entries, offset);
        require(readIndex == itemIndex && readVerdict == verdict, "an entry survives");
    }
}
