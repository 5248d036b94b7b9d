"""Random sequences that mostly do things that can be done.

Each step looks at the model, lists what could succeed and in which seconds, picks one, and picks a
second: mostly inside the window, often at one of its edges, sometimes one second off. Now and then
something about the action is spoiled, or an action is made up without looking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from eth_keys.datatypes import PrivateKey, Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.content import Asset, Clauses, Content, Payment
from boomerang.decisions import atoms, well_formed
from boomerang.identity import ZERO_ADDRESS, Key
from boomerang.model import Obstacle, Phase
from boomerang.parameters import Parameters
from stateful.calls import Action, Signatures
from stateful.world import (
    BURNS,
    ERIN,
    FRANK,
    GHOST,
    OWNERS,
    PLAIN,
    REFUSES,
    TAKES,
    Setting,
    World,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

MAX_COMMITMENTS = 6
MAX_ACTIONS = 40
FOREVER = 1 << 40
_FLAGS = 0xFF << 56

# The public keys' owners: nothing here is secret (boomerang.chains.base.DEV_MNEMONIC).
_PRIVATE = {
    "alice": "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "bob": "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "carol": "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "dave": "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "erin": "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
}
_SIGNERS = {DEV_ACCOUNTS[name]: PrivateKey(bytes.fromhex(k)) for name, k in _PRIVATE.items()}
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def random_setting(rng: random.Random) -> Setting:
    """Parameters, accounts and a moment to start from."""
    period = rng.choice((4, 12, 30, 60, 60, 60, 100, 1000))
    cutoff = rng.randint(1, period - 1) if rng.random() < 0.5 else max(1, period // 4)
    parameters = Parameters(
        period=period,
        seal_delay=rng.randint(1, period - 1) if rng.random() < 0.2 else max(1, period // 12),
        reveal_window=rng.choice((1, 3, 30, 30, 60)),
        offer_cutoff=cutoff,
        decline_delay=rng.choice((0, cutoff // 2, cutoff // 2, cutoff - 1)),
        max_depth=rng.choice((0, 1, 2, 3, 4, 4, 4, 255)),
        draw_delay=rng.choice((1, 1, 1, 2, 5, 200)),
        exposer_share=rng.choice((0, 1, 3333, 5000, 9000)),
        min_bond=rng.choice((0, 0, 0, 7)),
        fee=rng.choice((0, 0, 3)),
    )
    kinds = tuple(
        PLAIN if rng.random() < 0.75 else rng.choice((TAKES, REFUSES, REFUSES, BURNS))
        for _ in OWNERS
    )
    coded = [who for who, kind in zip(OWNERS, kinds, strict=True) if kind != PLAIN]
    keyless = frozenset(who for who in coded if rng.random() < 0.4)
    setting = Setting(parameters, kinds=kinds, keyless=keyless)
    if rng.random() < 0.01:  # where 32 bits end
        setting = replace(setting, start=(1 << 32) - period - rng.randint(0, 2 * period))
    elif rng.random() < 0.01:
        setting = replace(setting, block=(1 << 32) - rng.randint(1, 20))
    return setting


@cache
def sign(who: str, digest: bytes) -> bytes:
    """The 65 bytes of an ECDSA signature."""
    made = _SIGNERS[who].sign_msg_hash(digest)
    return made.to_bytes()[:64] + bytes([27 + made.v])


def recover(digest: bytes, signature: bytes) -> str:
    """Who signed, by the contract's rules: the zero address for what is no signature."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return ZERO_ADDRESS
    if int.from_bytes(signature[32:64], "big") > _ORDER // 2:
        return ZERO_ADDRESS
    try:
        made = Signature(signature[:64] + bytes([signature[64] - 27]))
        return str(made.recover_public_key_from_msg_hash(digest).to_checksum_address())
    except (BadSignature, ValidationError):
        return ZERO_ADDRESS


@dataclass(slots=True)
class _Choice:
    """Something that could succeed from `first` to `last`, both included."""

    weight: float
    first: int
    last: int
    make: Callable[[], Action]
    edgy: float  # how much its edges are sought


class Generator:
    """Makes the next action for a world, as it stands."""

    def __init__(self, rng: random.Random, world: World) -> None:
        self._rng = rng
        self._world = world
        self._openings: dict[bytes, tuple[bytes, bytes]] = {}  # of every seal, the last sent
        self._nonce = 0
        self._signatures = Signatures(world.domain.chain_id, world.registry)
        self._publications: list[tuple[str, tuple[int, bytes, bytes], int]] = []

    # ------------------------------------------------------------------------------------- steps

    def next(self) -> Action | None:
        """The next action, at its moment; None when nothing is left to do."""
        rng = self._rng
        if self._world.keys and rng.random() < 0.08:
            action = self._wild()
            return self._at(action, self._world.time + rng.choice((0, 0, 1)))
        choices = self._choices()
        if not choices:
            return None
        # What is far away is put off: it would end the time of everything before it.
        now, period = self._world.time, self._world.setting.parameters.period
        weights = [c.weight / (1 + 8 * max(0, c.first - now) / period) for c in choices]
        if rng.random() < 0.06:
            choice, time = self._edge(choices)
        else:
            choice = rng.choices(choices, weights)[0]
            time = self._moment(choice)
        # The action is made for its moment: what is known then is known to whoever makes it.
        action = choice.make()
        if rng.random() < 0.12:
            action = self._spoil(action)
        return self._at(action, time)

    def _moment(self, c: _Choice) -> int:
        rng, now = self._rng, self._world.time
        dice = rng.random()
        if dice < 0.64:
            moment = max(now, c.first)
        elif dice < 0.80:
            moment = max(now, c.first) + rng.randint(1, 3)
        elif dice < 0.86:
            moment = c.first + rng.choice((0, 1))
        elif dice < 0.88 and c.last < FOREVER:
            moment = c.last - rng.choice((0, 0, 1))
        elif dice < 0.89 and c.last < FOREVER:
            return max(now, c.last + 1)
        elif dice < 0.91:
            return max(now, c.first - 1)
        else:
            moment = now
        return max(now, c.first, min(moment, c.last))

    def _edge(self, choices: Sequence[_Choice]) -> tuple[_Choice, int]:
        """Any choice, in the last second before its window, in its first or last, or just after."""
        now, period = self._world.time, self._world.setting.parameters.period
        found = [
            (choice, moment)
            for choice in choices
            for moment in {choice.first - 1, choice.first, choice.last, choice.last + 1}
            if now <= moment < FOREVER
        ]
        if not found:
            return choices[0], now
        weights = [choice.edgy / (1 + 4 * (moment - now) / period) for choice, moment in found]
        return self._rng.choices(found, weights)[0]

    def _at(self, action: Action, time: int) -> Action:
        rng, world = self._rng, self._world
        block = world.block
        if time > world.time:
            delay = world.setting.parameters.draw_delay
            dice = rng.random()
            if dice < 0.75:
                block += 1
            elif dice < 0.98:
                block += rng.randint(1, 3) if rng.random() < 0.7 else delay + rng.randint(-1, 1)
            else:
                block += 256 + rng.choice((-2, 0, delay - 1, delay, delay + 1, 50))
            block = max(block, world.block + 1)
        return replace(action, block=block, time=max(time, world.time))

    def _action(self, sender: str, name: str, *args: Any, value: int = 0) -> Action:
        relayed = self._world.setting.coded(sender) and self._rng.random() < 0.6
        return Action(0, 0, sender, name, args, value, relayed)

    # ----------------------------------------------------------------------------------- choices

    def _choices(self) -> list[_Choice]:
        world = self._world
        model, p, now = world.model, world.setting.parameters, world.time
        found: list[_Choice] = []

        def add(weight: float, first: int, last: int, make: partial[Action]) -> None:
            if last >= now:
                name = make.args[1] if len(make.args) > 1 else ""
                edgy = 10.0 if name == "decline" else 0.1 if name == "offer" and weight < 0.5 else 1
                found.append(_Choice(weight, first, last, make, edgy))

        if len(world.keys) < MAX_COMMITMENTS:
            weight = (40.0, 25.0, 6.0, 5.0, 4.0, 3.0)[len(world.keys)]
            add(weight, now, FOREVER, partial(self._publish))
        for x, key in world.keys.items():
            record = model.state.records[x]
            end = record.freeze - 1
            if record.phase is Phase.TENTATIVE:
                opens = record.freeze - p.period + p.seal_delay
                coded = world.setting.coded(key.committer)
                if not coded:
                    weight = 14.0 if 3 * (end - now) < p.period else 6.0
                    add(weight, opens, end, partial(self._seal, x))
                    add(0.3, now, end, partial(self._own, key, "revoke"))
                if key.committer in _SIGNERS and key.committer not in world.setting.keyless:
                    # Signing takes a hundred times as long as all else.
                    add(3 if coded else 0.15, opens, end, partial(self._seal_for, x))
                    add(0.5 if coded else 0.05, now, end, partial(self._revoke_for, x))
                if not record.declines_all:
                    add(0.25, now, end, partial(self._own, key, "declineAll"))
                add(0.4, record.freeze, FOREVER, partial(self._resolve, x))
            elif record.phase is Phase.SEALED:
                last = record.freeze + p.reveal_window
                add(0.25, now, end, partial(self._expose, x))
                # Those that wait for others are opened first, or they would not wait.
                weight = 25.0 if self._leans(x) else 4 if record.freeze + 5 > now else 9
                add(weight, record.freeze, last, partial(self._open, x))
                add(0.8, last + 1, FOREVER, partial(self._resolve, x))
            elif record.phase is Phase.PENDING:
                ready = self._ready(x)
                add(1.5, now, FOREVER if ready is None else ready - 1, partial(self._resolve, x))
                if ready is not None:
                    add(5, ready, FOREVER, partial(self._resolve, x))
            away = world.block - (record.publish_block + p.draw_delay)
            if not record.draw:
                weight = 3.0 if 0 <= away <= 256 else 0.1
                add(weight, now if away > 0 else now + 1, end, partial(self._draw, x))
            for y in world.keys:
                self._offer_choices(add, x, y)
        for who in model.state.owed:
            add(2, now, FOREVER, partial(self._withdraw, who))
        return found

    def _offer_choices(self, add: Callable[..., None], x: bytes, y: bytes) -> None:
        """What y may offer to x, and x decline."""
        world = self._world
        model, p, now = world.model, world.setting.parameters, world.time
        record = model.state.records[x]
        if x == y or record.phase not in (Phase.TENTATIVE, Phase.SEALED) or now >= record.freeze:
            return
        made = model.state.offers.get((y, x))
        keys = world.keys
        last = record.freeze - p.offer_cutoff
        if record.declines_all or (made and made.declined):
            add(0.1, now, last, partial(self._own, keys[y], "offer", x))
            return
        if made and record.phase is Phase.TENTATIVE:
            first = made.first_made + p.decline_delay
            add(2.5, first, record.freeze - 1, partial(self._own, keys[x], "decline", y))
        floors = model.floor(x), model.floor(y)
        good = (
            not model.phase(y, now).final
            and model.precedes(x, y)
            and model.depth(x) < p.max_depth
            and (floors[0] == floors[1] or model.precedes(*floors) is not None)
        )
        deep = model.depth(x) >= p.max_depth and model.precedes(x, y)
        weight = (0.8 if made else 3) if good else 0.3 if deep else 0.02
        add(weight, now, last, partial(self._own, keys[y], "offer", x))

    def _leans(self, x: bytes) -> bool:
        """Whether its sealed decision names a commitment that is not final."""
        model, now = self._world.model, self._world.time
        decision = self._openings[x][0] if x in self._openings else b""
        return (
            len(decision) > 25
            and well_formed(decision)
            and any(
                y in self._world.keys and not model.phase(y, now).final for y in atoms(decision)
            )
        )

    def _ready(self, x: bytes) -> int | None:
        """When time alone has settled all that x waits for; None if it does not."""
        model, p = self._world.model, self._world.setting.parameters
        moment = self._world.time
        for y in model.pending_on(x, moment):
            record = model.state.records[y]
            if record.phase is Phase.TENTATIVE:
                moment = max(moment, record.freeze)
            elif record.phase is Phase.SEALED:
                moment = max(moment, record.freeze + p.reveal_window + 1)
            else:
                return None
        return moment

    # ----------------------------------------------------------------------------------- actions

    def _own(self, key: Key, name: str, *more: Any) -> Action:
        """An action on one's own commitment."""
        return self._action(key.committer, name, key.stake, key.content_hash, *more)

    def _publish(self) -> Action:
        rng, p = self._rng, self._world.setting.parameters
        who = rng.choice(OWNERS)
        self._nonce += 1
        bond = p.min_bond + rng.choice((0, 1, 100, 100, 1000, 10**18 + 1))
        cover = rng.choice((0, 0, 0, bond, bond // 2, min(bond, 1)))
        content = self._content(who)
        stake = content.key(who, self._nonce, bond, cover).stake
        args = (stake, content.topic, content.body)
        self._publications.append((who, args, bond + p.fee))
        return self._action(who, "publish", *args, value=bond + p.fee)

    def _content(self, who: str) -> Content:
        rng = self._rng
        topic = rng.choice((bytes(32), keccak(b"chicken")))
        statement = rng.choice((b"", b"Dare", b"Stop" * 20))
        if rng.random() > 0.06:
            return Content(topic, statement)
        named = rng.choices(list(self._world.keys), k=2) if self._world.keys else []
        guard = self._program(named) if rng.random() < 0.6 else b""
        payments = tuple(Payment(who, ZERO_ADDRESS, n) for n in range(rng.randint(0, 2)))
        return Content(topic, statement, Clauses(payments=payments, deadline=7, guard=guard))

    def _seal(self, x: bytes) -> Action:
        key = self._world.keys[x]
        seal = self._new_seal(x)
        if self._rng.random() < 0.12:
            extra = self._rng.choice((b"", b"extra", bytes(40)))
            made = self._own(key, "sealWithData", seal, extra)
        else:
            made = self._own(key, "seal", seal)
        return replace(made, opening=self._openings[x])

    def _new_seal(self, x: bytes) -> bytes:
        rng = self._rng
        salt = rng.randbytes(32)
        self._openings[x] = self._decision(x), salt
        return self._world.domain.seal(self._world.keys[x], *self._openings[x])

    def _seal_for(self, x: bytes) -> Action:
        rng, key = self._rng, self._world.keys[x]
        extra = rng.choice((b"", b"extra"))
        deadline = self._deadline()
        seal = self._new_seal(x)
        digest = self._signatures.seal(x, seal, extra, deadline)
        signature, signer = self._sign(digest, key.committer)
        sender = rng.choice((*OWNERS, ERIN))
        made = self._action(sender, "sealFor", key, seal, extra, deadline, signature)
        return replace(made, signer=signer, opening=self._openings[x])

    def _revoke_for(self, x: bytes) -> Action:
        key, deadline = self._world.keys[x], self._deadline()
        digest = self._signatures.revoke(x, deadline)
        signature, signer = self._sign(digest, key.committer)
        sender = self._rng.choice((*OWNERS, ERIN))
        made = self._action(sender, "revokeFor", key, deadline, signature)
        return replace(made, signer=signer)

    def _deadline(self) -> int:
        near = self._world.time + self._rng.choice((-1, 0, 1, 5))
        return self._rng.choice((FOREVER, FOREVER, near, (1 << 256) - 1))

    def _sign(self, digest: bytes, who: str) -> tuple[bytes, str]:
        """A signature and whom it recovers to: mostly the right one."""
        rng = self._rng
        dice = rng.random()
        if dice < 0.80:
            return sign(who, digest), who
        if dice < 0.85:
            return sign(ERIN, digest), ERIN
        if dice < 0.95:  # s and its negative sign the same, so one of them is refused
            good = sign(who, digest)
            high = (_ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
            return good[:32] + high + bytes([55 - good[64]]), ZERO_ADDRESS
        bad = rng.choice((b"", bytes(65), b"\x01" * 64, sign(who, digest) + b"\0"))
        return bad, ZERO_ADDRESS

    def _expose(self, x: bytes) -> Action:
        who = self._rng.choice((*OWNERS, ERIN, FRANK))
        return self._action(who, "expose", self._world.keys[x], *self._opening(x))

    def _opening(self, x: bytes) -> tuple[bytes, bytes]:
        return self._openings.get(x, (b"\1", bytes(32)))

    def _open(self, x: bytes) -> Action:
        rng, key = self._rng, self._world.keys[x]
        decision, salt = self._opening(x)
        named = atoms(decision) if well_formed(decision) else ()
        if (key.cover == 0 or not named or rng.random() < 0.05) and rng.random() < 0.6:
            return self._own(key, "open", decision, salt)
        keys = [self._world.keys.get(y, key) for y in named] if key.cover else []
        if rng.random() < 0.08:
            keys = rng.choice((keys[:-1], keys[::-1], [*keys, key], [key] * len(keys), []))
        who = rng.choice((key.committer, *OWNERS, ERIN))
        return self._action(who, "openFor", key, decision, salt, tuple(keys))

    def _resolve(self, x: bytes) -> Action:
        rng, world = self._rng, self._world
        batch = [x]
        if rng.random() < 0.25:
            ready = [y for y in world.keys if world.model.resolvable(y, world.time) and y != x]
            batch += rng.sample(ready, min(len(ready), rng.randint(1, 3)))
        resolutions = tuple((world.keys[y], world.model.record(y).decision) for y in batch)
        return self._action(rng.choice((*OWNERS, ERIN)), "resolve", resolutions)

    def _draw(self, x: bytes) -> Action:
        ids = [x]
        if self._rng.random() < 0.6:
            record = self._world.model.record
            ids += [y for y in self._world.keys if record(y).freeze == record(x).freeze]
        return self._action(self._rng.choice((*OWNERS, ERIN)), "draw", tuple(ids))

    def _withdraw(self, who: str) -> Action:
        dice = self._rng.random()
        to = ERIN if dice < 0.6 else self._rng.choice((*OWNERS, FRANK, who, self._world.registry))
        return self._action(who, "withdraw", to)

    # --------------------------------------------------------------------------------- decisions

    def _decision(self, x: bytes) -> bytes:
        rng, world = self._rng, self._world
        dice = rng.random()
        if dice < 0.15:
            return b"\1"
        if dice < 0.20:
            return b"\0"
        if dice < 0.24:
            return self._malformed()
        known = list(world.keys)
        allowed = [y for y in known if self._allowed(x, y)]
        live = [y for y in allowed if not world.model.phase(y, world.time).final]
        later = [y for y in live if (y, x) in world.model.state.offers]
        if later and rng.random() < 0.6:
            allowed = later
        elif live and rng.random() < 0.8:
            allowed = live
        if dice < 0.90:
            if not allowed:
                return rng.choice((b"\1", b"\1", b"\0\2", b"\1\2"))
            return self._program(rng.choices(allowed, k=rng.choice((1, 1, 1, 2, 2, 3, 5))))
        named = rng.choices([*known, GHOST], k=rng.choice((1, 2, 3)))
        if allowed and rng.random() < 0.5:
            named[0] = rng.choice(allowed)
        return self._program(named)

    def _allowed(self, x: bytes, y: bytes) -> bool:
        keys = self._world.keys
        return self._world.model.may_condition(keys[x], keys[y]) is Obstacle.NONE

    def _program(self, named: Sequence[bytes]) -> bytes:
        """A well-formed program over these atoms."""
        rng = self._rng
        program = bytearray()
        height = 0
        for id in named:
            program += b"\6" + id
            height += 1
            if rng.random() < 0.1:
                program += rng.choice((b"\0", b"\1"))
                height += 1
            if rng.random() < 0.3:
                program += b"\2"
            if height > 1 and rng.random() < 0.5:
                height -= self._combine(program, height)
        while height != 1:
            if not height:
                program += b"\1"
                height = 1
            else:
                height -= self._combine(program, height)
        return bytes(program)

    def _combine(self, program: bytearray, height: int) -> int:
        """Join some operands; by how many the stack shrinks."""
        rng = self._rng
        if rng.random() < 0.5:
            program += rng.choice((b"\3", b"\4"))
            return 1
        n = rng.randint(2, height)
        program += bytes((5, rng.randint(1, n), n))
        return n - 1

    def _malformed(self) -> bytes:
        rng = self._rng
        good = self._program(list(self._world.keys)[:2])
        bad = (b"", b"\7", b"\3", good + b"\1", good[:-1], b"\5\0\1", b"\1\1", b"\1" * 1025)
        many = b"\6" + GHOST + b"".join(b"\6" + GHOST + b"\3" for _ in range(32))
        return rng.choice((*bad, many, b"\1\5\2\1", rng.randbytes(5)))

    # ----------------------------------------------------------------------------- what goes wrong

    def _spoil(self, action: Action) -> Action:
        """Change one thing."""
        rng, world = self._rng, self._world
        name, args = action.name, list(action.args)
        if name == "publish":
            return self._spoil_publication(action)
        if name in ("seal", "sealWithData", "open", "revoke", "offer", "decline", "declineAll"):
            if rng.random() < 0.5:
                who = rng.choice((*OWNERS, ERIN, FRANK))
                relayed = world.setting.coded(who) and rng.random() < 0.6
                return replace(action, sender=who, relayed=relayed)
            other = world.keys[rng.choice(list(world.keys))]
            place = rng.randrange(len(args))
            args[place] = {
                0: rng.choice((other.stake, args[0] ^ 1 << rng.randrange(256))),
                1: rng.choice((other.content_hash, bytes(32))),
            }.get(place, self._other(args[place]))
            return replace(action, args=tuple(args))
        if name == "draw":
            ids = (*args[0], rng.choice((GHOST, *world.keys)))
            return replace(action, args=(ids,))
        if name == "resolve":
            batch = list(args[0])
            if rng.random() < 0.5:
                return replace(action, args=(((batch[0][0], b"\2"),),))
            batch.append(rng.choice((batch[0], *((k, b"\1") for k in world.keys.values()))))
            batch[0] = rng.choice((batch[0], (batch[0][0], b"\2")))
            rng.shuffle(batch)
            return replace(action, args=(tuple(batch),))
        if name == "withdraw":
            return replace(action, sender=ERIN, relayed=False)
        key: Key = args[0]
        others = [k for k in world.keys.values() if k != key]
        place = rng.randrange(min(3, len(args)))
        if name in ("sealFor", "revokeFor"):
            return self._spoil_request(action, others)
        if place == 0:
            broken = replace(key, bond=key.bond + 1), replace(key, committer=ERIN)
            args[0] = rng.choice((*others, *broken))
        else:
            args[place] = self._other(args[place])
        return replace(action, args=tuple(args))

    def _other(self, value: Any) -> Any:
        rng = self._rng
        if isinstance(value, bytes) and len(value) == 25:
            return rng.choice((GHOST, *self._world.keys))
        if isinstance(value, bytes) and value and rng.random() < 0.5:
            return value[:-1] + bytes([value[-1] ^ 1])
        if isinstance(value, bytes):
            return rng.randbytes(len(value) if len(value) in (23, 32) else len(value) + 1)
        return value

    def _spoil_request(self, action: Action, others: Sequence[Key]) -> Action:
        """Another key, deadline or content than was signed."""
        rng, args = self._rng, list(action.args)
        if action.signer == ZERO_ADDRESS:
            return action
        places: list[int] = [0] if others else []
        places += [1] if action.name == "revokeFor" else [1, 2, 3]
        place = rng.choice(places)
        if place == 0:
            args[0] = rng.choice(others)
        elif isinstance(args[place], int):
            args[place] += rng.choice((-1, 1)) if args[place] < FOREVER else -1
        else:
            args[place] = self._other(args[place])
        id = self._world.domain.commitment_id(args[0])
        if action.name == "sealFor":
            digest = self._signatures.seal(id, *args[1:4])
        else:
            digest = self._signatures.revoke(id, args[1])
        return replace(action, args=tuple(args), signer=recover(digest, args[-1]))

    def _spoil_publication(self, action: Action) -> Action:
        rng, p = self._rng, self._world.setting.parameters
        stake, topic, body = action.args
        dice = rng.randrange(8)
        if dice == 0 and p.min_bond:
            low = rng.randrange(p.min_bond)
            return replace(action, args=(stake & (1 << 64) - 1 | low << 64, topic, body), value=low)
        if dice == 1:
            bond = stake >> 64 & (1 << 96) - 1
            return replace(action, args=(stake & (1 << 160) - 1 | bond + 1 << 160, topic, body))
        if dice == 2:
            return replace(action, value=max(0, action.value + rng.choice((-1, 1))))
        if dice == 3:
            flag = rng.choice((2, 3, 0x80, 0xFF)) << 56
            return replace(action, args=(stake & ~_FLAGS | flag, topic, body))
        if dice == 4 and self._publications:
            who, args, value = rng.choice(self._publications)
            relayed = self._world.setting.coded(who)
            return replace(action, sender=who, args=args, value=value, relayed=relayed)
        if dice == 5:
            who = rng.choice((ERIN, FRANK))
            relayed = self._world.setting.coded(who)
            return replace(action, sender=who, relayed=relayed)
        flagged = stake & ~_FLAGS | 1 << 56
        return replace(action, args=(flagged, topic, self._bad_body()))

    def _bad_body(self) -> bytes:
        rng = self._rng
        good = Content(bytes(32), b"Dare", Clauses()).body
        kind = rng.randrange(6)
        if kind == 0:
            return rng.choice((b"", b"Dare", bytes(64), good[:-32], good + bytes(32)))
        if kind == 1:
            where = rng.randrange(len(good))
            return good[:where] + bytes([good[where] ^ 1 << rng.randrange(8)]) + good[where + 1 :]
        if kind == 2:
            return Content(bytes(32), b"", Clauses(escrow=(Asset(ZERO_ADDRESS, 1),))).body
        if kind == 3:
            return Content(bytes(32), b"", Clauses(guard=self._malformed() or b"\7")).body
        if kind == 4:
            return Content(bytes(32), b"", Clauses(guard=self._program([GHOST]))).body
        return good

    def _wild(self) -> Action:
        """Anything on anything, without asking whether it makes sense now."""
        rng, keys = self._rng, self._world.keys
        x, y = rng.choice(list(keys)), rng.choice((*keys, GHOST))
        kind = rng.randrange(10)
        if kind < 3:
            return self._own(keys[x], "offer", y)
        if kind == 3:
            return self._own(keys[x], "decline", y)
        made = (
            lambda: self._own(keys[x], "declineAll"),
            lambda: self._own(keys[x], "revoke"),
            lambda: self._own(keys[x], "seal", bytes(23)),
            lambda: self._own(keys[x], "open", *self._opening(x)),
            lambda: self._expose(x),
            lambda: self._resolve(x),
        )
        return made[kind - 4]()
