"""Measures of what stands beside the registry: enforcement, relays, groups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from eth_utils.address import to_checksum_address

from boomerang import artifacts
from boomerang.chains.base import DEV_ACCOUNTS, Tx
from boomerang.chains.signers import dev_signer
from boomerang.client.abi import Interface
from boomerang.content import Asset, Call, Clauses, Content, Payment
from boomerang.decisions import encode_sealed, parse_sealed
from boomerang.identity import NO_ID, ZERO_ADDRESS
from boomerang.model import Phase
from boomerang.relay import fundings, messages
from gas.bench import DEPLOYER, ETHER, STRANGER, TOPIC, Commitment, decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from boomerang.chains.base import Receipt
    from gas.bench import Bench

    Measured = Iterator[tuple[str, int]]

KEEP, REVERT = decision("keep"), decision("revert")
ALICE, BOB = DEV_ACCOUNTS["alice"], DEV_ACCOUNTS["bob"]
AMOUNT = 123_456_789
FOREVER = (1 << 40) - 1


@dataclass(frozen=True)
class Part:
    """A contract beside the registry."""

    bench: Bench
    address: str
    interface: Interface

    @classmethod
    def of(cls, bench: Bench, name: str) -> Part:
        address = to_checksum_address(bench.ask(name.lower()))
        return cls(bench, address, Interface(artifacts.load(name)))

    def tx(self, sender: str, function: str, *values: Any, value: int = 0) -> Tx:
        data = self.interface.functions[function].encode(*values)
        return Tx(sender, self.address, data, value)

    def act(self, at: int, sender: str, function: str, *values: Any) -> Receipt:
        return self.bench.mine(at, self.tx(sender, function, *values))[0]


def token(bench: Bench, at: int, enforcer: str) -> Part:
    """A token of which all have some, and of which alice's escrow has been used before."""
    interface = Interface(artifacts.load("TestToken"))
    creation = interface.creation("Gold", "GOLD")
    (receipt,) = bench.mine(at, Tx(DEPLOYER, None, creation))
    assert receipt.contract is not None
    gold = Part(bench, receipt.contract, interface)
    owners = (ALICE, BOB, STRANGER, enforcer)
    bench.mine(at + 1, *(gold.tx(DEPLOYER, "mint", owner, 1000 * ETHER) for owner in owners))
    gold.act(at + 2, ALICE, "approve", enforcer, 1000 * ETHER)
    return gold


@dataclass(frozen=True)
class Enforced(Commitment):
    """A commitment with clauses."""

    content: Content


def enforced(bench: Bench, clauses: Clauses, nonce: int = 0, committer: str = ALICE) -> Enforced:
    content = Content(TOPIC, b"Dare", clauses)
    key = content.key(committer, nonce)
    return Enforced(key, bench.domain.commitment_id(key), content)


def publish(bench: Bench, at: int, c: Enforced) -> int:
    assert c.content.clauses is not None
    value = c.content.clauses.escrowed_ether
    values = (c.key.stake, TOPIC, c.content.body)
    return bench.act(at, c.key.committer, "publish", *values, value=value).gas_used


def end(bench: Bench, at: int, c: Commitment, how: bytes = KEEP) -> None:
    """Seal and open one that was published in second `at`."""
    bench.seal(at + 10, c, how)
    bench.open(at + 60, c, how)


def execution(enforcer: Part, at: int, c: Enforced) -> int:
    values = (c.key_abi, TOPIC, c.content.body, STRANGER)
    return enforcer.act(at, STRANGER, "execute", *values).gas_used


def payments(bench: Bench) -> Measured:
    enforcer = Part.of(bench, "Enforcer")
    gold = token(bench, 1, enforcer.address)
    ether, gold_ = ZERO_ADDRESS, gold.address
    two = (Asset(ether, AMOUNT), Asset(gold_, AMOUNT))
    cases: list[tuple[str, Clauses]] = [
        ("no escrow", Clauses()),
        ("one ERC-20, one payment", Clauses.covering([Payment(BOB, gold_, AMOUNT)])),
        ("ether, one payment", Clauses.covering([Payment(BOB, ether, AMOUNT)])),
        (
            "both, two payments and a tip",
            Clauses.covering(
                [Payment(BOB, ether, AMOUNT), Payment(BOB, gold_, AMOUNT)], tip=Asset(gold_, 5)
            ),
        ),
        ("both, a surplus of all", Clauses(escrow=two)),
        (
            "8 assets' worth of payments: 16 of one ERC-20",
            Clauses.covering([Payment(BOB, gold_, AMOUNT)] * 16),
        ),
    ]
    at = 10
    for nonce, (what, clauses) in enumerate(cases):
        c = enforced(bench, clauses, 2 * nonce)
        yield f"publish, with clauses: {what}", publish(bench, at, c)
        end(bench, at, c)
        yield f"execute: {what}", execution(enforcer, at + 61, c)
        c = enforced(bench, clauses, 2 * nonce + 1)
        publish(bench, at + 70, c)
        end(bench, at + 70, c, REVERT)
        yield f"execute, reverted: {what}", execution(enforcer, at + 131, c)
        at += 140


def guards(bench: Bench) -> Measured:
    enforcer = Part.of(bench, "Enforcer")
    a = bench.commitment("bob")
    bench.publish(1, a)
    clauses = Clauses.covering(
        [Payment(BOB, ZERO_ADDRESS, AMOUNT)], guard=decision("keep if not kept(a)", a=a)
    )
    c = enforced(bench, clauses)
    yield "publish, with clauses: ether, a guard of one atom", publish(bench, 2, c)
    end(bench, 2, c)
    yield "execute: ether, a guard of one atom, never sealed", execution(enforcer, 70, c)
    lapsed = enforced(bench, clauses, 1)
    publish(bench, 71, lapsed)
    yield "execute, lapsed: ether, a guard of one atom", execution(enforcer, 140, lapsed)


def calls(bench: Bench) -> Measured:
    enforcer = Part.of(bench, "Enforcer")
    gold = token(bench, 1, enforcer.address)
    mint = gold.interface.functions["mint"].encode(BOB, AMOUNT)
    refused = gold.interface.functions["transfer"].encode(BOB, 10**30)
    good = Call(gold.address, ZERO_ADDRESS, 0, 50_000, mint, ALICE)
    spend = Call(
        gold.address,
        gold.address,
        AMOUNT,
        50_000,
        gold.interface.functions["transfer"].encode(BOB, AMOUNT),
        ALICE,
    )
    bad = Call(gold.address, gold.address, AMOUNT, 50_000, refused, BOB)
    cases = [("one", [good]), ("two", [good, good]), ("one that spends", [spend])]
    at = 10
    for nonce, (what, made) in enumerate(cases):
        c = enforced(bench, Clauses.covering(calls=made, deadline=FOREVER), nonce)
        publish(bench, at, c)
        end(bench, at, c)
        yield f"execute, calls: {what}", execution(enforcer, at + 61, c)
        at += 70
    deadline = bench.start + at + 1000
    c = enforced(bench, Clauses.covering(calls=[bad], deadline=deadline), len(cases))
    publish(bench, at, c)
    end(bench, at, c)
    yield "execute, calls: one that fails", execution(enforcer, at + 61, c)
    envoy = enforcer.interface.functions["envoyOf"]
    answer = bench.chain.call(enforcer.tx(STRANGER, "envoyOf", c.id))
    gold.act(at + 62, DEPLOYER, "mint", envoy.decode(answer), 10**30)
    again = (c.key_abi, TOPIC, c.content.body, 0)
    yield "retry", enforcer.act(at + 63, STRANGER, "retry", *again).gas_used
    later = enforced(bench, Clauses.covering(calls=[bad], deadline=deadline), len(cases) + 1)
    publish(bench, at + 70, later)
    end(bench, at + 70, later)
    execution(enforcer, at + 131, later)
    again = (later.key_abi, TOPIC, later.content.body, 0)
    yield "release", enforcer.act(at + 1001, STRANGER, "release", *again).gas_used


def relays(bench: Bench) -> Measured:
    enforcer = Part.of(bench, "Enforcer")
    gold = token(bench, 1, enforcer.address)
    domain = messages.SigningDomain.of_registry(bench.domain)
    deadline = bench.start + 1000
    signer = dev_signer(ALICE)

    c = bench.commitment("alice")
    request = messages.PublishRequest(c.key.stake, TOPIC, b"Dare", deadline)
    signature = request.sign(domain, signer)
    values = (ALICE, c.key.stake, TOPIC, b"Dare", b"", deadline, signature)
    yield "publishFor, by a stranger", bench.act(4, STRANGER, "publishFor", *values).gas_used

    clauses = Clauses.covering([Payment(BOB, gold.address, AMOUNT)])
    e = enforced(bench, clauses, 1)
    permit = messages.Permit(ALICE, enforcer.address, AMOUNT, 0, deadline)
    gold_domain = messages.SigningDomain("Gold", "1", bench.chain.chain_id, gold.address)
    funding = fundings.by_permits([fundings.SignedPermit.sign(permit, gold_domain, signer)])
    values = (e.key.stake, TOPIC, e.content.body, funding)
    receipt = bench.act(5, ALICE, "publishFunded", *values)
    yield "publishFunded: one ERC-20 by permit", receipt.gas_used

    x, y = bench.commitment("alice", nonce=2), bench.commitment("bob", nonce=3)
    bench.publish(6, x)
    bench.publish(7, y)
    offer = messages.OfferRequest(y.id, x.id, x.id, 1, deadline)
    signature = offer.sign(domain, dev_signer(BOB))
    values = (y.key_abi, x.id, x.id, 1, deadline, signature)
    yield "offerFor, by a stranger", bench.act(8, STRANGER, "offerFor", *values).gas_used
    for at, offering, what in ((20, y.id, "one"), (21, NO_ID, "all")):
        decline = messages.DeclineRequest(x.id, offering, deadline)
        values = (x.key_abi, offering, deadline, decline.sign(domain, signer))
        receipt = bench.act(at, STRANGER, "declineFor", *values)
        yield f"declineFor, by a stranger: {what}", receipt.gas_used


def group(bench: Bench, size: int, prefer: bool = False) -> Measured:
    """Each member keeps if all others do: two outcomes are consistent, all and none. Those who
    prefer keep if they keep: every outcome is consistent, and only preferences narrow them.
    """
    at = 10
    part = Part.of(bench, "Groups")
    members = bench.series("alice", size)
    names = {f"m{i}": c.id for i, c in enumerate(members)}
    # In blocks of their own: draws, and with them the order, differ from chain to chain.
    for i, c in enumerate(members):
        bench.publish(at + i, c)
    ids = sorted(c.id for c in members)
    joining = [part.tx(ALICE, "join", *c.own, ids).data for c in members]
    receipts = [
        bench.mine(at + 10 + i, Tx(ALICE, part.address, data))[0] for i, data in enumerate(joining)
    ]
    decisions = {}
    for i, c in enumerate(members):
        others = [f"m{j}" for j in range(size) if j != i]
        text = f"keep if {' and '.join(f'kept({name})' for name in others)}"
        if prefer:
            terms = (f"{10 + j} if kept({name})" for j, name in enumerate(names))
            text = f"keep if kept(m{i}) prefer {', '.join(terms)}"
        decisions[c.id] = encode_sealed(parse_sealed(text, names=names))
    for i, c in enumerate(members):
        bench.seal(at + 30 + i, c, decisions[c.id])
    openings = [bench.open(at + 60 + i, c, decisions[c.id]) for i, c in enumerate(members)]
    packages = [decisions[id_] for id_ in ids]
    resolved = part.act(at + 80, STRANGER, "resolve", ids, packages)
    assert all(bench.phase(c) is Phase.KEPT for c in members)
    what = "themselves, and 8 preferences each" if prefer else "all of the others"
    if not prefer:
        yield f"join a group of {size}: the first", receipts[0].gas_used
        yield f"join a group of {size}: the last", receipts[-1].gas_used
    yield f"open in a group of {size}: {what}", openings[0].gas_used
    yield f"resolve a group of {size}: {what}", resolved.gas_used


ACTIONS: Sequence[Callable[[Bench], Measured]] = (
    payments,
    guards,
    calls,
    relays,
    *(partial(group, size=size) for size in (2, 4, 8)),
    partial(group, size=8, prefer=True),
)
