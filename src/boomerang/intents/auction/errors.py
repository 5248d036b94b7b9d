"""What is wrong with a file, or with a solution: the first rule that it breaks."""

from __future__ import annotations

from enum import Enum

from boomerang.errors import BoomerangError


class AuctionError(BoomerangError):
    """An auction or solution file that makes no sense; `line` (from 1, 0: none) is where."""

    exit_code = 2

    def __init__(self, source: str, line: int, problem: str) -> None:
        self.source = source
        self.line = line
        self.problem = problem
        super().__init__(f"{source}:{line}: {problem}" if line else f"{source}: {problem}")


class Rule(Enum):
    """Rules of docs/intents.md by the names of the contract's errors, then those of a proof."""

    UNKNOWN_ORDER = "UnknownOrder"
    UNKNOWN_BRANCH = "UnknownBranch"
    OUT_OF_RANGE = "OutOfRange"
    EXPIRED = "Expired"
    NONCE_USED = "NonceUsed"
    GUARD_FAILS = "GuardFails"
    UNDECIDED = "Undecided"
    BRANCH_HOLDS = "BranchHolds"
    MATCH_STANDS = "MatchStands"
    NOT_DIRECT = "NotDirect"
    NOT_ROUTED = "NotRouted"
    NOT_SWEPT = "NotSwept"
    WRONG_TOKEN = "WrongToken"  # noqa: S105
    SAME_SIGNER = "SameSigner"
    BELOW_LIMIT = "BelowLimit"
    UNEQUAL_GAINS = "UnequalGains"
    OVERFILLED = "Overfilled"
    NOT_WHOLE = "NotWhole"
    UNUSED = "Unused"
    NO_POOL = "NoPool"
    TOKEN_TAKES_FEE = "TokenTakesFee"  # noqa: S105
    NO_PARTNER = "NoPartner"
    WRONG_FILLS = "WrongFills"
    WRONG_POOLS = "WrongPools"
    WRONG_ADDED = "WrongAdded"
    WRONG_SHARES = "WrongShares"
    WRONG_OBJECTIVE = "WrongObjective"
    WRONG_DUALS = "WrongDuals"
    WRONG_BOUND = "WrongBound"
    WRONG_GAP = "WrongGap"


class RuleBroken(BoomerangError):
    """The first rule that a solution breaks, and whose it is: an intent's id, or part of the
    file.
    """

    exit_code = 1

    def __init__(self, rule: Rule, subject: str, problem: str) -> None:
        self.rule = rule
        self.subject = subject
        self.problem = problem
        super().__init__(f"{rule.value}: {subject}: {problem}")
