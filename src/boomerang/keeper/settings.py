"""What a keeper is told once: margins, fees, patience, thresholds. Seconds, and wei per gas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boomerang.errors import InvalidInput
from boomerang.parameters import presets

if TYPE_CHECKING:
    from boomerang.parameters import Parameters

GWEI = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`margin`: how long before a window closes a transaction is sent at the latest; None takes
    what the registry's preset assumes about censorship, else half of the window.

    `hidden_blocks`: an opening is not sent before so many blocks stand on the freeze.
    `confirmations`: how deep a transaction must be before it is forgotten; a reorganisation that
    goes deeper is still seen, by its events.
    `warn_share`, `error_share`: which part of the time from when an action was due to its deadline
    may go by before that is warned of, and before it is shouted.
    `max_fee`, `max_tip`: wei per gas that are never exceeded. `bump_seconds`: how long a
    transaction may wait in the pool before it offers more, far from its deadline.
    `lease_seconds`: for how long one of several keepers keeps an account to itself.
    `head_age`: a newest block older than this is stale. `timeout`: for one answer of a node.
    `anyone`: settle everybody's commitments, not only one's own.
    """

    margin: int | None = None
    hidden_blocks: int = 3
    confirmations: int = 12
    poll: float = 2.0
    timeout: float = 5.0
    head_age: int = 90
    lease_seconds: int = 30
    max_fee: int = 300 * GWEI
    max_tip: int = 50 * GWEI
    min_tip: int = GWEI // 10
    bump_seconds: float = 30.0
    warn_share: float = 0.25
    error_share: float = 0.5
    anyone: bool = False
    batch: int = 16

    def __post_init__(self) -> None:
        if not 0 < self.warn_share <= self.error_share < 1:
            raise InvalidInput(
                "the shares at which to warn and to shout must be above 0, below 1, and in order"
            )
        if self.max_fee < self.max_tip or self.max_tip < self.min_tip or self.min_tip < 0:
            raise InvalidInput("fees must be in order: least tip, highest tip, highest fee")
        if self.margin is not None and self.margin < 0:
            raise InvalidInput(f"a margin is a number of seconds, not {self.margin}")
        for name in ("poll", "timeout", "lease_seconds", "bump_seconds", "head_age", "batch"):
            if getattr(self, name) <= 0:
                raise InvalidInput(f"{name} must be above 0, not {getattr(self, name)}")
        if self.hidden_blocks < 0 or self.confirmations < 1:
            raise InvalidInput("hidden_blocks must be 0 or more, confirmations 1 or more")

    def safe_margin(self, window: int, parameters: Parameters) -> int:
        """How long before a window of so many seconds closes a transaction must be on its way.

        Never more than nine tenths of the window: some of it must be left for what is waited for.
        """
        wanted = self.margin
        if wanted is None:
            slots = [
                preset.assumes.slots * preset.assumes.slot_seconds
                for preset in presets().values()
                if preset.assumes is not None and preset.parameters == parameters
            ]
            wanted = slots[0] if slots else window // 2
        return min(wanted, window * 9 // 10)
