"""Every view of the three contracts, with the answer that the model gives."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from eth_utils.crypto import keccak

from boomerang.errors import ChainError, UnknownCommitment, WrongDecision
from boomerang.identity import NO_ID
from boomerang.model import Phase
from stateful.calls import (
    ENFORCER,
    GROUPS,
    REGISTRY,
    account,
    key_words,
    left,
    question,
    tail,
    word,
)
from stateful.cast import ASSETS, GHOST, HOLDERS
from stateful.expected import ONE, ZERO, answered, refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boomerang.model import Group, Model, Obstacle
    from stateful.world import World

_VIEWS = (
    (REGISTRY, "phase(bytes25)"),
    (REGISTRY, "kept(bytes25)"),
    (REGISTRY, "record(bytes25)"),
    (REGISTRY, "standing(bytes25)"),
    (REGISTRY, "latestResolution(bytes25)"),
    (REGISTRY, "resolvable(bytes25,bytes)"),
    (REGISTRY, "precedes(bytes25,bytes25)"),
    (REGISTRY, "offerOf(bytes25,bytes25)"),
    (REGISTRY, "mayCondition((address,uint256,bytes32),(address,uint256,bytes32))"),
    (REGISTRY, "obstacle(bytes25,bytes25)"),
    (REGISTRY, "owed(address)"),
    (REGISTRY, "parameters()"),
    (REGISTRY, "enforcer()"),
    (REGISTRY, "groups()"),
    (GROUPS, "registry()"),
    (GROUPS, "groupOf(bytes25)"),
    (GROUPS, "node(bytes25)"),
    (GROUPS, "together(bytes25,bytes25)"),
    (GROUPS, "outcome(bytes25[],bytes[])"),
    (ENFORCER, "registry()"),
    (ENFORCER, "outstanding(bytes25)"),
    (ENFORCER, "envoyOf(bytes25)"),
    (ENFORCER, "owed(address,address)"),
)


def _name(where: str, signature: str) -> str:
    """Views of the registry by their name; of its parts with the part's name before."""
    name = signature.partition("(")[0]
    return name if where == REGISTRY else f"{where}.{name}"


_SELECTORS = {_name(where, signature): question(signature) for where, signature in _VIEWS}
_PLACES = {_name(where, signature): where for where, signature in _VIEWS}


class View(NamedTuple):
    """A question to one of the contracts, and the answer that the model gives."""

    name: str
    question: bytes
    answer: bytes

    @property
    def where(self) -> str:
        """Which contract is asked."""
        return _PLACES[self.name]


class Views:
    """Asks the model of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._questions: dict[object, bytes] = {}
        self._credited: dict[
            tuple[str, str], None
        ] = {}  # whoever was owed anything by the enforcer

    @property
    def _model(self) -> Model:
        return self._world.model

    def after(self, touched: Iterable[bytes], done: bool) -> list[View]:
        """What an action can have changed, that was about these commitments."""
        world = self._world
        views: list[View] = []
        for id in world.keys:
            views += self._clock(id)
        for id in touched:
            views += self._commitment(id)
            if done:
                for other in chain(world.keys, (GHOST,)):
                    views += self._pair(id, other)
                    if other not in touched:
                        views += self._pair(other, id)
        if done:
            views += self._owed()
            names = dict.fromkeys(self._model.group_of(id) for id in touched)
            views += self._outcomes(names)
        return views

    def everything(self) -> list[View]:
        """All there is to ask, of commitments that do not exist too."""
        views = self._owed()
        everyone = (*self._world.keys, GHOST)
        for id in everyone:
            views += self._clock(id)
            views += self._commitment(id)
            name, envoy = left(id), account(self._world.envoy(id))
            views.append(self._view("enforcer.envoyOf", (name,), answered(envoy)))
            for other in everyone:
                views += self._pair(id, other)
                obstacle = word(self._model.obstacle(id, other))
                pair = (name, left(other))
                views.append(self._view("obstacle", pair, answered(obstacle)))
        for who in HOLDERS:
            for token in ASSETS:
                views.append(self._owed_of(who, token))
        views += self._outcomes(self._model.state.groups)
        return views

    def constants(self) -> list[View]:
        """What never changes."""
        world = self._world
        values = world.setting.parameters.to_abi()
        expected = answered(*(word(values[name]) for name in world.parameter_names()))
        registry = answered(account(world.registry))
        return [
            self._view("parameters", (), expected),
            self._view("enforcer", (), answered(account(self._model.enforcer))),
            self._view("groups", (), answered(account(self._model.groups))),
            self._view("enforcer.registry", (), registry),
            self._view("groups.registry", (), registry),
        ]

    def _view(self, name: str, words: tuple[bytes, ...], answer: bytes) -> View:
        asked = self._questions.get((name, words))
        if asked is None:
            asked = self._questions[name, words] = _SELECTORS[name] + b"".join(words)
        return View(name, asked, answer)

    def _clock(self, id: bytes) -> list[View]:
        """What time alone can change."""
        world, model = self._world, self._model
        phase = world.phase_for_good(id)
        deadline = model.next_deadline(id, world.time)
        name = (left(id),)
        kept = answered(ONE if phase.final else ZERO, ONE if phase.kept else ZERO)
        return [
            self._view("phase", name, answered(word(phase), word(deadline))),
            self._view("kept", name, kept),
        ]

    def _commitment(self, id: bytes) -> list[View]:
        model, name = self._model, left(id)
        record = model.state.records.get(id)
        decisions = [b""]
        if record is None:
            stored = 0
            standing = refused(UnknownCommitment(id))
        else:
            stored = record.packed()
            standing = answered(left(model.floor(id)), word(model.depth(id)))
            if record.phase is Phase.PENDING:
                decisions.append(record.decision)
        latest = answered(word(model.latest_resolution(id)))
        node = model.node(id)
        stands_for = (ONE, left(node.floor), word(node.depth), word(node.cover)) if node else ()
        views = [
            self._view("latestResolution", (name,), latest),
            self._view("record", (name,), answered(word(stored))),
            self._view("standing", (name,), standing),
            self._view("groups.groupOf", (name,), answered(model.group_of(id))),
            self._view("groups.node", (name,), answered(*(stands_for or (ZERO,) * 4))),
            self._view("enforcer.outstanding", (name,), answered(word(model.outstanding(id)))),
        ]
        for decision in decisions:
            words = (name, word(0x40), tail(decision))
            views.append(self._view("resolvable", words, self._resolvable(id, decision)))
        return views

    def _resolvable(self, id: bytes, decision: bytes) -> bytes:
        model, time = self._model, self._world.time
        record = model.state.records.get(id)
        if record is None:
            return refused(UnknownCommitment(id))
        if record.phase is Phase.PENDING and decision != record.decision:
            return refused(WrongDecision(id))
        waits = model.pending_on(id, time)
        now = ONE if model.resolvable(id, time) else ZERO
        return answered(now, left(waits[0] if waits else NO_ID))

    def _pair(self, x: bytes, y: bytes) -> list[View]:
        """x < y; the offer of y to x; whether x may condition on y; whether they are together."""
        model, keys = self._model, self._world.keys
        names = left(x), left(y)
        unknown = next((i for i in (x, y) if i not in keys), None)
        if unknown is not None:
            order = refused(UnknownCommitment(unknown))
        else:
            before = None if x == y else model.precedes(x, y)
            order = answered(ZERO if before is None else ONE, ONE if before else ZERO)
        made = model.offer_of(y, x)
        if made is None:
            offer = answered(ZERO, ZERO, ZERO, ZERO)
        else:
            declined = ONE if made.declined else ZERO
            offer = answered(left(made.floor), word(made.depth), word(made.first_made), declined)
        views = [
            self._view("precedes", names, order),
            self._view("offerOf", names[::-1], offer),
        ]
        if unknown is None:
            may: Obstacle = model.may_condition(keys[x], keys[y])
            words = self._questions.get(names)
            if words is None:
                words = self._questions[names] = key_words(keys[x]) + key_words(keys[y])
            views.append(self._view("mayCondition", (words,), answered(word(may))))
        if model.state.groups:
            together = answered(*(ONE if yes else ZERO for yes in model.together(x, y)))
            views.append(self._view("groups.together", names, together))
        return views

    def _owed(self) -> list[View]:
        owed = self._model.state.owed
        views = [
            self._view("owed", (account(who),), answered(word(owed.get(who, 0))))
            for who in HOLDERS
            if who in owed or self._world.setting.coded(who)
        ]
        self._credited.update(dict.fromkeys(self._model.state.credits))
        return views + [self._owed_of(*pair) for pair in self._credited]

    def _owed_of(self, who: str, token: str) -> View:
        amount = self._model.owed_of(who, token)
        return self._view("enforcer.owed", (account(who), account(token)), answered(word(amount)))

    def _outcomes(self, names: Iterable[bytes]) -> list[View]:
        """What groups would come to now."""
        found = (self._model.group(name) for name in names)
        return [self._outcome(group) for group in found if group]

    def _outcome(self, group: Group) -> View:
        decisions = self._world.decisions(group.ids)
        try:
            settled = self._model.settlement(group.ids, decisions, self._world.time)
            kept = settled.kept
            bits = sum(1 << place for place, i in enumerate(group.ids) if kept.get(i))
            answer = answered(word(bits))
        except ChainError as error:
            answer = refused(error)
        tails = [tail(decision) for decision in decisions]
        offset = 32 * len(tails)
        offsets = b""
        for one in tails:
            offsets += word(offset)
            offset += len(one)
        ids = word(len(group.ids)) + b"".join(left(i) for i in group.ids)
        asked = _SELECTORS["groups.outcome"] + word(0x40) + word(0x40 + len(ids)) + ids
        asked += word(len(tails)) + offsets + b"".join(tails)
        return View("groups.outcome", asked, answer)


def envoy_address(enforcer: str, implementation: str, id: bytes) -> bytes:
    """The 20 bytes of the address of a commitment's envoy: a minimal proxy (ERC-1167), CREATE2."""
    code = "3d602d80600a3d3981f3363d3d373d3d3d363d73" + implementation[2:]
    code_hash = keccak(bytes.fromhex(code + "5af43d82803e903d91602b57fd5bf3"))
    return keccak(b"\xff" + bytes.fromhex(enforcer[2:]) + left(id) + code_hash)[-20:]
