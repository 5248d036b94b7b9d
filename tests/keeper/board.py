"""A registry's state made of events, without a chain: what planner tests stand on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from boomerang import decisions
from boomerang.chains.base import DEV_ACCOUNTS, Block
from boomerang.client import Event, Record, State
from boomerang.client import events as ev
from boomerang.content import Clauses, Content
from boomerang.identity import Domain
from boomerang.keeper import Action, Kind, Settings, Situation, Tasks, plan
from boomerang.keeper.tasks import PlannedSeal
from boomerang.model import Phase
from boomerang.parameters import Parameters

ALICE, BOB = DEV_ACCOUNTS["alice"], DEV_ACCOUNTS["bob"]
T0 = 1_800_000_000
DOMAIN = Domain(1, DEV_ACCOUNTS["judy"])
KEEP, REVERT = b"\x01", b"\x00"


def kept(known: bytes) -> bytes:
    """keep if kept(known)"""
    return decisions.encode(decisions.Kept(known))


@dataclass
class Board:
    """Events, one after another; a block is a second."""

    parameters: Parameters = field(default_factory=Parameters)
    settings: Settings = field(default_factory=lambda: Settings(hidden_blocks=0))
    events: list[Event] = field(default_factory=list)
    openings: dict[bytes, bytes] = field(default_factory=dict)
    tasks: Tasks = field(default_factory=Tasks)
    nonce: int = 0

    def block(self, time: int) -> dict[str, Any]:
        return {"block": Block(time - T0 + 100, time), "index": len(self.events)}

    def publish(
        self,
        time: int = T0,
        by: str = ALICE,
        *,
        bond: int = 5,
        cover: int = 0,
        clauses: Clauses | None = None,
    ) -> bytes:
        self.nonce += 1
        content = Content(statement=b"x", clauses=clauses)
        key = content.key(by, self.nonce, bond, cover)
        known = DOMAIN.commitment_id(key)
        self.events.append(ev.Published(id=known, key=key, content=content, **self.block(time)))
        return known

    def seal(self, known: bytes, time: int, decision: bytes = KEEP, *, ours: bool = True) -> None:
        at = next(e for e in self.events if isinstance(e, ev.Published) and e.id == known)
        record = Record(
            phase=Phase.SEALED,
            freeze=at.block.time + self.parameters.period,
            publish_block=at.block.number,
            draw=0,
            declines_all=False,
            has_offered=False,
            seal=known[:23],
            in_group=False,
        )
        self.events.append(ev.Sealed(id=known, record=record, **self.block(time)))
        if ours:
            self.openings[known] = decision

    def open(self, known: bytes, time: int, phase: Phase = Phase.KEPT, says: bytes = KEEP) -> None:
        opened = ev.Opened(id=known, phase=phase, decision=says, **self.block(time))
        self.events.append(opened)
        self.openings.pop(known, None)

    def offer(self, offering: bytes, target: bytes, time: int, depth: int = 1) -> None:
        made = ev.Offered(
            offering=offering, target=target, floor=target, depth=depth, **self.block(time)
        )
        self.events.append(made)

    def want_seal(self, known: bytes, *programs: bytes, at: int | None = None) -> None:
        self.tasks.seals[known] = PlannedSeal(known, programs or (KEEP,), at)

    def state(self) -> State:
        return State.from_events(DOMAIN, self.parameters, self.events)

    def situation(
        self,
        now: int,
        *,
        accounts: tuple[str, ...] = (ALICE,),
        head: int | None = None,
        deep: int | None = None,
        seen: int | None = None,
    ) -> Situation:
        time = now if head is None else head
        return Situation(
            state=self.state(),
            now=now,
            head=Block(time - T0 + 100, time),
            deep=time if deep is None else deep,
            seen=time if seen is None else seen,
            accounts=frozenset(accounts),
            openings=dict(self.openings),
        )

    def plan(self, now: int, **more: Any) -> list[Action]:
        return plan(self.situation(now, **more), self.tasks, self.settings)

    def one(self, kind: Kind, now: int, **more: Any) -> Action | None:
        """The only action of a kind, None where there is none."""
        found = [action for action in self.plan(now, **more) if action.kind is kind]
        assert len(found) <= 1, found
        return found[0] if found else None
