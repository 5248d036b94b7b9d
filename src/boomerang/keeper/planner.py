"""What is to be done, and when: a pure function of what the chain says, what the owner wants, and
the time. It remembers nothing, so a keeper that was killed, or whose chain was reorganised, comes
to the same answer as one that was not.

When things are due (docs/keeper.md has the reasons):

- a publication at its time; an offer and a decline as soon as they may come, or at their time;
- a draw as soon as its block's hash is there, where commitments share a second;
- a seal as late as is safe, or at its time, though never in the last eighth of its window. While
  that is safe it waits for declines of its own commitment, and for offers without which its
  decision would be invalid;
- an opening as late as is safe, after what its decision names is final, and never before a few
  blocks stand on the freeze, unless there is no time left to wait for that;
- settling as soon as it is possible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boomerang import decisions
from boomerang.errors import MalformedDecision
from boomerang.identity import format_id
from boomerang.keeper.actions import Action, Kind
from boomerang.model import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boomerang.chains.base import Block
    from boomerang.client import Commitment, State
    from boomerang.content import Clauses
    from boomerang.keeper.settings import Settings
    from boomerang.keeper.tasks import PlannedSeal, Tasks

SEED_BLOCKS = 256
"""For so many blocks the chain remembers a block's hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known when a plan is made.

    `state` is the registry's at `head`; `now` the present second by the keeper's clock; `deep` the
    time of the block that has `hidden_blocks` blocks on it, itself included (`head.time` where that
    is none); `seen` the greatest time of a block that any node ever showed. `accounts` can be
    signed for. `openings` holds the decision behind each seal on chain that the store can open.
    """

    state: State
    now: int
    head: Block
    deep: int
    seen: int
    accounts: frozenset[str]
    openings: Mapping[bytes, bytes]

    @property
    def time(self) -> int:
        """The second that the next block has at least: a clock that is slow must not make a
        deadline look far.
        """
        return max(self.now, self.head.time)


@dataclass(frozen=True, slots=True)
class Missed:
    """Something that was to be done and no longer can be. `lost`: wei that went with it."""

    key: str
    id: bytes
    what: str
    lost: int = 0


def plan(situation: Situation, tasks: Tasks, settings: Settings) -> list[Action]:
    """Everything that is to be done as things stand, the most pressing first: by `due`, then by
    deadline. Actions whose time has not come are in it too.
    """
    planner = _Planner(situation, tasks, settings)
    found = [*planner.actions()]
    return sorted(found, key=_pressing)


def _pressing(action: Action) -> tuple[int, int, int, str]:
    far = 1 << 62
    order = list(Kind).index(action.kind)
    return (action.due, far if action.closes is None else action.closes, order, action.key)


def missed(situation: Situation, tasks: Tasks) -> list[Missed]:
    """What the owner wanted and can no longer have, as the chain tells it."""
    state, time = situation.state, situation.head.time
    found = []
    for known in situation.openings:
        one = state.commitments[known]
        if state.phase(known, time) is Phase.UNREVEALED:
            found.append(Missed(f"open:{known.hex()}", known, "was not opened", one.key.bond))
    for known in tasks.seals:
        if known not in state.commitments or not _own(situation, state.commitments[known]):
            continue
        if state.phase(known, time) is Phase.UNSEALED:
            found.append(Missed(f"seal:{known.hex()}", known, "was not sealed"))
    cutoff = state.model.parameters.offer_cutoff
    for offer in tasks.offers:
        target, made = state.commitments.get(offer.target), state.offers_by(offer.id)
        own = state.commitments.get(offer.id)
        if own is None or target is None or not _own(situation, own) or offer.target in made:
            continue
        if time > target.freeze - cutoff:
            what = f"was not offered to {format_id(offer.target, short=True)}"
            found.append(Missed(f"offer:{offer.id.hex()}:{offer.target.hex()}", offer.id, what))
    for publication in tasks.publications:
        late = publication.before is not None and time > publication.before
        ours = publication.key.committer in situation.accounts
        if late and ours and publication.id not in state.commitments:
            what = "was not published in time"
            found.append(Missed(f"publish:{publication.id.hex()}", publication.id, what))
    return found


def _own(situation: Situation, one: Commitment) -> bool:
    return one.key.committer in situation.accounts


class _Planner:
    def __init__(self, situation: Situation, tasks: Tasks, settings: Settings) -> None:
        self.at = situation
        self.tasks = tasks
        self.settings = settings
        self.state = situation.state
        self.parameters = situation.state.model.parameters

    def actions(self) -> Iterator[Action]:
        yield from self._publications()
        yield from self._draws()
        yield from self._offers()
        yield from self._declines()
        for wanted in self.tasks.seals.values():
            yield from self._seal(wanted)
        for known, decision in self.at.openings.items():
            yield from self._open(known, decision)
        yield from self._resolutions()
        yield from self._groups()
        yield from self._executions()

    # Whether a window has closed is the chain's to say, not this clock's, which may be wrong: what
    # is tried too late is refused, what is not tried is lost.

    def _phase(self, known: bytes) -> Phase:
        return self.state.phase(known, self.at.head.time)

    # ------------------------------------------------------------------------ before the freeze

    def _publications(self) -> Iterator[Action]:
        for one in self.tasks.publications:
            if one.id in self.state.commitments or one.key.committer not in self.at.accounts:
                continue
            if one.before is not None and self.at.head.time > one.before:
                continue
            yield Action(
                kind=Kind.PUBLISH,
                ids=(one.id,),
                opens=one.at,
                due=one.at,
                closes=one.before,
                why="planned",
                sender=one.key.committer,
            )

    def _draws(self) -> Iterator[Action]:
        """Undrawn, not frozen, not alone in their second, with a seed that is there."""
        delay = self.parameters.draw_delay
        seconds: dict[int, list[Commitment]] = {}
        for one in self.state.commitments.values():
            if self.at.head.time < one.freeze and not self._phase(one.id).final:
                seconds.setdefault(one.freeze, []).append(one)
        ready, closes = [], 0
        for freeze, together in seconds.items():
            ours = self.settings.anyone or any(_own(self.at, one) for one in together)
            if len(together) < 2 or not ours:
                continue
            for one in together:
                seed = one.published.number + delay
                there = seed < self.at.head.number < seed + SEED_BLOCKS
                if there and not self.state.model.draw_of(one.id):
                    ready.append(one.id)
                    closes = min(closes or freeze - 1, freeze - 1)
        if ready:
            yield Action(
                kind=Kind.DRAW,
                ids=tuple(ready[: self.settings.batch]),
                opens=self.at.head.time,
                due=self.at.head.time,
                closes=closes,
                why="they freeze in one second",
            )

    def _offers(self) -> Iterator[Action]:
        for wanted in self.tasks.offers:
            own, target = (self.state.commitments.get(i) for i in (wanted.id, wanted.target))
            if own is None or target is None or not _own(self.at, own):
                continue
            made = self.state.offers_by(wanted.id)
            closes = target.freeze - self.parameters.offer_cutoff
            final = self._phase(wanted.id).final or self._phase(wanted.target).final
            if wanted.target in made or final or self.at.head.time > closes:
                continue
            opens = max(own.published.time, target.published.time)
            undrawn = self.state.model.precedes(wanted.target, wanted.id) is None
            yield Action(
                kind=Kind.OFFER,
                ids=(wanted.id,),
                other=wanted.target,
                opens=opens,
                due=max(opens, min(wanted.at or opens, closes)),
                closes=closes,
                why="planned",
                sender=own.key.committer,
                blocked="their order is not drawn" if undrawn else None,
            )

    def _declines(self) -> Iterator[Action]:
        for wanted in self.tasks.declines:
            one = self.state.commitments.get(wanted.id)
            if one is None or not _own(self.at, one) or not self._declinable(wanted.id):
                continue
            opens = one.published.time
            if wanted.offering is not None:
                made = self.state.offers_to(wanted.id).get(wanted.offering)
                if made is None or made.declined:
                    continue
                opens = made.first_made + self.parameters.decline_delay
            if self.at.head.time >= one.freeze or opens >= one.freeze:
                continue
            yield Action(
                kind=Kind.DECLINE,
                ids=(wanted.id,),
                other=wanted.offering,
                opens=opens,
                due=max(opens, wanted.at or opens),
                closes=one.freeze - 1,
                why="planned",
                sender=one.key.committer,
            )

    def _declinable(self, known: bytes) -> bool:
        record = self.state.model.record(known)
        return record.phase is Phase.TENTATIVE and not record.declines_all

    def _seal(self, wanted: PlannedSeal) -> Iterator[Action]:
        one = self.state.commitments.get(wanted.id)
        if one is None or not _own(self.at, one) or self.at.head.time >= one.freeze:
            return
        if self.state.model.record(wanted.id).phase is not Phase.TENTATIVE:
            return
        opens = one.published.time + self.parameters.seal_delay
        closes = one.freeze - 1
        window = closes - opens
        safe = max(opens, closes - self.settings.safe_margin(window, self.parameters))
        program, waits = self._decision(wanted)
        if wanted.at is not None:
            # The owner may cut the margin short, not do without any.
            last = max(safe, closes - max(window // 8, 1))
            due = max(opens, min(wanted.at, last))
        elif waits is None:
            due = opens + (safe - opens) * 3 // 4
        else:
            due = safe
        if waits is not None:
            due = max(due, safe)
        yield Action(
            kind=Kind.SEAL,
            ids=(wanted.id,),
            opens=opens,
            due=due,
            closes=closes,
            why=waits or "planned",
            sender=one.key.committer,
            program=program,
        )

    def _decision(self, wanted: PlannedSeal) -> tuple[bytes, str | None]:
        """The decision to seal as things stand, and what to wait for while there is time."""
        declines = {key for action in self._declines() if (key := action.ids[0]) == wanted.id}
        hold = "declines come before the seal" if declines else None
        for program in wanted.programs:
            checked = self.state.check_decision(wanted.id, program, self.at.head.time)
            if checked.valid:
                earlier = program is not wanted.programs[0]
                return program, hold or ("a better decision may become possible" * earlier or None)
        reasons = "; ".join(checked.reasons)
        return wanted.programs[-1], hold or f"as things stand it would be invalid: {reasons}"

    # ------------------------------------------------------------------------- after the freeze

    def _open(self, known: bytes, decision: bytes) -> Iterator[Action]:
        one = self.state.commitments[known]
        if self.state.model.record(known).phase is not Phase.SEALED:
            return
        window = self.parameters.reveal_window
        closes = one.freeze + window
        if self.at.head.time > closes:
            return
        latest = closes - self.settings.safe_margin(window, self.parameters)
        waits = self._unsettled(known, decision)
        # What waits for nothing comes a little earlier than it must, so that what waits for it can
        # come after it and yet in time.
        due = latest if waits else one.freeze + (latest - one.freeze) * 3 // 4
        why = f"waits for {', '.join(format_id(w, short=True) for w in waits)}" if waits else ""
        blocked = None
        if self.at.deep < one.freeze:
            due = latest
            why = "waits until blocks stand on the freeze"
            if self.at.seen < one.freeze:
                blocked = "no node has shown a block after the freeze"
        yield Action(
            kind=Kind.OPEN,
            ids=(known,),
            opens=one.freeze,
            due=max(due, one.freeze),
            closes=closes,
            why=why or "as late as is safe",
            sender=one.key.committer if _own(self.at, one) else None,
            blocked=blocked,
            at_stake=one.key.bond,
        )

    def _unsettled(self, known: bytes, decision: bytes) -> list[bytes]:
        try:
            named = decisions.sealed_atoms(decision)
        except MalformedDecision:
            return []
        model = self.state.model
        return [
            atom
            for atom in dict.fromkeys(named)
            if atom in self.state.commitments
            and atom != known
            and model.together(known, atom) != (True, True)  # members cannot wait for one another
            and not self._phase(atom).final
            # One that waits for this one in turn is not waited for.
            and self._phase(atom) is not Phase.PENDING
        ]

    def _resolutions(self) -> Iterator[Action]:
        time = self.at.head.time
        ready = [
            self.state.model.domain.commitment_id(resolution.key)
            for resolution in self.state.plan(time)
        ]
        if not self.settings.anyone:
            ready = self._needed(ready)
        if ready:
            yield Action(
                kind=Kind.RESOLVE,
                ids=tuple(ready[: self.settings.batch]),
                opens=time,
                due=time,
                why="what they depend on is final",
            )

    def _needed(self, ready: list[bytes]) -> list[bytes]:
        """Of those that can be settled, one's own and what they wait for, in their order."""
        wanted: set[bytes] = set()
        stack = [
            known
            for known in ready
            if _own(self.at, self.state.commitments[known]) or known in self.at.openings
        ]
        while stack:
            known = stack.pop()
            if known not in wanted:
                wanted.add(known)
                stack += self.state.model.pending_on(known, self.at.head.time)
        return [known for known in ready if known in wanted]

    def _groups(self) -> Iterator[Action]:
        model, time = self.state.model, self.at.head.time
        for name, group in model.state.groups.items():
            if group.node is None or not model.group_resolvable(name, time):
                continue
            ours = self.settings.anyone or any(
                member in self.at.openings or _own(self.at, self.state.commitments[member])
                for member in group.ids
            )
            if ours:
                yield Action(
                    kind=Kind.RESOLVE_GROUP,
                    ids=group.ids,
                    opens=time,
                    due=time,
                    why="all that the group waits for is final",
                )

    # ------------------------------------------------------------------------ once it is final

    def _executions(self) -> Iterator[Action]:
        model, time = self.state.model, self.at.head.time
        for known, clauses in model.state.clauses.items():
            if not self.settings.anyone and not self._concerned(known, clauses):
                continue
            execution = model.execution(known, time)
            if execution.ready:
                yield Action(
                    kind=Kind.EXECUTE, ids=(known,), opens=time, due=time, why=execution.value
                )
            outstanding = model.outstanding(known)
            for index in range(len(clauses.calls)):
                if not outstanding >> index & 1:
                    continue
                again = time <= clauses.deadline
                yield Action(
                    kind=Kind.RETRY if again else Kind.RELEASE,
                    ids=(known,),
                    index=index,
                    opens=time,
                    due=time,
                    # Failing again is not being late: a call may fail for good.
                    why="the call failed" if again else "the call failed for good",
                )

    def _concerned(self, known: bytes, clauses: Clauses) -> bool:
        """Whether an own commitment's clauses, or what is paid to one of the own accounts."""
        paid = any(payment.to in self.at.accounts for payment in clauses.payments)
        return paid or _own(self.at, self.state.commitments[known])
