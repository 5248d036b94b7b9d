"""What pays a seat best, given what others are bound to: all that agents know of game theory.

Seats that are bound to nothing yet are taken to reply to what others do; those whose commitments
decide their action do that, or where none is kept, the game's default.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from boomerang.decisions import (
    MAX_ATOMS,
    AtLeast,
    Constant,
    Expression,
    Kept,
    Not,
    all_of,
    any_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boomerang.games import Game, Payoff, Profile
    from boomerang.games.matrix import Rule

Stated: TypeAlias = tuple[int, str]
"""A commitment as a game sees it: a seat, and the action that it states."""

Plan: TypeAlias = "bool | tuple[int, Plan, Plan]"
"""Keep, revert, or: look at the commitment of this number, and go on with the first rule if it is
kept, with the second if it is not.
"""

EXACT: Final = 4
"""Of more commitments than these, only how many are kept is looked at: a decision has at most 32
atoms, and 16 commitments have 65,536 outcomes.
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """Keep if the number of those kept, of the commitments at these places, is in one of the spans
    (both ends included).
    """

    places: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


class _Remembered:
    """A rule whose answers are remembered: some take long to work out."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._known: dict[Profile, Sequence[Payoff]] = {}

    def __call__(self, profile: Profile) -> Sequence[Payoff]:
        found = self._known.get(profile)
        if found is None:
            found = self._known[profile] = self._rule(profile)
        return found


class Replies:
    """The best replies of one seat. What was worked out is remembered."""

    def __init__(self, game: Game, seat: int) -> None:
        self.game = replace(game, rule=_Remembered(game.rule))
        self.seat = seat
        self._best: dict[tuple[tuple[int, str], ...], str] = {}
        self._rules: dict[tuple[str, tuple[Stated, ...]], Plan | Counted] = {}
        self._wanted: dict[tuple[Stated, ...], tuple[str, ...]] = {}

    @property
    def claim(self) -> str:
        """The action that pays best if all others reply to it."""
        return self.best({})

    def best(self, fixed: Mapping[int, str]) -> str:
        """The action that pays best where these seats do what is fixed and all others reply to
        both. Of equally good ones the default, else the first.
        """
        key = tuple(sorted(fixed.items()))
        if key not in self._best:
            default = self.game.default[self.seat]
            order = [default, *(one for one in self.game.actions[self.seat] if one != default)]
            pays = {one: self._settled({**fixed, self.seat: one}) for one in order}
            self._best[key] = max(order, key=lambda one: pays[one])
        return self._best[key]

    def _settled(self, fixed: Mapping[int, str]) -> Payoff:
        return self.game.payoffs(settled(self.game, fixed))[self.seat]

    def wanted(self, others: Sequence[Stated]) -> tuple[str, ...]:
        """The actions that are best for some outcomes of others' commitments, without the default,
        to which nobody need commit; that for when none is kept comes first.
        """
        key = tuple(sorted(others))
        if key not in self._wanted:
            few = len(key) <= EXACT
            cases = _subsets(len(key)) if few else _first(self._telling(key))
            found = dict.fromkeys(self._best_if(key, kept) for kept in cases)
            found.pop(self.game.default[self.seat], None)
            self._wanted[key] = tuple(found)
        return self._wanted[key]

    def decision(self, action: str, others: Sequence[tuple[Stated, bytes]]) -> Expression:
        """Keep a commitment to `action` if that is the best reply to what becomes of others'
        commitments, each given with its id; else revert it.
        """
        ordered = sorted(others, key=lambda one: one[0])
        key = (action, tuple(stated for stated, _ in ordered))
        if key not in self._rules:
            self._rules[key] = self._rule(action, key[1])
        return _expression(self._rules[key], [one for _, one in ordered])

    def _rule(self, action: str, others: tuple[Stated, ...]) -> Plan | Counted:
        if len(others) <= EXACT:
            return self._exact(action, others, (), 0)
        places = self._telling(others)
        spans: list[tuple[int, int]] = []
        for number, kept in enumerate(_first(places)):
            if self._best_if(others, kept) != action:
                continue
            if spans and spans[-1][1] == number - 1:
                spans[-1] = (spans[-1][0], number)
            else:
                spans.append((number, number))
        # Two ends are two lists of all of them: more would not fit.
        return Counted(places, tuple(spans[:1]))

    def _telling(self, others: tuple[Stated, ...]) -> tuple[int, ...]:
        """The places of those that change what their owner does, as many as two lists can hold."""
        default = self.game.default
        found = [i for i, (seat, action) in enumerate(others) if action != default[seat]]
        return tuple(found[: MAX_ATOMS // 2])

    def _exact(
        self, action: str, others: tuple[Stated, ...], kept: tuple[int, ...], i: int
    ) -> Plan:
        if i == len(others):
            return self._best_if(others, kept) == action
        yes = self._exact(action, others, (*kept, i), i + 1)
        no = self._exact(action, others, kept, i + 1)
        return yes if yes == no else (i, yes, no)

    def _best_if(self, others: Sequence[Stated], kept: Sequence[int]) -> str:
        seats = dict.fromkeys(seat for seat, _ in others)
        bound = [others[i] for i in kept]
        return self.best(
            {
                seat: self.game.plays(seat, [action for whose, action in bound if whose == seat])
                for seat in seats
            }
        )


def settled(game: Game, fixed: Mapping[int, str]) -> Profile:
    """Where it ends when some seats do what is fixed and all others reply, one after the other,
    beginning with their defaults: an equilibrium among those, if it ends at all. A game in which
    they chase each other for ever is left where they are after a few rounds.
    """
    profile = [fixed.get(seat, default) for seat, default in enumerate(game.default)]
    free = [seat for seat in range(len(profile)) if seat not in fixed]
    for _ in range(2 * len(profile)):
        before = list(profile)
        for seat in free:
            profile[seat] = _reply(game, seat, profile)
        if profile == before:
            break
    return tuple(profile)


def _reply(game: Game, seat: int, profile: Sequence[str]) -> str:
    """A best reply of one seat; what it does already if that is one."""
    own = [profile[seat], *(one for one in game.actions[seat] if one != profile[seat])]
    pays = {one: game.payoffs((*profile[:seat], one, *profile[seat + 1 :]))[seat] for one in own}
    return max(own, key=lambda one: pays[one])


def _subsets(count: int) -> list[tuple[int, ...]]:
    """Which of so many are kept: every combination."""
    return [tuple(i for i in range(count) if case >> i & 1) for case in range(1 << count)]


def _first(places: Sequence[int]) -> list[tuple[int, ...]]:
    """None of them, the first, the first two, … all: where only the number counts, every case."""
    return [tuple(places[:number]) for number in range(len(places) + 1)]


def _counted(rule: Counted, ids: Sequence[bytes]) -> Expression:
    named = tuple(Kept(ids[i]) for i in rule.places)
    terms = []
    for low, high in rule.spans:
        ends = []
        if low > 0:
            ends.append(_at_least(low, named))
        if high < len(named):
            ends.append(Not(_at_least(high + 1, named)))
        terms.append(all_of(*ends) if ends else Constant(True))
    return any_of(*terms) if terms else Constant(False)


def _at_least(number: int, named: tuple[Kept, ...]) -> Expression:
    if number == 1:
        return any_of(*named)
    return all_of(*named) if number == len(named) else AtLeast(number, named)


def _expression(rule: Plan | Counted, ids: Sequence[bytes]) -> Expression:
    if isinstance(rule, Counted):
        return _counted(rule, ids)
    if isinstance(rule, bool):
        return Constant(rule)
    i, yes, no = rule
    kept = Kept(ids[i])
    if yes is True:
        return kept if no is False else any_of(kept, _expression(no, ids))
    if yes is False:
        return Not(kept) if no is True else all_of(Not(kept), _expression(no, ids))
    if no is True:
        return any_of(Not(kept), _expression(yes, ids))
    if no is False:
        return all_of(kept, _expression(yes, ids))
    return any_of(all_of(kept, _expression(yes, ids)), all_of(Not(kept), _expression(no, ids)))


__all__ = ["EXACT", "Plan", "Replies", "Stated", "settled"]
