// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../../../../contracts/interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "../../../../contracts/interfaces/IStakeRegistry.sol";
import {Dice} from "../world/Dice.sol";
import {vm} from "../world/Vm.sol";
import {Seats} from "./Seats.sol";

/// @title Requesters put out tasks under random terms, open them, cancel them
abstract contract Tasks is Seats {
    /// @dev What only the requester knows: the items' true answers, and the golds drawn from them.
    struct Secret {
        uint256 truth;
        bytes golds;
    }

    uint256 private constant MOST_AT_ONCE = 3;
    bytes32 internal constant GOLD_SALT = keccak256("gold salt");

    mapping(bytes32 taskId => Secret) internal _secretOf;
    /// @dev Where it is not zero, every task's.
    uint16 internal _itemCountOfAll;

    function tasks(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        if (dice.oneIn(2) || _mirrored.length == 0) return _create(dice);
        MirroredTask storage task = _mirrored[dice.roll(_mirrored.length)];
        if (dice.oneIn(2)) _open(task);
        else _cancel(task, dice.oneIn(3) ? task.requester : _anybody(dice));
    }

    /// @dev Requesters are the outsider, and now and then somebody who takes part otherwise too.
    function _create(Dice memory dice) internal remembering {
        if (_running() == MOST_AT_ONCE) return;
        address requester = dice.oneIn(3) ? _anybody(dice) : _outsider();
        uint256 operator = dice.roll(OPERATORS);
        Secret memory secret;
        secret.truth = dice.fork();
        IFeedbackTasks.Terms memory terms = _terms(dice, _operator(operator), secret);
        bytes32 taskId = TASKS.taskIdOf(requester, TASKS.nonceOf(requester), terms);
        bytes memory acceptance = _sign(
            _keyOf[_operator(operator)],
            _typed(address(TASKS), keccak256(abi.encode(keccak256("OperatorAcceptance(bytes32 taskId)"), taskId)))
        );
        bool possible =
            REGISTRY.roleAt(terms.operator, _block()) == IStakeRegistry.Role.Operator &&
                REGISTRY.freeStakeOf(terms.operator) >= terms.operatorBond;
        vm.prank(requester);
        try TASKS.createTask(terms, acceptance) returns (bytes32 created) {
            require(possible && created == taskId, "a task has the id that was agreed on");
            _secretOf[taskId] = secret;
        } catch {
            _forget();
            require(!possible || _isRefused(requester), "a task that is agreed on and paid for is created");
        }
    }

    function _running() private view returns (uint256 count) {
        for (uint256 i = 0; i < _mirrored.length; ++i) if (!_isOver(_mirrored[i])) ++count;
    }

    /// @dev Nothing is left to do for it.
    function _isOver(MirroredTask storage task) internal view returns (bool) {
        return task.bondReleased && (task.settled || task.cancelled) && task.claimsOpen == 0;
    }

    /// @dev Anyone opens a task, as soon as its seed can be known.
    function _open(MirroredTask storage task) internal {
        if (task.opened || task.cancelled) return;
        if (_block() <= task.snapshotBlock + SEED_DELAY) vm.roll(task.snapshotBlock + SEED_DELAY + 1);
        uint256 workEndsAt = task.terms.conditionOnAi ? task.terms.aiClosesAt : task.terms.closesAt;
        bool possible = _block() > task.snapshotBlock + SEED_DELAY && _now() < workEndsAt;
        try TASKS.openTask(task.id) {
            require(possible, "[G5] a task opens once its seed can be known, and while it can be worked on");
        } catch {
            require(!possible, "[G14] anybody can open a task");
        }
    }

    function _cancel(MirroredTask storage task, address by) internal {
        bool possible =
            !task.opened &&
                !task.cancelled &&
                ((by == task.requester && _block() < task.snapshotBlock + SEED_DELAY) || _now() >= task.terms.closesAt);
        vm.prank(by);
        try TASKS.cancelTask(task.id) {
            require(possible, "[G5] nobody cancels a task whose seed can be known");
            require(task.requester != address(0), "there is such a task");
        } catch {
            require(!possible, "[G4] a task that was never opened gives its escrow back");
        }
    }

    function _terms(
        Dice memory dice,
        address operator,
        Secret memory secret
    ) private view returns (IFeedbackTasks.Terms memory terms) {
        _setWork(dice, terms, secret);
        _setPay(dice, terms);
        _setTimes(dice, terms);
        terms.operator = operator;
        terms.receiptKey = vm.addr(RECEIPT_KEY);
        uint256 escrowUnits =
            uint256(terms.itemCount) *
                (uint256(terms.humanVotes) * (uint256(terms.humanPrice) + terms.operatorFee) +
                    uint256(terms.aiVotes) * (uint256(terms.aiPrice) + terms.operatorFee));
        // Below 2^96: the items, votes and prices above are small.
        terms.operatorBond = uint96(dice.oneIn(2) ? (escrowUnits + 3) / 4 : escrowUnits);
    }

    function _setWork(Dice memory dice, IFeedbackTasks.Terms memory terms, Secret memory secret) private view {
        terms.itemCount = _itemCount(dice);
        terms.itemsRoot = bytes32("items");
        terms.humanVotes = uint8(dice.between(2, 4));
        terms.aiVotes = uint8(dice.roll(3));
        terms.conditionOnAi = terms.aiVotes != 0 && dice.oneIn(2);
        terms.minJudgments = uint16(dice.between(1, 12));
        terms.oversubscription = uint32(1_000_000 + 250_000 * dice.roll(3));
        if (dice.oneIn(4)) {
            terms.humanAdmissionRoot = _listRoot();
            terms.humanSeats = uint32(dice.between(5, 8));
        }
        if (terms.itemCount > 20 && !dice.oneIn(5)) {
            secret.golds = _golds(dice, terms.itemCount, secret.truth);
            terms.goldHash = keccak256(abi.encode(GOLD_SALT, secret.golds));
        }
    }

    function _itemCount(Dice memory dice) private view returns (uint16) {
        if (_itemCountOfAll != 0) return _itemCountOfAll;
        uint16[4] memory counts = [uint16(3), 22, 30, 70];
        return counts[dice.roll(4)];
    }

    function _setPay(Dice memory dice, IFeedbackTasks.Terms memory terms) private pure {
        uint96[4] memory prices = [uint96(1), uint96(1 + dice.roll(99)), 1e18, 30e18];
        terms.humanPrice = prices[dice.roll(4)];
        if (terms.aiVotes != 0) terms.aiPrice = prices[dice.roll(4)];
        terms.operatorFee = dice.oneIn(3) ? 0 : uint96(1 + terms.humanPrice / 10);
        terms.fullPayScore = uint32(dice.between(10_000, 400_000));
        terms.breakEven = uint32(dice.roll(terms.fullPayScore / 2 + 1));
        terms.maxPenalty = uint32(250_000 * dice.roll(5));
    }

    function _setTimes(Dice memory dice, IFeedbackTasks.Terms memory terms) private view {
        uint256 closesAt = _now() + dice.between(20, 200);
        terms.closesAt = uint40(closesAt);
        terms.aiClosesAt = uint40(closesAt - dice.roll(15));
        terms.commitEndsAt = uint40(closesAt + dice.between(MIN_COMMIT, 60));
        // Now and then as late as an exit may have to wait for [G1].
        uint256 revealTime = dice.between(2 * MIN_REVEAL, 80);
        terms.revealEndsAt = uint40(
            dice.oneIn(4) ? _now() + UNBONDING - CLAIM_WINDOW : terms.commitEndsAt + revealTime
        );
    }

    /// @dev As many as there may be, mostly right; now and then all wrong, so that people contradict them.
    function _golds(Dice memory dice, uint256 itemCount, uint256 truth) private pure returns (bytes memory golds) {
        uint256 wrong = dice.oneIn(3) ? 1 : 0;
        uint256 most = (itemCount * 15) / 100;
        for (uint256 i = dice.roll(3); i < itemCount && golds.length < 4 * most; i += 1 + dice.roll(5)) {
            uint256 answer = _truthOf(truth, i);
            if (answer < 2) golds = abi.encodePacked(golds, uint24(i), uint8(answer ^ wrong));
        }
    }

    /// @dev What is right on an item: A, B, seldom a tie.
    function _truthOf(uint256 truth, uint256 itemIndex) internal pure returns (uint256) {
        uint256 face = uint256(keccak256(abi.encode(truth, itemIndex))) % 9;
        return
            face < 4
                ? 0
                : face < 8
                    ? 1
                    : 2;
    }

    // --- A list of all humans, in their order; a perfect tree of eight leaves ---

    function _leaf(uint256 index) private view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(index, _human(index)))));
    }

    function _node(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function _pair(uint256 place) private view returns (bytes32) {
        return _node(_leaf(2 * place), _leaf(2 * place + 1));
    }

    function _listRoot() internal view returns (bytes32) {
        return _node(_node(_pair(0), _pair(1)), _node(_pair(2), _pair(3)));
    }

    function _listProof(uint256 index) internal view returns (bytes32[] memory proof) {
        proof = new bytes32[](3);
        proof[0] = _leaf(index ^ 1);
        proof[1] = _pair((index / 2) ^ 1);
        proof[2] = index < 4 ? _node(_pair(2), _pair(3)) : _node(_pair(0), _pair(1));
    }
}
