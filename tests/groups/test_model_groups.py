"""The rules of groups on the model, each with both of its boundary seconds."""

from __future__ import annotations

import pytest

from boomerang import errors
from boomerang.decisions import encode_sealed, parse_sealed
from boomerang.groups import NO_GROUP, group_id
from boomerang.identity import ZERO_ADDRESS, address
from boomerang.model import Node, Obstacle, Phase, Standing, events
from groups.stage import OWNER, START, Stage

OTHER = address("0x" + "b2" * 20)


def pair(**p: int) -> Stage:
    """a and b, published one after the other, in one complete group."""
    s = Stage(**p)
    s.publish(0, "a")
    s.publish(1, "b")
    s.complete(2, "a b")
    return s


# ------------------------------------------------------------------ joining


def test_joining_completes_with_the_last() -> None:
    s = Stage()
    s.publish(0, "a")
    s.publish(1, "b")
    a, b, ids = s.ids["a"], s.ids["b"], tuple(s.group("a b"))
    group = group_id(ids)
    s.join(2, "b", "a b")
    assert s.model.group_of(b) == group
    assert s.model.group_of(a) == NO_GROUP
    assert s.model.together(a, b) == (False, False)
    assert s.model.together(b, b) == (True, False)
    assert s.model.node(b) is None
    assert s.model.record(b).in_group
    assert s.model.record(b).packed() & 0x80
    s.join(3, "a", "a b")
    assert s.model.together(a, b) == (True, True)
    assert s.model.node(a) == s.model.node(b) == Node(a, 0, 0)
    assert s.model.state.events[-3:] == [
        events.Joined(group, b, ids),
        events.Joined(group, a, ids),
        events.Completed(group, a, 0, 0),
    ]


def test_a_group_is_2_to_8_ids_in_ascending_order() -> None:
    s = Stage()
    names = [f"c{i}" for i in range(9)]
    s.publish(0, *names)
    ids = s.group(" ".join(names))
    bad = [[], ids[:1], ids, ids[1::-1], [ids[0], ids[0]], [ids[0], ids[2], ids[1]]]
    for listed in bad:
        with pytest.raises(errors.MalformedGroup):
            s.model.join(s.env(1), *s.own("c0"), listed)
    name = next(n for n in names if s.ids[n] in ids[:8])
    s.model.join(s.env(1), *s.own(name), ids[:8])


def test_joining_is_refused_in_this_order() -> None:
    """Each, while everything below is wrong too."""
    s = Stage()
    s.publish(0, "a", "b", "c")
    a, ids, own = s.ids["a"], s.group("a b"), s.own("a")
    model, early, late = s.model, s.env(1), s.env(61)
    s.join(1, "a", "a c")
    assert s.refusal(model.join, late, 7, own[1], ids[::-1]) == errors.MalformedGroup()
    stranger = s.env(61, sender=OTHER)
    never = model.domain.id_of(OTHER, *own)
    assert s.refusal(model.join, stranger, *own, ids) == errors.NotCommitter(OTHER, never)
    assert s.refusal(model.join, late, *own, s.group("b c")) == errors.NotAMember(a)
    sealed = Stage()
    sealed.publish(0, "a", "b", "c")
    sealed.join(1, "a", "a c")
    sealed.seal(5, "a", "keep")
    assert sealed.refusal(sealed.join, 61, "a", "a b") == errors.WrongPhase(a, Phase.REVEALING)
    assert s.refusal(model.join, late, *own, ids) == errors.InGroup(a)
    assert s.refusal(model.join, early, *own, ids) == errors.InGroup(a)


def test_joining_twice_is_refused() -> None:
    s = pair()
    assert s.refusal(s.join, 3, "a", "a b") == errors.InGroup(s.ids["a"])


def test_joining_in_time() -> None:
    """Until freeze - offerCutoff, that second included."""
    s = Stage()
    s.publish(0, "a")
    s.publish(30, "b")
    late = errors.TooLate(s.ids["a"], START + 41, START + 41)
    assert s.refusal(s.join, 41, "a", "a b") == late
    s.join(40, "a", "a b")
    # And so for all others: one who joined later could make the opening of a, frozen, invalid.
    assert s.refusal(s.join, 41, "b", "a b") == errors.TooLate(s.ids["b"], START + 41, START + 41)
    s.join(40, "b", "a b")
    assert s.model.node(s.ids["a"])


def test_completing_takes_members_that_may_still_decide() -> None:
    s = Stage()
    s.publish(0, "a")
    s.publish(1, "b")
    s.join(2, "a", "a b")
    s.seal(6, "a", "keep")
    assert s.refusal(s.join, 7, "b", "a b") == errors.WrongPhase(s.ids["a"], Phase.SEALED)


def test_completing_takes_members_that_are_published() -> None:
    """One may join before the others are there."""
    s, ghost = Stage(), Stage()
    ghost.publish(0, "a", "b")
    s.publish(0, "a")
    s.ids["b"] = ghost.ids["b"]
    s.join(1, "a", "a b")
    s.publish(2, "b")
    assert s.ids == ghost.ids
    s.join(3, "b", "a b")
    assert s.model.node(s.ids["b"])


def test_completing_takes_an_order() -> None:
    s = Stage()
    s.publish(0, "a", draw=2)
    s.publish(0, "b", draw=1)
    s.join(1, "a", "a b")
    x, y = s.group("a b")
    assert s.refusal(s.join, 2, "b", "a b") == errors.Undrawn(x, y)
    s.draw(3, "a", "b")
    s.join(3, "b", "a b")
    assert s.model.node(s.ids["a"]) == Node(s.ids["b"], 0, 0)


def test_completing_takes_an_order_of_floors() -> None:
    """Each member has offered to one of two that are tied."""
    s = Stage()
    s.publish(0, "x", draw=1)
    s.publish(0, "y", draw=2)
    s.publish(1, "a")
    s.publish(2, "b")
    s.offer(3, "a", "x")
    s.offer(3, "b", "y")
    s.join(4, "a", "a b")
    first, second = (s.model.floor(i) for i in s.group("a b"))
    assert s.refusal(s.join, 4, "b", "a b") == errors.Undrawn(second, first)
    s.draw(4, "x", "y")
    s.join(4, "b", "a b")
    assert s.model.node(s.ids["a"]) == Node(s.ids["x"], 1, 0)


def test_joining_by_signature() -> None:
    s = Stage()
    s.publish(0, "a", "b")
    key, ids, a = s.keys["a"], s.group("a b"), s.ids["a"]
    model, env = s.model, s.env(9, sender=OTHER)
    now = START + 9
    ghost = s.keys["b"].__class__(OTHER, 5, 0, 0, bytes(32))
    unknown = errors.UnknownCommitment(model.domain.commitment_id(ghost))
    assert s.refusal(model.join_for, env, key, ids[::-1], 0, OTHER) == errors.MalformedGroup()
    assert s.refusal(model.join_for, env, ghost, ids, 0, OTHER) == unknown
    s.publish(1, "c")
    others = s.group("b c")
    assert s.refusal(model.join_for, env, key, others, 0, OTHER) == errors.NotAMember(a)
    expired = errors.SignatureExpired(now - 1, now)
    assert s.refusal(model.join_for, env, key, ids, now - 1, OTHER) == expired
    for signer in (OTHER, ZERO_ADDRESS):
        wrong = errors.WrongSigner(OWNER, signer)
        assert s.refusal(model.join_for, env, key, ids, now, signer) == wrong
    model.join_for(env, key, ids, now, OWNER)
    assert model.group_of(a) == group_id(ids)
    assert s.refusal(model.join_for, env, key, ids, now, OWNER) == errors.InGroup(a)
    s.seal(10, "a", "keep")
    wrong_phase = errors.WrongPhase(a, Phase.SEALED)
    assert s.refusal(model.join_for, s.env(11), key, ids, 0, OTHER) == wrong_phase


# ------------------------------------------------------------------ one node


def test_members_offer_no_more() -> None:
    s = Stage()
    s.publish(0, "x")
    s.publish(1, "a")
    s.publish(2, "b")
    s.offer(3, "a", "x")
    s.join(4, "a", "a b")
    assert s.refusal(s.offer, 5, "a", "x") == errors.InGroup(s.ids["a"])
    s.offer(5, "b", "x")
    s.join(6, "b", "a b")
    assert s.refusal(s.offer, 7, "b", "x") == errors.InGroup(s.ids["b"])
    # It looks at the phase first, and at the target later.
    assert s.refusal(s.offer, 62, "b", "x") == errors.WrongPhase(s.ids["b"], Phase.UNSEALED)


def test_node_is_least_floor_greatest_depth_smallest_cover() -> None:
    s = Stage()
    s.publish(0, "x", bond=9, cover=9)
    s.publish(1, "a", bond=9, cover=5)
    s.publish(2, "b", bond=9, cover=7)
    s.publish(3, "c", bond=9, cover=5)
    s.offer(4, "a", "x")
    s.offer(4, "c", "a")
    s.complete(5, "a b c")
    assert s.model.floor(s.ids["c"]) == s.ids["x"]
    for name in "abc":
        assert s.model.node(s.ids[name]) == Node(s.ids["x"], 2, 5)
        assert s.model.depth(s.ids[name]) == 2
    # What each has promised by itself stays what it is.
    assert s.model.state.standings[s.ids["a"]] == Standing(s.ids["x"], 1)


def test_members_look_back_from_the_lowest_floor() -> None:
    """b looked back at x by itself; a stands before x, and so does their group."""
    s = Stage()
    s.publish(0, "w")
    s.publish(1, "a")
    s.publish(2, "x")
    s.publish(3, "b")
    assert s.obstacle("b", "x") is Obstacle.NONE
    s.complete(4, "a b")
    assert s.obstacle("b", "x") is Obstacle.NOT_OFFERED
    assert s.obstacle("b", "w") is Obstacle.NONE
    assert s.obstacle("a", "w") is Obstacle.NONE


def test_offers_to_members_are_to_the_group() -> None:
    """An offer made to b before falls; repeated, it gives up what the group looks at."""
    s = Stage()
    s.publish(0, "a")
    s.publish(1, "b")
    s.publish(2, "y")
    s.offer(3, "y", "b")
    assert s.obstacle("b", "y") is Obstacle.NONE
    s.complete(4, "a b")
    assert s.obstacle("b", "y") is Obstacle.OFFER_FELL
    s.offer(5, "y", "b")
    made = s.model.offer_of(s.ids["y"], s.ids["b"])
    assert made is not None
    assert (made.floor, made.depth) == (s.ids["a"], 1)
    assert s.obstacle("b", "y") is Obstacle.NONE
    assert s.obstacle("a", "y") is Obstacle.NOT_OFFERED


def test_an_offer_to_a_shallow_member_is_too_shallow_for_its_group() -> None:
    """The loop of own depths: y offers to a, b offers to y; a and b become a group."""
    s = Stage(maxDepth=2)
    s.publish(0, "a")
    s.publish(1, "y")
    s.publish(2, "b")
    s.publish(3, "z")
    s.offer(4, "y", "a")
    s.offer(4, "b", "y")
    s.complete(5, "a b")
    assert s.obstacle("y", "b") is Obstacle.NONE
    assert s.obstacle("a", "y") is Obstacle.TOO_SHALLOW
    too_deep = errors.TooDeep(s.ids["a"], 3, 2)
    assert s.refusal(s.offer, 6, "z", "a") == too_deep


def test_covers_are_the_groups() -> None:
    s = Stage()
    for at, (name, cover) in enumerate({"w": 4, "a": 9, "b": 5, "x": 6, "y": 5}.items()):
        s.publish(at, name, bond=9, cover=cover)
    assert s.obstacle("a", "w") is Obstacle.COVER_TOO_LOW
    assert s.obstacle("x", "a") is Obstacle.NONE
    assert s.obstacle("y", "b") is Obstacle.NONE
    s.complete(5, "a b")
    # As viewers: w's 4 is less than 5. As atoms: a counts for 5 alone.
    assert s.obstacle("b", "w") is Obstacle.COVER_TOO_LOW
    assert s.obstacle("x", "a") is Obstacle.COVER_TOO_LOW
    assert s.obstacle("y", "a") is Obstacle.NONE
    assert s.obstacle("a", "b") is s.obstacle("b", "a") is Obstacle.NONE
    s.publish(6, "v", bond=9, cover=0)
    s.join(7, "w", "w x")
    assert s.obstacle("x", "w") is Obstacle.COVER_TOO_LOW  # not complete: by itself


def test_opening_goes_by_the_groups_cover_of_an_atom() -> None:
    """x names a, whose own cover would do: it leans on b's."""
    for cover, phase in ((5, Phase.PENDING), (6, Phase.INVALID_DECISION)):
        s = Stage()
        s.publish(0, "a", bond=9, cover=9)
        s.publish(1, "b", bond=9, cover=5)
        s.complete(2, "a b")
        s.publish(3, "x", bond=9, cover=cover)
        s.seal(9, "a", "keep")
        s.seal(9, "b", "keep")
        s.seal(9, "x", "keep if kept(a)")
        assert s.refusal(s.open, 63, "x", "") == errors.KeyMissing(s.ids["a"])
        assert s.open(63, "x") is phase


def test_members_name_each_other_once_complete() -> None:
    s = Stage()
    s.publish(0, "a")
    s.publish(1, "b")
    s.publish(2, "x")
    obstacle = s.model.obstacle
    a, b, x = (s.ids[n] for n in "abx")
    s.join(3, "a", "a b")
    assert s.obstacle("b", "a") is Obstacle.NONE  # backward: b has not joined
    assert obstacle(a, a) is Obstacle.GROUP_VOID
    assert obstacle(b, b) is Obstacle.SELF
    s.join(3, "b", "a b")
    for one, two in ((a, b), (b, a), (a, a), (b, b)):
        assert obstacle(one, two) is Obstacle.NONE
    assert obstacle(x, x) is Obstacle.SELF


def test_members_of_a_void_group_name_each_other_not_even_backward() -> None:
    s = Stage()
    for at, name in enumerate("abcx"):
        s.publish(at, name)
    s.join(4, "a", "a b c")
    s.join(4, "b", "a b c")
    assert s.obstacle("b", "a") is s.obstacle("a", "b") is Obstacle.GROUP_VOID
    # On their own, otherwise.
    assert s.obstacle("x", "b") is Obstacle.NONE
    assert s.model.floor(s.ids["b"]) == s.ids["b"]
    s.seal(9, "a", "keep")
    s.seal(9, "b", "keep if kept(a)")
    s.seal(9, "x", "keep if kept(a)")
    assert s.open(60, "a") is Phase.KEPT
    assert s.open(61, "b") is Phase.INVALID_DECISION
    assert s.open(63, "x") is Phase.KEPT
    assert isinstance(s.model.state.events[-3], events.OpenedKeep)


def test_preferences_outside_of_a_complete_group_are_no_decision() -> None:
    s = Stage()
    for at, name in enumerate("abc"):
        s.publish(at, name)
    s.join(3, "b", "a b")
    s.seal(9, "b", "keep prefer 1 if true")
    s.seal(9, "c", "keep prefer 1 if true")
    assert s.open(61, "b") is Phase.INVALID_DECISION
    assert s.open(62, "c") is Phase.INVALID_DECISION


# ------------------------------------------------------------------ opening a member


def test_a_valid_opening_of_a_member_is_always_pending() -> None:
    """Even `keep`: which is then logged as any other."""
    s = pair()
    s.seal(9, "a", "keep")
    s.seal(9, "b", "keep if kept(b) and kept(a) prefer 1 if kept(a)")
    for at, name in ((60, "a"), (61, "b")):
        assert s.open(at, name) is Phase.PENDING
        opened = events.Opened(s.ids[name], Phase.PENDING, s.decisions[name])
        assert s.model.state.events[-1] == opened
    assert s.model.record(s.ids["a"]).seal != bytes(23)


@pytest.mark.parametrize(
    "decision",
    [
        b"\x07",
        b"",
        "keep if kept(z)",
        "keep prefer 1 if kept(z)",
        "keep if kept(ghost)",
        "keep prefer 1 if true, 2 if kept(ghost) or kept(a)",
    ],
)
def test_invalid_openings_of_members(decision: str | bytes) -> None:
    """Malformed, or naming what was never published, or may not be named, though it be in a
    preference. It is a constant then.
    """
    s = pair()
    s.publish(3, "z")
    s.ids["ghost"] = b"\x99" * 25
    s.seal(9, "a", decision)
    s.seal(9, "b", "revert if kept(a)")
    del s.ids["ghost"]
    assert s.open(60, "a") is Phase.INVALID_DECISION
    assert s.open(61, "b") is Phase.PENDING
    assert s.settle(62, "a b") == {"b"}


def test_keys_are_those_of_outside_atoms_in_order() -> None:
    s = Stage()
    for at, (name, cover) in enumerate({"v": 5, "w": 4, "x": 3, "a": 4, "b": 5}.items()):
        s.publish(at, name, bond=9, cover=cover)
    s.complete(5, "a b")
    text = "keep if kept(a) and kept(v) prefer 1 if kept(b) and kept(w), 2 if kept(v)"
    s.seal(10, "a", text)
    missing = errors.KeyMissing
    v, w = s.ids["v"], s.ids["w"]
    assert s.refusal(s.open, 63, "a", "") == missing(v)
    assert s.refusal(s.open, 63, "a", "a v") == missing(v)
    assert s.refusal(s.open, 63, "a", "v") == missing(w)
    assert s.refusal(s.open, 63, "a", "v w") == missing(v)
    assert s.refusal(s.open, 63, "a", "v v w") == missing(w)
    assert s.open(63, "a", "v w v") is Phase.PENDING
    # x's cover is below the group's 4. Once it is found invalid, no more keys are needed.
    s.seal(10, "b", "keep if kept(x) prefer 1 if kept(v)")
    assert s.refusal(s.open, 64, "b", "") == missing(s.ids["x"])
    assert s.open(64, "b", "x") is Phase.INVALID_DECISION


def test_without_a_cover_no_keys_are_asked_for() -> None:
    s = Stage()
    s.publish(0, "x")
    s.publish(1, "a", bond=9, cover=9)
    s.publish(2, "b")
    s.complete(3, "a b")
    s.seal(9, "a", "keep if kept(x)")
    assert s.open(61, "a", "") is Phase.PENDING


# ------------------------------------------------------------------ resolution


def test_a_group_resolves_together() -> None:
    s = pair()
    s.seal(9, "a", "keep if kept(b)")
    s.seal(9, "b", "keep if kept(a)")
    s.open(60, "a")
    s.open(61, "b")
    before = len(s.model.state.events)
    assert s.settle(61, "a b") == {"a", "b"}
    ids = s.group("a b")
    assert s.model.state.events[before:] == [
        events.GroupResolved(group_id(ids), 0b11),
        *(events.Resolved(member, Phase.KEPT) for member in ids),
    ]
    assert s.model.record(s.ids["a"]).seal == bytes(23)


def test_preferences_count() -> None:
    s = pair()
    s.seal(9, "a", "keep if kept(b) prefer -1 if kept(b)")
    s.seal(9, "b", "keep if kept(a) prefer 5 if kept(b)")
    s.open(60, "a")
    s.open(61, "b")
    assert s.settle(61, "a b") == set()
    assert s.phase(61, "b") is Phase.REVERTED_BY_DECISION


def test_order_is_that_of_section_3_not_of_ids() -> None:
    """One of each pair keeps, rather the earlier, whichever has the smaller id."""
    seen = set()
    for nonce in range(6):
        s = Stage()
        s.publish(0, *(f"before{i}" for i in range(nonce)))
        s.publish(0, "a", draw=2)
        s.publish(0, "b", draw=1)
        s.draw(2, "a", "b")
        s.complete(3, "a b")
        s.seal(9, "a", "revert if kept(b)")
        s.seal(9, "b", "revert if kept(a)")
        s.open(60, "a")
        s.open(60, "b")
        assert s.settle(61, "a b") == {"b"}
        seen.add(s.ids["a"] < s.ids["b"])
    assert seen == {True, False}


def test_resolve_is_refused_in_this_order() -> None:
    s = Stage()
    s.publish(0, "x")
    for at, name in enumerate("abc"):
        s.publish(1 + at, name)
    s.publish(4, "other")
    names = "a b c"
    s.join(5, "a", names)
    s.join(5, "b", names)
    ids, group = s.group(names), s.group_id(names)
    model = s.model

    def resolve(at: int, decisions: dict[str, bytes]) -> errors.ChainError:
        given = [decisions.get(n, b"") for n in sorted("abc", key=lambda n: s.ids[n])]
        return s.refusal(model.resolve_group, s.env(at), ids, given)

    bad = errors.MalformedGroup()
    assert s.refusal(model.resolve_group, s.env(5), ids, [b""] * 2) == bad
    assert s.refusal(model.resolve_group, s.env(5), ids[::-1], [b""] * 3) == bad
    assert s.refusal(model.resolve_group, s.env(5), ids[:1], [b""]) == bad
    assert resolve(5, {}) == errors.NotComplete(group)
    s.join(5, "c", names)
    assert resolve(5, {}) == errors.DependencyPending(ids[0], ids[0])
    for name in "abc":
        s.seal(10, name, "keep if kept(x)")
    s.seal(10, "x", "keep")
    assert resolve(63, {}) == errors.DependencyPending(ids[0], ids[0])
    first, second, third = sorted("abc", key=lambda n: s.ids[n])
    s.open(63, first)
    assert resolve(63, {}) == errors.WrongDecision(ids[0])
    assert resolve(63, s.decisions) == errors.DependencyPending(ids[0], s.ids["x"])
    s.open(63, "x")
    assert resolve(63, s.decisions) == errors.DependencyPending(ids[1], ids[1])
    s.open(63, second)
    s.open(63, third)
    assert resolve(63, s.decisions | {third: b"\1"}) == errors.WrongDecision(ids[2])
    assert s.settle(63, names) == {"a", "b", "c"}
    assert resolve(63, s.decisions) == errors.WrongPhase(ids[0], Phase.KEPT)


def test_members_that_end_otherwise_are_reverted_constants() -> None:
    """Revoked, exposed, never sealed, never opened, invalid: they are left out of h and u."""
    s = Stage()
    names = "a b c d e f"
    for at, name in enumerate(names.split()):
        s.publish(at, name)
    s.complete(6, names)
    model = s.model
    model.revoke(s.env(7), *s.own("a"))
    s.seal(11, "b", "keep")
    model.expose(s.env(12), s.keys["b"], s.decisions["b"], b"\x5a" * 32)
    s.seal(12, "d", "keep")
    s.seal(12, "e", b"\xff")
    s.seal(12, "f", "revert if at least 1 of kept(a), kept(b), kept(c), kept(d), kept(e)")
    s.open(65, "e")
    s.open(65, "f")
    group = s.group_id(names)
    assert model.group_waits_for(group, START + 93) == (s.ids["d"],)
    assert not model.group_resolvable(group, START + 93)
    waits = errors.DependencyPending(s.ids["d"], s.ids["d"])
    assert s.refusal(s.settle, 93, names) == waits
    assert model.group_waits_for(group, START + 94) == ()
    assert model.group_resolvable(group, START + 94)
    assert s.settle(94, names) == {"f"}
    phases = [s.phase(94, name).label for name in names.split()]
    assert phases == ["Revoked", "Exposed", "Unsealed", "Unrevealed", "InvalidDecision", "Kept"]
    assert model.record(s.ids["d"]).phase is Phase.SEALED  # its bond is still to be burned
    s.resolve(94, "c", "d")


def test_a_group_of_which_nobody_is_pending() -> None:
    s = pair()
    first = s.group("a b")[0]
    assert s.refusal(s.settle, 61, "a b") == errors.WrongPhase(first, Phase.UNSEALED)
    assert not s.model.group_resolvable(s.group_id("a b"), START + 61)
    assert s.refusal(s.model.group_waits_for, bytes(32), START) == errors.NotComplete(bytes(32))


def test_resolution_waits_for_outside_atoms_of_preferences_too() -> None:
    s = Stage()
    s.publish(0, "x")
    s.publish(1, "a")
    s.publish(2, "b")
    s.complete(3, "a b")
    s.seal(9, "x", "keep")
    s.seal(9, "a", "keep prefer 1 if kept(x)")
    s.seal(9, "b", "keep")
    s.open(61, "a")
    s.open(62, "b")
    waits = errors.DependencyPending(s.ids["a"], s.ids["x"])
    assert s.model.group_waits_for(s.group_id("a b"), START + 62) == (s.ids["x"],)
    assert s.refusal(s.settle, 62, "a b") == waits
    s.open(62, "x")
    assert s.settle(62, "a b") == {"a", "b"}


def test_members_are_not_resolved_alone() -> None:
    s = pair()
    s.publish(3, "x")
    s.seal(9, "a", "keep")
    s.seal(9, "x", "keep if kept(a)")
    s.open(60, "a")
    s.open(63, "x")
    assert s.refusal(s.resolve, 63, "a") == errors.InGroup(s.ids["a"])
    assert s.model.pending_on(s.ids["a"], START + 63) == ()
    assert not s.model.resolvable(s.ids["a"], START + 63)
    assert s.model.pending_on(s.ids["x"], START + 63) == (s.ids["a"],)
    # Those that lapse are, as ever.
    s.resolve(63, "b")
    assert s.settle(63, "a b") == {"a"}
    s.resolve(63, "x")
    assert s.phase(63, "x") is Phase.KEPT


def test_bonds_come_back_at_the_opening() -> None:
    s = Stage()
    s.publish(0, "a", bond=7)
    s.publish(1, "b", bond=5)
    s.complete(2, "a b")
    s.seal(9, "a", "keep")
    s.seal(9, "b", "keep")
    s.open(60, "a")
    assert s.model.state.held == 5
    s.open(61, "b")
    assert s.model.state.held == 0
    s.settle(61, "a b")
    assert s.model.state.balances[OWNER] == 0


def test_settlement_explains() -> None:
    """The same as resolution, without changing anything."""
    s = pair()
    s.seal(9, "a", "keep if kept(b)")
    s.seal(9, "b", "keep if kept(a)")
    s.open(60, "a")
    s.open(61, "b")
    ids = s.group("a b")
    found = s.model.settlement(ids, [s.model.record(i).decision for i in ids], START + 61)
    assert found.members == (s.ids["a"], s.ids["b"])
    assert found.consistent == (0b00, 0b11)
    assert found.chosen == 0b11
    assert s.phase(61, "a") is Phase.PENDING


def test_copies_are_independent() -> None:
    s = pair()
    twin = s.model.copy()
    s.publish(3, "c", "d")
    s.join(4, "c", "c d")
    assert twin.group_of(s.ids["c"]) == NO_GROUP
    assert len(twin.state.groups) == 1


# ------------------------------------------------------------------ the bound


def test_a_chain_of_groups_reaches_the_bound() -> None:
    """freeze + (2 maxDepth + 1) (period - offerCutoff) + revealWindow: the first stands in a group
    whose last member freezes 40 s later; that one is offered something 40 s later still, which
    stands in a group again. Determined in the second after the bound, and not before.
    """
    s = Stage(maxDepth=1)
    s.publish(0, "a")
    s.publish(40, "b")
    s.complete(40, "a b")
    s.publish(80, "c")
    s.offer(80, "c", "b")
    s.seal(45, "a", "keep if kept(b)")
    s.seal(99, "b", "keep if kept(c)")
    s.publish(120, "d")
    s.complete(120, "c d")
    s.seal(139, "c", "keep if kept(d)")
    s.seal(179, "d", "keep")
    assert s.open(90, "a") is Phase.PENDING
    assert s.open(130, "b") is Phase.PENDING
    assert s.open(170, "c") is Phase.PENDING
    bound = s.model.latest_resolution(s.ids["a"]) - START
    assert bound == 60 + 3 * 40 + 30 == 210
    late = errors.DependencyPending(s.ids["d"], s.ids["d"])
    assert s.refusal(s.settle, bound, "c d") == late
    assert s.settle(bound + 1, "c d") == set()
    assert s.settle(bound + 1, "a b") == set()


# ------------------------------------------------------------------ credible cover


def test_credible_cover_of_a_member_is_the_groups() -> None:
    s = Stage()
    s.publish(0, "a", bond=9, cover=9)
    s.publish(1, "b", bond=9, cover=5)
    s.complete(2, "a b")
    assert s.model.credible_cover(s.ids["a"], START + 41).cover == 5
    s.seal(9, "a", "keep if kept(b) prefer 1 if kept(a)")
    s.seal(9, "b", "keep")
    s.open(60, "a")
    assert s.model.credible_cover(s.ids["a"], START + 61).cover == 5
    s.open(61, "b")
    s.settle(61, "a b")
    assert s.model.credible_cover(s.ids["a"], START + 61).cover == 5


def test_encoded_preferences_are_what_is_opened() -> None:
    s = pair()
    s.seal(9, "a", "keep prefer 3 if kept(b)")
    assert s.decisions["a"] == encode_sealed(parse_sealed("keep prefer 3 if kept(b)", s.ids))
    assert s.open(60, "a") is Phase.PENDING
    assert s.model.record(s.ids["a"]).decision == s.decisions["a"]


# ------------------------------------------------------------------ fixed by the freeze


def test_nobody_joins_what_can_no_longer_be_complete() -> None:
    """x has joined and is frozen; y, whose offer it names, joining then would void that."""
    s = Stage()
    s.publish(0, "x")
    s.publish(40, "y")
    s.publish(41, "z")
    s.join(40, "x", "x y z")
    s.offer(40, "y", "x")
    s.seal(59, "x", "keep if kept(y)")
    closed = errors.TooLate(s.ids["y"], START + 41, START + 70)
    assert s.refusal(s.join, 70, "y", "x y z") == closed
    assert s.open(71, "x") is Phase.PENDING


def test_who_has_offered_keeps_its_cover() -> None:
    """x is frozen and leans on y's cover of 9; in a group with z, y would stand for 0."""
    s = Stage()
    s.publish(0, "x", bond=9, cover=9)
    s.publish(40, "y", bond=9, cover=9)
    s.offer(40, "y", "x")
    s.publish(41, "z")
    s.publish(42, "w", bond=9, cover=9)
    s.seal(59, "x", "keep if kept(y)")
    s.join(60, "y", "y z")
    refused = errors.CoverPromised(s.group_id("y z"), 0, 9)
    assert s.refusal(s.join, 61, "z", "y z") == refused
    s.join(61, "z", "z w")  # who has not offered may
    s.join(62, "w", "z w")
    assert s.open(70, "x") is Phase.PENDING


def test_credible_cover_of_a_member_once_its_group_is_complete() -> None:
    """Nothing that comes can lower it, but offers to the group."""
    s = Stage(maxDepth=0)
    s.publish(0, "a", bond=9, cover=9)
    s.publish(1, "b", bond=9, cover=5)
    s.join(2, "a", "a b")
    assert s.model.credible_cover(s.ids["a"], START + 2).cover is None
    s.join(3, "b", "a b")
    assert s.model.credible_cover(s.ids["a"], START + 3).cover == 5
