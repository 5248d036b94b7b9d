"""What is measured: every action in its usual and its dearest forms, on a fresh registry each.

A measure is a function of a `Bench` that yields (sentence, gas) pairs; the sentences are the keys
of snapshot.json. Seconds are those of the default parameters: seals from 5 on, freeze at 60 after
the publication, openings for 30 seconds more. Every publication has an empty block after it, so
that seals record the draw, as they will on a chain that is not made for tests.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.content import Clauses, Content
from boomerang.decisions import MAX_BYTES
from boomerang.model import Phase
from boomerang.parameters import Parameters
from gas import arenas, intents, parts
from gas.bench import ETHER, STRANGER, TOPIC, Bench, Commitment, decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from boomerang.chains import Chain

    Measured = Iterator[tuple[str, int]]

KEEP, REVERT = decision("keep"), decision("revert")
DEAF_CODE = bytes.fromhex("60006000fd")  # refuses whatever is sent


# ------------------------------------------------------------------ a life


def life_without_bond(bench: Bench) -> Measured:
    yield "deploy the registry", bench.deployment
    yield from _life(bench, bench.commitment("alice"), "no bond")


def life_with_bond(bench: Bench) -> Measured:
    yield from _life(bench, bench.commitment("alice", bond=ETHER), "a bond of 1 ether")


def life_with_cover(bench: Bench) -> Measured:
    yield from _life(
        bench, bench.commitment("alice", bond=ETHER, cover=ETHER), "a bond and a cover of 1 ether"
    )


def _life(bench: Bench, a: Commitment, what: str) -> Measured:
    publish = bench.publish(1, a).gas_used
    bench.mine(2)
    seal = bench.seal(10, a, KEEP).gas_used
    opening = bench.open(61, a, KEEP).gas_used
    assert bench.phase(a) is Phase.KEPT
    yield f"publish, {what}", publish
    yield f"seal, {what}", seal
    yield f"open: keep, {what}", opening
    yield f"a life: publish, seal, open: keep; {what}", publish + seal + opening


def life_that_reverts(bench: Bench) -> Measured:
    for second, (bond, what) in enumerate([(0, "no bond"), (ETHER, "a bond of 1 ether")]):
        a = bench.commitment("alice", bond=bond)
        bench.publish(1 + 100 * second, a)
        bench.mine(2 + 100 * second)
        bench.seal(10 + 100 * second, a, REVERT)
        yield f"open: revert, {what}", bench.open(61 + 100 * second, a, REVERT).gas_used
        assert bench.phase(a) is Phase.REVERTED_BY_DECISION


def publications(bench: Bench) -> Measured:
    a = bench.commitment("alice")
    bench.publish(1, a)
    empty = Content(TOPIC, b"")
    key = empty.key(DEV_ACCOUNTS["bob"])
    receipt = bench.act(2, key.committer, "publish", key.stake, TOPIC, b"")
    yield "publish, an empty statement", receipt.gas_used
    long = Content(TOPIC, b"\xb2" * 1024)
    key = long.key(DEV_ACCOUNTS["bob"])
    receipt = bench.act(3, key.committer, "publish", key.stake, TOPIC, long.body)
    yield "publish, a statement of 1,024 bytes", receipt.gas_used
    guarded = Content(TOPIC, b"Dare", Clauses(guard=decision("keep if kept(a)", a=a)))
    key = guarded.key(DEV_ACCOUNTS["bob"])
    receipt = bench.act(4, key.committer, "publish", key.stake, TOPIC, guarded.body)
    yield "publish, with clauses: a guard of one atom", receipt.gas_used


# ------------------------------------------------------------------ before the freeze


def seals(bench: Bench) -> Measured:
    a, b, c, d, e = (bench.commitment("alice", nonce=n) for n in range(5))
    bench.publish(1, a)
    bench.mine(2, *map(bench.publication, (b, c, d)))
    bench.mine(3)
    yield "draw one", bench.act(10, STRANGER, "draw", [a.id]).gas_used
    yield "seal, drawn already", bench.seal(11, a, KEEP).gas_used
    seal = bench.domain.seal(b.key, KEEP, b.salt)
    receipt = bench.act(12, b.key.committer, "sealWithData", *b.own, seal, b"\xc3" * 32)
    yield "sealWithData, 32 bytes", receipt.gas_used
    deadline = bench.start + 100
    seal = bench.domain.seal(c.key, KEEP, c.salt)
    signature = bench.seal_request(c, seal, b"", deadline)
    receipt = bench.act(13, STRANGER, "sealFor", c.key_abi, seal, b"", deadline, signature)
    yield "sealFor, by a stranger", receipt.gas_used
    signature = bench.revoke_request(d, deadline)
    receipt = bench.act(14, STRANGER, "revokeFor", d.key_abi, deadline, signature)
    yield "revokeFor, by a stranger", receipt.gas_used
    bench.publish(20, e)
    yield "seal, the draw's block not there yet", bench.seal(25, e, KEEP).gas_used


def draws(bench: Bench) -> Measured:
    many = [bench.commitment("alice", nonce=n) for n in range(10)]
    bench.mine(1, *map(bench.publication, many))
    bench.mine(2)
    yield "draw ten", bench.act(3, STRANGER, "draw", [c.id for c in many]).gas_used
    yield "draw ten, all drawn", bench.act(4, STRANGER, "draw", [c.id for c in many]).gas_used


def revocations(bench: Bench) -> Measured:
    a, b = bench.commitment("alice"), bench.commitment("bob", bond=ETHER)
    bench.publish(1, a)
    bench.publish(2, b)
    receipt = bench.act(3, a.key.committer, "revoke", *a.own)
    yield "revoke, no bond", receipt.gas_used
    receipt = bench.act(4, b.key.committer, "revoke", *b.own)
    yield "revoke, a bond of 1 ether", receipt.gas_used


def exposures(bench: Bench) -> Measured:
    a, b = bench.commitment("alice"), bench.commitment("bob", bond=ETHER)
    bench.publish(1, a)
    bench.publish(2, b)
    bench.mine(3)
    bench.seal(10, a, KEEP)
    bench.seal(11, b, KEEP)
    receipt = bench.act(12, STRANGER, "expose", a.key_abi, KEEP, a.salt)
    yield "expose, no bond", receipt.gas_used
    receipt = bench.act(13, STRANGER, "expose", b.key_abi, KEEP, b.salt)
    yield "expose, a bond of 1 ether", receipt.gas_used
    assert bench.phase(b) is Phase.EXPOSED


# ------------------------------------------------------------------ offers


def offers(bench: Bench) -> Measured:
    a, a2, b, c, d = (bench.commitment(who) for who in ("alice", "carol", "bob", "dave", "erin"))
    for second, each in enumerate((a, a2, b, c, d), 1):
        bench.publish(second, each)
    yield "offer, the first of both", bench.offer(10, b, a2).gas_used
    yield "offer, repeated", bench.offer(11, b, a2).gas_used
    yield "offer, to another target, with a lower floor", bench.offer(12, b, a).gas_used
    yield "offer, repeated to lower its floor", bench.offer(13, b, a2).gas_used
    yield "offer, the first to a target that has offered", bench.offer(14, c, b).gas_used
    yield "offer, the second of the offering", bench.offer(15, c, a).gas_used
    # Its own floor is a2, its target's is a: four records are read.
    bench.offer(16, d, a2)
    yield "offer, both floors elsewhere", bench.offer(17, d, c).gas_used


def declines(bench: Bench) -> Measured:
    for second, (bond, what) in enumerate([(0, "no bond"), (ETHER, "a bond of 1 ether")]):
        at = 100 * second
        a = bench.commitment("alice", nonce=1, bond=bond)
        b, c = bench.commitment("bob", nonce=1 + second), bench.commitment("carol", nonce=second)
        for n, each in enumerate((a, b, c), 1):
            bench.publish(at + n, each)
        bench.offer(at + 5, b, a)
        receipt = bench.act(at + 15, a.key.committer, "decline", *a.own, b.id)
        yield f"decline, {what}", receipt.gas_used
        receipt = bench.act(at + 16, a.key.committer, "declineAll", *a.own)
        yield f"declineAll, {what}", receipt.gas_used


# ------------------------------------------------------------------ after the freeze


def conditional_openings(bench: Bench) -> Measured:
    """Alice keeps; Bob and Carol condition on her; then each alternative form of the same."""
    a, b, c, d = (bench.commitment(who) for who in ("alice", "bob", "carol", "dave"))
    for second, each in enumerate((a, b, c, d), 1):
        bench.publish(second, each)
    if_a = decision("revert if kept(a)", a=a)
    bench.seal(10, a, KEEP)
    for second, each in enumerate((b, c, d), 11):
        bench.seal(second, each, if_a)
    yield "open: its one dependency not final, stays pending", bench.open(64, b, if_a).gas_used
    assert bench.phase(b) is Phase.PENDING
    bench.open(65, a, KEEP)
    yield "open: its one dependency final, no bond", bench.open(66, c, if_a).gas_used
    yield "openFor by a stranger: its one dependency final", bench.open_for(67, d, if_a).gas_used
    yield "resolve a pending one with one dependency", bench.resolve(68, b, if_a).gas_used
    for each in (b, c, d):
        assert bench.phase(each) is Phase.REVERTED_BY_DECISION


def covered_openings(bench: Bench) -> Measured:
    """The same with bonds and covers: each atom is proved by its key."""
    a, b, c = (bench.commitment(who, bond=ETHER, cover=ETHER) for who in ("alice", "bob", "carol"))
    for second, each in enumerate((a, b, c), 1):
        bench.publish(second, each)
    if_a = decision("revert if kept(a)", a=a)
    bench.seal(10, a, KEEP)
    for second, each in enumerate((b, c), 11):
        bench.seal(second, each, if_a)
    receipt = bench.open_for(64, b, if_a, [a])
    yield "openFor: cover 1 ether, its one dependency not final", receipt.gas_used
    assert bench.phase(b) is Phase.PENDING
    yield "openFor by a stranger: keep, a bond of 1 ether", bench.open_for(65, a, KEEP).gas_used
    receipt = bench.open_for(66, c, if_a, [a])
    yield "openFor: cover 1 ether, its one dependency final", receipt.gas_used
    assert bench.phase(c) is Phase.REVERTED_BY_DECISION
    receipt = bench.resolve(67, b, if_a)
    yield "resolve a pending one with one dependency, cover 1 ether", receipt.gas_used


def invalid_openings(bench: Bench) -> Measured:
    a, b, c = (bench.commitment(who) for who in ("alice", "bob", "carol"))
    for second, each in enumerate((a, b, c), 1):
        bench.publish(second, each)
    malformed, forward = b"\xff", decision("keep if kept(c)", c=c)
    bench.seal(10, a, malformed)
    bench.seal(11, b, forward)
    yield "open: malformed", bench.open(63, a, malformed).gas_used
    yield "open: conditioned on what it may not be", bench.open(64, b, forward).gas_used
    assert bench.phase(a) is bench.phase(b) is Phase.INVALID_DECISION


def forward_conditions(bench: Bench) -> Measured:
    """A later one offers, keeps, and the earlier one that waited for it reverts (section 10)."""
    a, b = bench.commitment("alice"), bench.commitment("bob")
    bench.publish(1, a)
    bench.publish(30, b)
    bench.offer(35, b, a)
    if_b = decision("revert if kept(b)", b=b)
    bench.seal(36, a, if_b)
    bench.seal(37, b, KEEP)
    yield "open: forward by an offer, stays pending", bench.open(61, a, if_b).gas_used
    assert bench.phase(a) is Phase.PENDING
    bench.open(90, b, KEEP)
    bench.resolve(91, a, if_b)
    assert bench.phase(a) is Phase.REVERTED_BY_DECISION


def lapses(bench: Bench) -> Measured:
    for second, (bond, what) in enumerate([(0, "no bond"), (ETHER, "a bond of 1 ether")]):
        at = 200 * second
        a, b = bench.commitment("alice", nonce=1, bond=bond), bench.commitment("bob", bond=bond)
        bench.publish(at + 1, a)
        bench.publish(at + 2, b)
        bench.mine(at + 3)
        bench.seal(at + 10, b, KEEP)
        yield f"resolve a lapsed one: unsealed, {what}", bench.resolve(at + 93, a).gas_used
        yield f"resolve a lapsed one: unrevealed, {what}", bench.resolve(at + 94, b).gas_used
        assert bench.phase(a) is Phase.UNSEALED
        assert bench.phase(b) is Phase.UNREVEALED


def withdrawals(bench: Bench) -> Measured:
    """An owner whose account refuses ether is credited, and fetches it to another."""
    a = bench.commitment("alice", bond=ETHER)
    bench.publish(1, a)
    bench.mine(2)
    bench.seal(10, a, KEEP)
    bench.chain.set_code(a.key.committer, DEAF_CODE)
    yield "openFor: keep, the bond not accepted and credited", bench.open_for(61, a, KEEP).gas_used
    bench.chain.set_code(a.key.committer, b"")
    assert bench.ask("owed", a.key.committer) == ETHER
    receipt = bench.act(62, a.key.committer, "withdraw", STRANGER)
    yield "withdraw", receipt.gas_used


# ------------------------------------------------------------------ decisions, atom by atom


def atoms_backward(bench: Bench, counts: Sequence[int]) -> Measured:
    """Opening and resolving decisions of so many atoms, 32 bytes an atom; 32 are the largest."""
    targets = bench.series("alice", max(counts))
    viewers = bench.series("bob", 2 * len(counts))
    bench.mine(1, *map(bench.publication, targets))
    bench.mine(2, *map(bench.publication, viewers))
    bench.mine(3)
    bench.mine(10, *(bench.sealing(t, KEEP) for t in targets))
    programs = [widened(targets[:count]) for count in counts]
    early, late = viewers[: len(counts)], viewers[len(counts) :]
    bench.mine(11, *map(bench.sealing, early, programs), *map(bench.sealing, late, programs))
    pending = bench.mine(62, *map(bench.opening, early, programs))
    bench.mine(63, *(bench.opening(t, KEEP) for t in targets))
    final = bench.mine(64, *map(bench.opening, late, programs))
    resolved = bench.mine(65, *map(bench.resolution, early, programs))
    for viewer in viewers:
        assert bench.phase(viewer) is Phase.KEPT
    for i, count in enumerate(counts):
        yield f"open: {size(count)}, pending", pending[i].gas_used
        yield f"open: {size(count)}, final", final[i].gas_used
        yield f"resolve: {size(count)}", resolved[i].gas_used


def atoms_forward(bench: Bench, counts: Sequence[int]) -> Measured:
    """The dearest that we know: every atom by an offer whose floor is yet another commitment, with
    a cover, so that each is proved by its key.
    """
    most = max(counts)
    floors = bench.series("carol", most)
    viewers = bench.series("bob", len(counts), bond=ETHER, cover=ETHER)
    later = bench.series("alice", most, bond=ETHER, cover=ETHER)
    for second, floor in enumerate(floors, 1):
        bench.publish(second, floor)
    for second, viewer in enumerate(viewers, 40):
        bench.publish(second, viewer)
    bench.mine(80, *map(bench.publication, later))
    bench.mine(81)
    bench.mine(82, *map(bench.offering, later, floors))
    for i, (count, viewer) in enumerate(zip(counts, viewers, strict=True)):
        bench.mine(120 + i, *(bench.offering(y, viewer) for y in later[:count]))
    programs = [widened(later[:count]) for count in counts]
    bench.mine(160, *map(bench.sealing, viewers, programs))
    # Before the offering ones freeze at 280.
    openings = [
        bench.opening_for(viewer, program, later[:count])
        for viewer, program, count in zip(viewers, programs, counts, strict=True)
    ]
    receipts = bench.mine(275, *openings)
    for viewer in viewers:
        assert bench.phase(viewer) is Phase.PENDING
    for count, receipt in zip(counts, receipts, strict=True):
        yield f"openFor: {size(count)}, forward, cover 1 ether, pending", receipt.gas_used


def size(atoms: int) -> str:
    """How the sentences name a decision of so many atoms."""
    return f"{atoms} {'atom' if atoms == 1 else 'atoms'} in {32 * atoms:,} bytes"


def widened(of: list[Commitment]) -> bytes:
    """All of these are kept; each takes 32 bytes, so that nothing but atoms makes a difference:
    an atom, a list of one, twice `not`, and.
    """
    program = b"\x06" + of[0].id + b"\x02" * 6
    for each in of[1:]:
        program += b"\x06" + each.id + b"\x05\x01\x01" + b"\x02\x02" + b"\x03"
    assert len(program) == 32 * len(of) <= MAX_BYTES
    return program


# ------------------------------------------------------------------ views


def views(bench: Bench) -> Measured:
    a, b = bench.commitment("alice"), bench.commitment("bob")
    bench.publish(1, a)
    bench.publish(2, b)
    bench.mine(3)
    bench.offer(10, b, a)
    if_b = decision("revert if kept(b)", b=b)
    bench.seal(11, a, if_b)
    bench.open(61, a, if_b)
    calls = {
        "parameters": (),
        "commitmentId": (a.key_abi,),
        "phase": (a.id,),
        "kept": (a.id,),
        "record": (a.id,),
        "precedes": (a.id, b.id),
        "standing": (b.id,),
        "offerOf": (b.id, a.id),
        "mayCondition": (a.key_abi, b.key_abi),
        "resolvable": (a.id, if_b),
        "latestResolution": (a.id,),
        "owed": (STRANGER,),
    }
    for second, (name, arguments) in enumerate(calls.items(), 62):
        receipt = bench.act(second, STRANGER, name, *arguments)
        yield f"view {name}, sent as a transaction", receipt.gas_used


# ------------------------------------------------------------------ a long chain


def chain_of(bench: Bench, length: int) -> Measured:
    """Each waits for the one before it; opened in the worst order, then resolved one after another,
    each in a block of its own.
    """
    links = bench.series("alice", length)
    programs = [KEEP] + [b"\x06" + link.id for link in links[:-1]]
    for second, link in enumerate(links, 1):
        bench.publish(second, link)
    bench.mine(length + 1)
    bench.mine(length + 10, *map(bench.sealing, links, programs))
    freeze = bench.parameters.period + length
    opened = bench.mine(freeze, *map(bench.opening, reversed(links), reversed(programs)))
    resolutions = map(bench.resolution, links[1:], programs[1:])
    resolved = [bench.mine(freeze + n, tx)[0] for n, tx in enumerate(resolutions, 1)]
    assert bench.phase(links[-1]) is Phase.KEPT
    for n in range(1, length):
        yield f"chain: open link {n + 1:,}, pending", opened[-1 - n].gas_used
        yield f"chain: resolve link {n + 1:,}", resolved[n - 1].gas_used


DEFAULT = Parameters()
SLOWER = Parameters(period=200, reveal_window=100)
SLOWEST = Parameters(period=10_000, reveal_window=10_000)

ACTIONS: tuple[Callable[[Bench], Measured], ...] = (
    life_without_bond,
    life_with_bond,
    life_with_cover,
    life_that_reverts,
    publications,
    seals,
    draws,
    revocations,
    exposures,
    offers,
    declines,
    conditional_openings,
    covered_openings,
    invalid_openings,
    forward_conditions,
    lapses,
    withdrawals,
    views,
    *parts.ACTIONS,
    *intents.ACTIONS,
    *arenas.ACTIONS,
)


def measure(
    chain: Chain,
    parameters: Parameters,
    what: Callable[[Bench], Measured],
    measured: dict[str, int],
) -> None:
    """Add what one measure finds, on a fresh registry; the chain is afterwards as it was."""
    start = chain.snapshot()
    try:
        for sentence, gas in what(Bench(chain, parameters)):
            assert sentence not in measured, f"measured twice: {sentence}"
            measured[sentence] = gas
    finally:
        chain.restore(start)


def measure_all(chain: Chain, counts: Sequence[int], length: int) -> dict[str, int]:
    """Every sentence and its gas; decisions of `counts` atoms, a chain of so many commitments."""
    measured: dict[str, int] = {}
    for action in ACTIONS:
        measure(chain, DEFAULT, action, measured)
    measure(chain, DEFAULT, partial(atoms_backward, counts=counts), measured)
    measure(chain, SLOWER, partial(atoms_forward, counts=counts), measured)
    measure(chain, SLOWEST, partial(chain_of, length=length), measured)
    return measured
