"""Publications: contents with and without clauses, funded by allowances and permits, and spoilt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from boomerang.content import Asset, Call, Clauses, Content, Payment, by_token
from boomerang.errors import ChainError
from boomerang.identity import ZERO_ADDRESS
from boomerang.relay import fundings
from stateful.calls import account, tail, word
from stateful.cast import (
    ASSETS,
    ERIN,
    FAILS,
    FRANK,
    GHOST,
    GOLD,
    NO_TOKEN,
    NOTE,
    ODD,
    OWNERS,
    SILVER,
    STRANGER,
    TAKE,
    TARGET_GAS,
    TOKENS,
    WORKS,
)
from stateful.signatures import sign

if TYPE_CHECKING:
    from stateful.calls import Action
    from stateful.generator import Generator

_FLAGS = 0xFF << 56
_CLAUSES = 1 << 56
_BOND = (1 << 96) - 1 << 64


class Contents:
    """Makes publications."""

    def __init__(self, generator: Generator) -> None:
        self._g = generator
        self._nonce = 0
        self._made: list[tuple[str, tuple[Any, ...], int]] = []

    def publish(self) -> Action:
        """A new commitment of any owner."""
        g = self._g
        rng, p = g.rng, g.world.setting.parameters
        who = rng.choice(OWNERS)
        self._nonce += 1
        bond = p.min_bond + rng.choice((0, 1, 100, 100, 1000, 10**18 + 1))
        cover = rng.choice((0, 0, 0, bond, bond // 2, min(bond, 1)))
        often = 0.85 if g.theme == "escrow" else 0.2
        clauses = self._clauses(who) if rng.random() < often else None
        statement = rng.choice((b"", b"Dare", b"Stop" * 20))
        content = Content(rng.choice((bytes(32), keccak(b"chicken"))), statement, clauses)
        stake = content.key(who, self._nonce, bond, cover).stake
        args = (stake, content.topic, content.body)
        value = bond + p.fee + (clauses.escrowed_ether if clauses else 0)
        self._made.append((who, args, value))
        signs = g.requests.has_key(who)
        coded = g.world.setting.coded(who)
        if rng.random() < (0.5 if coded else 0.02 if signs else 0):
            funding = self._funding(who, clauses) if signs and rng.random() < 0.1 else b""
            return g.requests.publish(who, value, args, funding)
        if rng.random() < 0.12:
            funding = self._funding(who, clauses) if signs and rng.random() < 0.3 else b""
            return g.action(who, "publishFunded", *args, funding, value=value)
        return g.action(who, "publish", *args, value=value)

    # ------------------------------------------------------------------------------------ clauses

    def _clauses(self, who: str) -> Clauses:
        g = self._g
        rng, world = g.rng, g.world
        held = [token for token in ASSETS if rng.random() < 0.45] or [ZERO_ADDRESS]
        payments = [
            Payment(rng.choice((*OWNERS, ERIN, FRANK, STRANGER)), rng.choice(held), self._some())
            for _ in range(rng.choice((0, 1, 1, 2, 3)))
        ]
        calls = [self._call(who, rng.choice(held)) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
        tip = Asset(rng.choice(held), self._some()) if rng.random() < 0.5 else Asset()
        beyond = [Asset(rng.choice(held), self._some())] if rng.random() < 0.3 else []
        guard = b""
        if world.keys and rng.random() < 0.4:
            guard = g.programs.over(rng.choices(list(world.keys)[-2:], k=rng.choice((1, 1, 2))))
        deadline = 0
        if calls:
            deadline = self._earliest() + rng.choice((0, 0, 1, 10, 1000))
            deadline -= rng.random() < 0.03
        return Clauses.covering(payments, calls, tip, deadline, guard, beyond)

    def _earliest(self) -> int:
        """The latest resolution of what is published now."""
        p = self._g.world.setting.parameters
        forward = (2 * p.max_depth + 1) * (p.period - p.offer_cutoff)
        return self._g.moment + p.period + forward + p.reveal_window

    def _some(self) -> int:
        return self._g.rng.choice((1, 2, 10, 40, 100, 150))

    def _call(self, who: str, token: str) -> Call:
        rng, world = self._g.rng, self._g.world
        amount = self._some() if rng.random() < 0.8 else 0
        token = token if amount else ZERO_ADDRESS
        home = rng.choice((who, who, ERIN, FRANK, STRANGER))
        dice = rng.random()
        if dice < 0.12:  # no targets: accounts, or contracts that are none of its business
            data = b"" if rng.random() < 0.7 else b"what"
            parts = (world.registry, world.model.enforcer, world.model.groups, GOLD)
            target = rng.choice((STRANGER, STRANGER, FRANK, *OWNERS, *parts))
            return Call(target, token, amount, 60_000, data, home)
        gas = TARGET_GAS + rng.randrange(2) if dice < 0.95 else rng.choice((0, 50))
        if rng.random() < 0.4:
            data = NOTE + word(0x20) + tail(rng.randbytes(rng.randrange(40)))
        else:
            wanted = rng.choice((0, amount, amount // 2, amount // 2, amount + 1))
            data = TAKE + account(token) + word(wanted)
        return Call(rng.choice((WORKS, FAILS, FAILS)), token, amount, gas, data, home)

    def _funding(self, who: str, clauses: Clauses | None) -> bytes:
        """Permits for all tokens, mostly; nonsense else."""
        rng, world = self._g.rng, self._g.world
        tokens = (
            [a for a in fundings.tokens(clauses.escrow) if a.token in TOKENS] if clauses else []
        )
        if not tokens or rng.random() < 0.2:
            return rng.choice((b"\1", b"\2", b"\3" * 33, b"\1" + bytes(64), b"\2" + bytes(200)))
        permits = []
        for asset in tokens:
            value = rng.choice((asset.amount, asset.amount, 10**9, asset.amount - 1))
            deadline = self._g.moment + rng.choice((0, 5, 5, -1))
            digest = world.permit(asset.token, who, value, deadline)
            signer = who if rng.random() < 0.8 else ERIN
            permits.append(fundings.SignedPermit(value, deadline, sign(signer, digest)))
        funding = fundings.by_permits(permits)
        return funding if rng.random() < 0.9 else rng.choice((funding[:-1], funding + bytes(32)))

    # ------------------------------------------------------------------------------ what goes wrong

    def spoil(self, action: Action) -> Action:
        """Change one thing about a publication by its owner."""
        g = self._g
        rng, p = g.rng, g.world.setting.parameters
        stake, topic, body, *rest = action.args
        clauses = _decoded(body) if stake & _FLAGS else None
        if clauses and rng.random() < 0.75:
            return self._spoil_clauses(action, clauses)
        dice = rng.randrange(8)
        if dice == 0 and p.min_bond:
            stake = stake & ((1 << 64) - 1) | rng.randrange(p.min_bond) << 64
        elif dice == 1:
            bond = (stake & _BOND) >> 64
            stake = stake & ((1 << 160) - 1) | bond + 1 << 160
        elif dice == 2:
            return replace(action, value=max(0, action.value + rng.choice((-1, 1))))
        elif dice == 3:
            stake = stake & ~_FLAGS | rng.choice((2, 3, 0x80, 0xFF)) << 56
        elif dice == 4 and self._made:
            who, args, value = rng.choice(self._made)
            coded = g.world.setting.coded(who)
            return replace(action, sender=who, args=(*args, *rest), value=value, relayed=coded)
        elif dice == 5:
            who = rng.choice((ERIN, FRANK))
            return replace(action, sender=who, relayed=g.world.setting.coded(who))
        else:
            stake = stake & ~_FLAGS | _CLAUSES
            body = self._bad_body()
        return replace(action, args=(stake, topic, body, *rest))

    def _bad_body(self) -> bytes:
        rng = self._g.rng
        good = Content(bytes(32), b"Dare", Clauses()).body
        return rng.choice((b"", b"Dare", bytes(64), good[:-1], good + b"\7", good))

    def _spoil_clauses(self, action: Action, clauses: Clauses) -> Action:
        rng = self._g.rng
        stake, topic, body, *rest = action.args
        value = action.value
        dice = rng.randrange(12)
        if dice < 2:  # one bit, anywhere
            body = self._flipped(body, clauses)
        elif dice == 2:
            body = rng.choice((body[: rng.randrange(len(body))], body + b"\1\1"))
        elif dice == 3:
            value += rng.choice((-1, 1))
        elif dice == 4 and action.name == "publishFunded":
            rest = [rng.choice((b"\1", b"\2" * 300, b"\7"))]
        else:
            spoilt = self._other_clauses(clauses)
            value += spoilt.escrowed_ether - clauses.escrowed_ether
            body = Content(topic, b"Dare", spoilt).body
        return replace(action, args=(stake, topic, body, *rest), value=max(0, value))

    def _flipped(self, body: bytes, clauses: Clauses) -> bytes:
        where = self._g.rng.randrange(len(body))
        bit = 1 << self._g.rng.randrange(8)
        flipped = body[:where] + bytes([body[where] ^ bit]) + body[where + 1 :]
        now = _decoded(flipped)
        # What targets do with other data, or just enough gas, nobody has modelled.
        return flipped if now is None or _asked(now) == _asked(clauses) else body

    def _other_clauses(self, clauses: Clauses) -> Clauses:
        g = self._g
        rng = g.rng
        nobody = rng.choice((ZERO_ADDRESS, g.world.model.enforcer))
        asset = rng.choice(clauses.escrow) if clauses.escrow else Asset(ZERO_ADDRESS, 1)
        changes: list[dict[str, Any]] = [
            {"guard": g.programs.malformed(list(g.world.keys)) or b"\7"},
            {"guard": g.programs.over([GHOST])},
            {"escrow": by_token([*clauses.escrow, Asset(NO_TOKEN, 5)])},
            {"escrow": by_token([*clauses.escrow, Asset(SILVER, rng.choice((701, 1501)))])},
            {"payments": (*clauses.payments, Payment(nobody, asset.token, 1))},
            {"payments": (*clauses.payments, Payment(STRANGER, asset.token, asset.amount + 1))},
            {"payments": (Payment(STRANGER, asset.token, 1),) * 17},
            {"tip": Asset(asset.token, asset.amount + 1)},
            {"escrow": by_token([*clauses.escrow, Asset(ODD, 1)])},
            {"escrow": (asset, *clauses.escrow)},
            {"escrow": tuple(Asset(t, 1) for t in sorted((*ASSETS, NO_TOKEN, *_MORE_TOKENS)))},
        ]
        if clauses.calls:
            call = clauses.calls[0]
            changes += [
                {"deadline": self._earliest() - 1},
                {"calls": (replace(call, remainder_to=nobody), *clauses.calls[1:])},
                {"calls": (replace(call, gas=5_000_001), *clauses.calls[1:])},
                {"calls": (replace(call, gas=0, token=ZERO_ADDRESS, amount=0),) * 9},
                {"calls": (replace(call, gas=rng.choice((4_000_000, TARGET_GAS))),)},
            ]
        changed = replace(clauses, **rng.choice(changes))
        named = set(changed.named()) - {""}
        lacking = [t for t in named if not changed.escrowed(t) and changed.named()[t]]
        if not lacking:
            return changed
        # What is not in the escrow cannot be written.
        return replace(changed, escrow=by_token([*changed.escrow, *(Asset(t, 1) for t in lacking)]))


_MORE_TOKENS = tuple("0x" + str(digit) * 40 for digit in range(1, 5))


def _asked(clauses: Clauses) -> list[tuple[object, ...]]:
    return [(call.target, call.gas, call.data) for call in clauses.calls]


def _decoded(body: bytes) -> Clauses | None:
    try:
        return Content.decode(bytes(32), body, has_clauses=True).clauses
    except ChainError:
        return None
