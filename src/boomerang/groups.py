"""What a group of commitments that condition on one another comes to (section 7), and why.

Over all joint outcomes a of the members, in the order of section 3, the outcome is the largest in
the lexicographic order of

    (h1..hk ; u1(a)..uk(a) ; a1..ak)

where h_i = 1 if a_i is what i's decision says under a, u_i is the sum of the weights of i's
preferences that hold under a, and only those a are feasible in which every member with h_i = 0 is
reverted. So it is Pareto optimal among the consistent outcomes (all h_i = 1), ties to the earlier;
where none is consistent, the circle is broken in favour of the earlier.

Joint outcomes are numbered: bit i of a number says whether members[i] is kept. A set of them is an
int as well, with a bit for each number, so that a whole expression is evaluated at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from eth_abi.abi import encode

from boomerang.decisions import AtLeast, Constant, Kept, Not, Or, decision_of, preferences_of
from boomerang.decisions.expression import postorder
from boomerang.errors import InvalidInput, MalformedGroup
from boomerang.hashing import keccak
from boomerang.identity import ID_SIZE, check_bytes, format_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from boomerang.decisions import Expression, Sealed

MIN_MEMBERS: Final = 2
MAX_MEMBERS: Final = 8
GROUP_ID_SIZE: Final = 32
NO_GROUP: Final = bytes(GROUP_ID_SIZE)


def group_id(ids: Sequence[bytes]) -> bytes:
    """keccak256(abi.encode(bytes25[] ids)). MalformedGroup unless these are 2 to 8 ids, strictly
    ascending.
    """
    for commitment in ids:
        check_bytes("id", commitment, ID_SIZE)
    ascending = all(ids[i] < ids[i + 1] for i in range(len(ids) - 1))
    if not ascending or not MIN_MEMBERS <= len(ids) <= MAX_MEMBERS:
        raise MalformedGroup()
    return keccak(encode(["bytes25[]"], [list(ids)]))


@dataclass(frozen=True, slots=True)
class Member:
    """A member whose outcome is open, and what it has sealed."""

    id: bytes
    sealed: Sealed


class Rule(Enum):
    """Which part of the formula told outcomes apart."""

    DECISION = "decision"
    PREFERENCE = "preference"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the formula that left fewer outcomes over: members[member]'s decision was followed
    rather than not, its preference took the highest worth, or it was kept rather than reverted.
    """

    rule: Rule
    member: int
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """The result, and how it came about. Joint outcomes are numbers, bit i for `members[i]`.

    `feasible` are those in which whoever is not as its decision says is reverted; `consistent`
    those in which everyone is as its decision says. `steps` lead from `feasible` to `chosen`.
    """

    members: tuple[bytes, ...]
    feasible: tuple[int, ...]
    consistent: tuple[int, ...]
    chosen: int
    steps: tuple[Step, ...]
    follows: tuple[int, ...]  # for each member the set of outcomes that are as its decision says
    worths: tuple[Mapping[int, int], ...]  # for each member u_i of the feasible outcomes

    @property
    def kept(self) -> dict[bytes, bool]:
        """Whether each member is kept."""
        return self.outcome(self.chosen)

    @property
    def broken(self) -> tuple[bytes, ...]:
        """The members whose decision says keep, and that are reverted all the same."""
        return tuple(
            member
            for member, follows in zip(self.members, self.follows, strict=True)
            if not follows >> self.chosen & 1
        )

    def outcome(self, number: int) -> dict[bytes, bool]:
        """A joint outcome by its number: whether each member is kept."""
        return {member: bool(number >> i & 1) for i, member in enumerate(self.members)}

    def worth(self, number: int) -> tuple[int, ...]:
        """What a feasible joint outcome is worth to each member."""
        return tuple(worths[number] for worths in self.worths)


def settle(members: Sequence[Member], known: Mapping[bytes, bool]) -> Settlement:
    """The outcome of a group. `members`, in the order of section 3, are those whose outcome is
    open, at most 8; `known` says of every other commitment that they name whether it is kept, of
    members that are final too. InvalidInput when one is missing.
    """
    if len(members) > MAX_MEMBERS:
        raise InvalidInput(f"{len(members)} members; at most {MAX_MEMBERS} are allowed")
    tables = _Tables([member.id for member in members], known)
    follows = tuple(
        tables.everything & ~(tables.of(decision_of(member.sealed)) ^ tables.kept[member.id])
        for member in members
    )
    feasible = consistent = tables.everything
    for member, follow in zip(members, follows, strict=True):
        feasible &= follow | ~tables.kept[member.id]
        consistent &= follow
    worths = tuple(_worths(tables, member.sealed, feasible) for member in members)

    left = tuple(_numbers(feasible))  # never empty: all may be reverted
    listed, steps = left, []
    parts: list[tuple[Rule, int, Callable[[int], int]]] = [
        *((Rule.DECISION, i, lambda a, i=i: follows[i] >> a & 1) for i in range(len(members))),
        *((Rule.PREFERENCE, i, lambda a, i=i: worths[i][a]) for i in range(len(members))),
        *((Rule.ORDER, i, lambda a, i=i: a >> i & 1) for i in range(len(members))),
    ]
    for rule, member_, value in parts:
        if len(left) == 1:
            break
        best = max(map(value, left))
        after = tuple(a for a in left if value(a) == best)
        if after != left:
            steps.append(Step(rule, member_, left, after))
            left = after
    return Settlement(
        members=tuple(member.id for member in members),
        feasible=listed,
        consistent=tuple(_numbers(consistent)),
        chosen=left[0],
        steps=tuple(steps),
        follows=follows,
        worths=worths,
    )


def _worths(tables: _Tables, sealed: Sealed, outcomes: int) -> dict[int, int]:
    """The sum of the weights of the preferences that hold, for each outcome of a set."""
    weighed = [(p.weight, tables.of(p.expression)) for p in preferences_of(sealed)]
    return {
        a: sum(weight for weight, table in weighed if table >> a & 1) for a in _numbers(outcomes)
    }


def _numbers(outcomes: int) -> Iterator[int]:
    """The joint outcomes in a set."""
    return (a for a in range(outcomes.bit_length()) if outcomes >> a & 1)


class _Tables:
    """Sets of joint outcomes in which expressions are true."""

    def __init__(self, members: Sequence[bytes], known: Mapping[bytes, bool]) -> None:
        count = 1 << len(members)
        self.known = known
        self.everything = (1 << count) - 1
        self.kept = {
            member: sum(1 << a for a in range(count) if a >> i & 1)
            for i, member in enumerate(members)
        }

    def of(self, expression: Expression) -> int:
        """Those in which it is true."""
        stack: list[int] = []
        for node in postorder(expression):
            if isinstance(node, Constant):
                stack.append(self.everything if node.value else 0)
            elif isinstance(node, Kept):
                stack.append(self._atom(node.id))
            elif isinstance(node, Not):
                stack.append(self.everything & ~stack.pop())
            elif isinstance(node, AtLeast):
                operands = stack[-len(node.operands) :]
                del stack[-len(node.operands) :]
                stack.append(self._at_least(node.count, operands))
            else:
                right, left = stack.pop(), stack.pop()
                stack.append(left | right if isinstance(node, Or) else left & right)
        return stack.pop()

    def _atom(self, commitment: bytes) -> int:
        if commitment in self.kept:
            return self.kept[commitment]
        if commitment not in self.known:
            raise InvalidInput(f"the outcome of {format_id(commitment)} is not given")
        return self.everything if self.known[commitment] else 0

    def _at_least(self, count: int, operands: Sequence[int]) -> int:
        reached = [self.everything, *[0] * count]  # by how many operands, of those seen, are true
        for operand in operands:
            for k in range(count, 0, -1):
                reached[k] |= reached[k - 1] & operand
        return reached[count]


# ------------------------------------------------------------------ for people


def explain(settlement: Settlement, label: Callable[[bytes], str]) -> str:
    """Why this came out, in a sentence or two: `consistent outcomes: …; chosen because …`.
    `label` names commitments.
    """
    s = settlement
    names = [label(member) for member in s.members]
    if not names:
        return "no member's outcome was open"
    if s.consistent:
        listed = " | ".join(describe(s, a, label) for a in s.consistent)
        consistent = f"consistent outcomes: {listed}"
    else:
        consistent = "consistent outcomes: none, the decisions contradict one another"
    return f"{consistent}; chosen: {describe(s, s.chosen, label)}, because {_why(s, names)}"


def describe(settlement: Settlement, number: int, label: Callable[[bytes], str]) -> str:
    """A joint outcome in words: `a and b kept, c reverted`."""
    outcome = settlement.outcome(number)
    parts = []
    for word, value in (("kept", True), ("reverted", False)):
        named = [label(member) for member, kept in outcome.items() if kept is value]
        if named:
            parts.append(f"{_and(named)} {word}")
    return ", ".join(parts)


def _why(s: Settlement, names: list[str]) -> str:
    if len(s.consistent) == 1:
        return "no other is consistent"
    reasons = []
    for step in s.steps:
        name, count = names[step.member], len(step.before)
        if step.rule is Rule.DECISION:
            if not s.consistent:
                reasons.append(
                    f"{name} gets what its decision says (in {len(step.after)} of {count})"
                )
        elif step.rule is Rule.PREFERENCE:
            worths = s.worths[step.member]
            best = worths[s.chosen]
            rest = max(worths[a] for a in step.before if a not in step.after)
            reasons.append(f"it is worth most to {name} ({best}, the others {rest} at most)")
        else:
            reasons.append(f"it keeps {name}")
    why = ", then ".join(reasons) or "no other is feasible"
    if s.broken:
        reverted = _and([names[s.members.index(member)] for member in s.broken])
        why += f"; {reverted}, whose decision cannot be followed, "
        why += "reverts" if len(s.broken) == 1 else "revert"
    return why


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
