"""The state of a registry, rebuilt from its events alone, and what can be worked out from it.

`State.model` is the reference model in that state: it answers every view of the contract, at any
time, without asking the chain. On top of it: an order in which resolution works, the keys that an
opening needs, and the check of a decision before it is sealed.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from boomerang import decisions, errors
from boomerang.client import events as ev
from boomerang.groups import group_id
from boomerang.hashing import keccak
from boomerang.identity import SEAL_SIZE, format_id
from boomerang.model import (
    CredibleCover,
    FixedDraws,
    HashDraws,
    Model,
    Obstacle,
    Offer,
    Phase,
    Record,
    Resolution,
    Standing,
)
from boomerang.model.state import EXECUTED, Group, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from boomerang.chains.base import Block
    from boomerang.client.events import Event
    from boomerang.content import Content
    from boomerang.decisions import Expression, Resolver, Sealed
    from boomerang.groups import Settlement
    from boomerang.identity import Domain, Key
    from boomerang.parameters import Parameters

WHAT_IF_ATOMS = 8
"""A decision that waits for more commitments than these has too many cases to list."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """A published commitment: all that later calls need of it, and never changes.

    `published` is the block of its publication, `freeze` a Unix second.
    """

    id: bytes
    key: Key
    content: Content
    published: Block
    freeze: int


@dataclass(frozen=True, slots=True)
class Atom:
    """One commitment that a decision names, as things stand.

    `obstacle` NONE says that it may be named; `phase` is its phase; `kept` None until final.
    """

    id: bytes
    obstacle: Obstacle
    phase: Phase
    kept: bool | None
    why: str

    @property
    def allowed(self) -> bool:
        """Whether the decision may name it."""
        return self.obstacle is Obstacle.NONE


@dataclass(frozen=True, slots=True)
class DecisionCheck:
    """What a decision on one commitment would come to, were it opened as things stand.

    Offers that come or fall before the freeze can still change what it may name. `malformed` says
    why the bytes are no decision, else None; `value` is keep (True), revert (False) or None while
    that depends on what is not final; `waits_for` are the commitments whose outcome it needs.

    `sealed` is all that was checked: `expression`, with preferences if it has any. In a complete
    group `value` is what the decision alone says; its outcome is the group's (`State.settlement`).
    """

    decision: bytes
    expression: Expression | None
    malformed: str | None
    atoms: tuple[Atom, ...]
    value: bool | None
    waits_for: tuple[bytes, ...]
    sealed: Sealed | None = None

    @property
    def valid(self) -> bool:
        """Whether it would not end as InvalidDecision."""
        return self.malformed is None and all(atom.allowed for atom in self.atoms)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not valid, one sentence for each obstacle."""
        if self.malformed is not None:
            return (self.malformed,)
        return tuple(atom.why for atom in self.atoms if not atom.allowed)

    def what_if(self, outcomes: Mapping[bytes, bool]) -> bool | None:
        """Keep or revert, were these commitments kept or not; None while more is needed."""
        if self.expression is None:
            return None
        known = {atom.id: atom.kept for atom in self.atoms if atom.kept is not None}
        return decisions.status(self.expression, known | dict(outcomes)).value

    def cases(self) -> list[tuple[dict[bytes, bool], bool]]:
        """Every combination of the outcomes that it waits for, and what it then says. Empty where
        there are more than WHAT_IF_ATOMS of them, or it is malformed.
        """
        if self.expression is None or len(self.waits_for) > WHAT_IF_ATOMS:
            return []
        listed = []
        for values in itertools.product((True, False), repeat=len(self.waits_for)):
            outcomes = dict(zip(self.waits_for, values, strict=True))
            listed.append((outcomes, bool(self.what_if(outcomes))))
        return listed


class State:
    """`commitments` by id, in the order of their publication; `model` answers views."""

    def __init__(
        self,
        domain: Domain,
        parameters: Parameters,
        block_hash: Callable[[int], bytes | None] | None = None,
    ) -> None:
        draws = FixedDraws() if block_hash is None else HashDraws(block_hash, parameters.draw_delay)
        self.model = Model(domain, parameters, draws)
        self.commitments: dict[bytes, Commitment] = {}
        self.seal_data: dict[bytes, bytes] = {}
        self.exposers: dict[bytes, str] = {}

    @classmethod
    def from_events(
        cls,
        domain: Domain,
        parameters: Parameters,
        events: Iterable[Event],
        block_hash: Callable[[int], bytes | None] | None = None,
    ) -> State:
        """The state after these events: the whole history up to some block, oldest first.

        `block_hash` lets `model` draw, where a model of the future is wanted.
        """
        state = cls(domain, parameters, block_hash)
        for event in events:
            state.apply(event)
        return state

    def apply(self, event: Event) -> None:
        """One more event. Raises UnknownCommitment for one that lacks its publication."""
        match event:
            case ev.Published():
                self._published(event)
            case ev.Drawn():
                self._set(event.id, draw=event.draw)
            case ev.Sealed():
                record = event.record
                self._set(event.id, phase=Phase.SEALED, seal=record.seal, draw=record.draw)
            case ev.SealData():
                self.seal_data[event.id] = event.extra
            case ev.Revoked():
                self._end(event.id, Phase.REVOKED)
            case ev.Exposed():
                self.exposers[event.id] = event.exposer
                self._end(event.id, Phase.EXPOSED, decision=event.decision)
                bond = self.commitments[event.id].key.bond
                self.model.state.burned += bond - event.reward
            case ev.Opened():
                self._opened(event)
            case ev.Resolved():
                self._resolved(event)
            case ev.Offered():
                self._offered(event)
            case ev.Declined():
                pair = (event.offering, event.target)
                offers = self.model.state.offers
                offers[pair] = replace(offers[pair], declined=True)
            case ev.DeclinedAll():
                self._set(event.target, declines_all=True)
            case ev.Credited():
                owed = self.model.state.owed
                owed[event.account] = owed.get(event.account, 0) + event.amount
            case ev.Withdrawn():
                self.model.state.owed.pop(event.account, None)
            case ev.Joined() | ev.Completed() | ev.GroupResolved():
                self._grouped(event)
            case _:
                self._enforced(event)

    # --------------------------------------------------------------------------- questions

    def phase(self, commitment: bytes, time: int) -> Phase:
        """Its phase at a time not before the last event."""
        return self.model.phase(commitment, time)

    def decision(self, commitment: bytes) -> bytes | None:
        """The decision that was opened or exposed, None where none was."""
        record = self.model.record(commitment)
        return record.decision or None

    def offers_to(self, target: bytes) -> dict[bytes, Offer]:
        """The offers that a commitment holds, by who offers."""
        return {y: made for (y, x), made in self.model.state.offers.items() if x == target}

    def offers_by(self, offering: bytes) -> dict[bytes, Offer]:
        """The offers that a commitment has made, by target."""
        return {x: made for (y, x), made in self.model.state.offers.items() if y == offering}

    def credible_cover(self, commitment: bytes, time: int) -> CredibleCover:
        """Against which gains it is credible (section 8), or why against none yet."""
        return self.model.credible_cover(commitment, time)

    def dependencies(self, decision: bytes, of: bytes | None = None) -> tuple[Key, ...]:
        """The keys of a decision's atoms, one for each, in its order: what an opening of a
        commitment with a cover hands in. It ends before the first that is unknown, where the
        opening ends as InvalidDecision; it is empty for bytes that are no decision.

        `of` is the commitment that is opened: one of a complete group hands in the keys of those
        outside of it, preferences included.
        """
        keys = []
        inside = () if of is None else self._inside(of)
        try:
            named = decisions.sealed_atoms(decision) if inside else decisions.atoms(decision)
        except errors.MalformedDecision:
            return ()
        for atom in named:
            if atom in inside:
                continue
            if atom not in self.commitments:
                break
            keys.append(self.commitments[atom].key)
        return tuple(keys)

    def _inside(self, commitment: bytes) -> tuple[bytes, ...]:
        """All members of the complete group that it is in; none where it is in none."""
        found = self.model.group(self.model.group_of(commitment))
        return found.ids if found and found.node else ()

    def group_plan(self, time: int) -> list[tuple[bytes, ...]]:
        """The groups, by their ids, that `Groups.resolve` can settle at this time."""
        return [
            group.ids
            for name, group in self.model.state.groups.items()
            if group.node and self.model.group_resolvable(name, time)
        ]

    def group_decisions(self, ids: Sequence[bytes]) -> list[bytes]:
        """For each member what `Groups.resolve` takes: the bytes that were opened while it is
        pending, else none. UnknownCommitment.
        """
        return [_opened_decision(self.model.record(member)) for member in ids]

    def settlement(self, ids: Sequence[bytes], time: int) -> Settlement:
        """What a group (its ids, ascending) comes to, or has come to, and why. Raises
        MalformedGroup, NotComplete, and DependencyPending while it waits for somebody.
        """
        return self.model.explanation(group_id(ids), time)

    def executable(self, time: int) -> list[bytes]:
        """The commitments whose clauses `execute` would carry out at this time, or send home."""
        with_clauses = self.model.state.clauses
        return [one for one in with_clauses if self.model.execution(one, time).ready]

    def resolvable(self, time: int) -> set[bytes]:
        """The commitments that one call of `resolve` can settle at this time, all together."""
        return {self.model.domain.commitment_id(r.key) for r in self.plan(time)}

    def plan(self, time: int, ids: Iterable[bytes] | None = None) -> list[Resolution]:
        """Resolutions in an order that works: lapsed commitments, and pending ones after what they
        wait for. Of all commitments those that can be settled; or `ids`, with whatever pending
        ones they need settled first.

        For `ids` raises UnknownCommitment, WrongPhase (final already), TooEarly (may still change),
        DependencyPending and InGroup, as the registry would.
        """
        if ids is None:
            return list(self._all_resolvable(time))
        planned: dict[bytes, Resolution] = {}
        for commitment in ids:
            self._require_open_question(commitment, time)
            self._plan(commitment, time, planned, set())
        return list(planned.values())

    def check_decision(
        self,
        commitment: bytes,
        decision: str | bytes | Sealed,
        time: int,
        names: Resolver | Mapping[str, bytes] | None = None,
    ) -> DecisionCheck:
        """Whether a decision would be valid on a commitment, what it waits for, what it says.

        Text is parsed with `names`, in which ids and their starts are known too. It may have
        preferences, which only a member of a complete group may seal. Raises UnknownCommitment,
        and for text DecisionSyntaxError, UnknownName, AmbiguousName.
        """
        key = self._commitment(commitment).key
        if isinstance(decision, str):
            if names is None or not hasattr(names, "ids"):
                names = decisions.Names(names or {}, self.commitments)
            sealed: Sealed = decisions.parse_sealed(decision, names)
            program = decisions.encode_sealed(sealed)
        elif isinstance(decision, bytes):
            program = decision
            try:
                sealed = decisions.decode_sealed(program)
            except errors.MalformedDecision as error:
                return DecisionCheck(program, None, str(error), (), None, ())
        else:
            sealed = decision
            program = decisions.encode_sealed(sealed)
        named = tuple(
            self._atom(commitment, key, atom, time)
            for atom in dict.fromkeys(decisions.sealed_atoms(sealed))
        )
        known = {atom.id: atom.kept for atom in named if atom.kept is not None}
        expression, malformed = decisions.decision_of(sealed), None
        status = decisions.status(expression, known)
        waits_for = tuple(atom.id for atom in named if atom.kept is None)
        if isinstance(sealed, decisions.Package) and not self._inside(commitment):
            malformed = "only a member of a complete group may seal preferences"
        return DecisionCheck(program, expression, malformed, named, status.value, waits_for, sealed)

    # -------------------------------------------------------------------------- rebuilding

    def _commitment(self, commitment: bytes) -> Commitment:
        found = self.commitments.get(commitment)
        if found is None:
            raise errors.UnknownCommitment(commitment)
        return found

    def _set(self, commitment: bytes, **changes: object) -> None:
        record = self.model.record(commitment)
        self.model.state.records[commitment] = replace(record, **changes)  # type: ignore[arg-type]

    def _end(self, commitment: bytes, phase: Phase, **changes: object) -> None:
        """Final, and the bond no longer held."""
        self._set(commitment, phase=phase, seal=bytes(SEAL_SIZE), **changes)
        self.model.state.held -= self.commitments[commitment].key.bond

    def _published(self, event: ev.Published) -> None:
        parameters = self.model.parameters
        freeze = event.block.time + parameters.period
        self.commitments[event.id] = Commitment(
            event.id, event.key, event.content, event.block, freeze
        )
        state = self.model.state
        state.records[event.id] = Record(event.key, Phase.TENTATIVE, freeze, event.block.number)
        state.held += event.key.bond
        state.burned += parameters.fee
        if event.content.clauses is not None:
            state.clauses[event.id] = event.content.clauses
            for asset in event.content.clauses.escrow:
                self._hold(asset.token, asset.amount)

    def _opened(self, event: ev.Opened) -> None:
        if event.phase is Phase.PENDING:
            seal = keccak(event.decision)[:SEAL_SIZE]
            self._set(event.id, phase=event.phase, seal=seal, decision=event.decision)
            self.model.state.held -= self.commitments[event.id].key.bond
        else:
            self._end(event.id, event.phase, decision=event.decision)

    def _resolved(self, event: ev.Resolved) -> None:
        if self.model.record(event.id).phase is Phase.PENDING:  # its bond went back at the opening
            self._set(event.id, phase=event.phase, seal=bytes(SEAL_SIZE))
            return
        self._end(event.id, event.phase)
        if event.phase is Phase.UNREVEALED:
            self.model.state.burned += self.commitments[event.id].key.bond

    def _offered(self, event: ev.Offered) -> None:
        state = self.model.state
        pair = (event.offering, event.target)
        first_made = state.offers[pair].first_made if pair in state.offers else event.block.time
        self._set(event.offering, has_offered=True)
        state.standings[event.offering] = Standing(event.floor, event.depth)
        state.offers[pair] = Offer(event.floor, event.depth, first_made)

    def _enforced(self, event: Event) -> None:
        """Escrows. The pot is what the enforcer must hold: what goes out is taken off at once, and
        what could not be delivered is put back.
        """
        state = self.model.state
        match event:
            case ev.Executed() | ev.Refunded():
                self._set(event.id, seal=EXECUTED)
                clauses = state.clauses[event.id]
                for asset in clauses.escrow:
                    self._hold(asset.token, -asset.amount)
                if isinstance(event, ev.Executed) and event.failed:
                    state.outstanding[event.id] = event.failed
                    for index, call in enumerate(clauses.calls):
                        if event.failed >> index & 1:
                            self._hold(call.token, call.amount)
            case ev.Retried() | ev.Released():
                call = state.clauses[event.id].calls[event.index_of_call]
                self._hold(call.token, -call.amount)
                left = state.outstanding.pop(event.id) & ~(1 << event.index_of_call)
                if left:
                    state.outstanding[event.id] = left
            case ev.EscrowCredited():
                owner = (event.account, event.token)
                state.credits[owner] = state.credits.get(owner, 0) + event.amount
                self._hold(event.token, event.amount)
            case ev.EscrowWithdrawn():
                state.credits.pop((event.account, event.token), None)
                self._hold(event.token, -event.amount)

    def _hold(self, token: str, amount: int) -> None:
        pot = self.model.state.pot
        pot[token] = pot.get(token, 0) + amount

    def _grouped(self, event: ev.Joined | ev.Completed | ev.GroupResolved) -> None:
        """What became of a group's members, Resolved has said of each."""
        state = self.model.state
        match event:
            case ev.Joined():
                self._set(event.id, in_group=True)
                state.memberships[event.id] = event.group
                before = state.groups.get(event.group) or Group(event.ids)
                joined = before.joined | {event.id}
                record = state.records[event.id]
                state.groups[event.group] = replace(
                    before,
                    joined=joined,
                    promised=max(before.promised, record.key.cover if record.has_offered else 0),
                    closes_at=min(
                        before.closes_at,
                        record.freeze - self.model.parameters.offer_cutoff + 1,
                    ),
                )
            case ev.Completed():
                node = Node(event.floor, event.depth, event.cover)
                state.groups[event.group] = replace(state.groups[event.group], node=node)

    # ---------------------------------------------------------------------------- planning

    def _all_resolvable(self, time: int) -> Iterator[Resolution]:
        planned: dict[bytes, Resolution] = {}
        stuck: set[bytes] = set()
        for commitment in self.commitments:
            record = self.model.record(commitment)
            lapsed = not record.phase.final and self.phase(commitment, time).final
            if lapsed or record.phase is Phase.PENDING:
                try:
                    self._plan(commitment, time, planned, stuck)
                except (errors.DependencyPending, errors.InGroup):
                    continue
        yield from planned.values()

    def _plan(
        self, commitment: bytes, time: int, planned: dict[bytes, Resolution], stuck: set[bytes]
    ) -> None:
        """Add a commitment after all pending ones that it needs. Where one of them cannot be
        settled it adds nothing, remembers in `stuck` what cannot, and raises DependencyPending.
        A stack instead of recursion: chains may be long.
        """
        added: dict[bytes, Resolution] = {}
        waiting: set[bytes] = set()  # those on the path whose needs are on it too
        path = [commitment]
        while path:
            current = path[-1]
            if current in planned or current in added:
                path.pop()
                continue
            record = self.model.record(current)
            if record.phase is Phase.PENDING:
                if self.model.node(current) is not None:
                    stuck |= {current, *(w for w in waiting if w not in added)}
                    raise errors.InGroup(current)
                needs = self.model.pending_on(current, time)
                missing = [a for a in needs if a not in planned and a not in added]
                for atom in missing:
                    if atom in stuck or self.phase(atom, time) is not Phase.PENDING:
                        stuck |= {current, *(w for w in waiting if w not in added)}
                        raise errors.DependencyPending(current, atom)
                if missing:
                    waiting.add(current)
                    path += missing
                    continue
            added[current] = Resolution(record.key, _opened_decision(record))
            path.pop()
        planned |= added

    def _require_open_question(self, commitment: bytes, time: int) -> None:
        record = self.model.record(commitment)
        if record.phase.final:
            raise errors.WrongPhase(commitment, record.phase)
        if record.phase is not Phase.PENDING and not self.phase(commitment, time).final:
            opens_at = record.freeze
            if record.phase is Phase.SEALED:
                opens_at += self.model.parameters.reveal_window + 1
            raise errors.TooEarly(commitment, opens_at, time)

    # ---------------------------------------------------------------------------- checking

    def _atom(self, commitment: bytes, key: Key, atom: bytes, time: int) -> Atom:
        phase = self.phase(atom, time)
        if atom not in self.commitments:
            obstacle = Obstacle.UNKNOWN
        else:
            obstacle = self.model.may_condition(key, self.commitments[atom].key)
        kept = phase.kept if phase.final else None
        return Atom(atom, obstacle, phase, kept, self._why(commitment, atom, obstacle))

    def _why(self, x: bytes, y: bytes, obstacle: Obstacle) -> str:
        name = format_id(y, short=True)
        match obstacle:
            case Obstacle.NONE:
                return f"{name} may be named"
            case Obstacle.UNKNOWN:
                return f"{name} was never published"
            case Obstacle.SELF:
                return "a decision cannot name its own commitment"
            case Obstacle.TIED:
                return (
                    f"{name} freezes in the same second, and their order is not drawn: "
                    "until it is, neither comes first"
                )
            case Obstacle.NOT_OFFERED:
                return f"{name} is not earlier than what may be looked at, and made no offer"
            case Obstacle.DECLINED:
                return f"the offer of {name} was declined"
            case Obstacle.OFFER_FELL:
                return (
                    f"the offer of {name} fell: since then offers by {format_id(x, short=True)} "
                    "took its floor below; a repeated offer would help"
                )
            case Obstacle.TOO_SHALLOW:
                return (
                    f"the offer of {name} is no deeper than {format_id(x, short=True)} itself; "
                    "a repeated offer would help"
                )
            case Obstacle.GROUP_VOID:
                return (
                    f"{name} has agreed to the same group, which is not complete: until it is, "
                    "its members may not name each other"
                )
            case Obstacle.COVER_TOO_LOW:
                covers = (self.commitments[y].key.cover, self.commitments[x].key.cover)
                return f"{name} has a cover of {covers[0]} wei, below the {covers[1]} of this one"


def _opened_decision(record: Record) -> bytes:
    return record.decision if record.phase is Phase.PENDING else b""


__all__ = ["Atom", "Commitment", "DecisionCheck", "State"]
