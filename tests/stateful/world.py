"""The contract and the model side by side: each action is given to both, and all answers compared.

The contract runs directly on pyrevm, with the code that ships (or a mutant of it). A `World` is one
registry with its accounts; `World.step` raises `Disagreement` at the first difference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyrevm
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from boomerang.artifacts import load
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.errors import ChainError, UnknownCommitment, WrongDecision, decode_error
from boomerang.identity import NO_ID, Domain
from boomerang.model import Env, HashDraws, Model, Obstacle, Phase, Resolution, events
from boomerang.parameters import Parameters
from stateful.calls import Action, account, encode, key_words, left, question, relay, tail, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.identity import Key

ROOT = Path(__file__).resolve().parents[2]
CHAIN_ID = 31337
START_BALANCE = 10**30
GAS = 8_000_000
GHOST = b"\xee" * 25  # an id that nobody publishes

OWNERS = tuple(DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol", "dave"))
ERIN = DEV_ACCOUNTS["erin"]  # a bystander with a plain key, who also relays
FRANK = DEV_ACCOUNTS["frank"]  # a bystander with code, who takes no ether
VIEWER = to_checksum_address("0x" + "77" * 20)
ACCOUNTS = (*OWNERS, ERIN, FRANK)

PLAIN, TAKES, REFUSES, BURNS = "plain", "takes", "refuses", "burns"
_MANNERS = {TAKES: 0, REFUSES: 1, BURNS: 2}
_NO_CODE = keccak(b"")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a sequence is played on. `kinds` says for each owner whether it is a plain key, or an
    account with code, and what that does with ether; `keyless` are owners who cannot sign.
    """

    parameters: Parameters
    start: int = 1_800_000_000
    block: int = 1000
    kinds: tuple[str, ...] = (PLAIN,) * len(OWNERS)
    keyless: frozenset[str] = frozenset()

    def coded(self, who: str) -> bool:
        """Whether an account has code."""
        return who == FRANK or (who in OWNERS and self.kinds[OWNERS.index(who)] != PLAIN)


@dataclass(frozen=True)
class Code:
    """A registry's creation code, and what it draws: the first `draw_bits` bits of the hash."""

    creation: bytes
    draw_bits: int = 32


class Disagreement(AssertionError):
    """Contract and model differ, or an invariant is broken."""


@dataclass(frozen=True)
class CoarseDraws:
    """Draws of a few bits, for a contract that draws so: equal draws are common then."""

    draws: HashDraws
    bits: int

    def draw(self, commitment: bytes, publish_block: int, current_block: int) -> int | None:
        """As HashDraws does, cut off."""
        seed_block = publish_block + self.draws.draw_delay
        seed = self.draws.block_hash(seed_block) if current_block > seed_block else None
        if seed is None:
            return None
        return max(1, keccak(seed + left(commitment))[0] >> (8 - self.bits))


@cache
def shipped() -> Code:
    """The registry that ships."""
    return Code(load("Boomerang").bytecode)


@cache
def mock(name: str, part: str = "deployedBytecode") -> bytes:
    """The code of a contract in contracts/mocks."""
    raw = json.loads((ROOT / "build" / "artifacts" / f"{name}.json").read_text("utf-8"))
    return bytes.fromhex(raw[part].removeprefix("0x"))


@cache
def _constructor(parameters: Parameters) -> bytes:
    (entry,) = (e for e in load("Boomerang").abi if e["type"] == "constructor")
    values = parameters.to_abi()
    return b"".join(word(values[part["name"]]) for part in entry["inputs"][0]["components"])


# --------------------------------------------------------------------------------- what is expected


def _topic(signature: str) -> bytes:
    return keccak(text=signature)


_PUBLISHED = _topic("Published(bytes25,address,bytes32,uint256,bytes)")
_DRAWN = _topic("Drawn(bytes25,uint32)")
_SEALED = _topic("Sealed(bytes25,uint256)")
_SEAL_DATA = _topic("SealData(bytes25,bytes)")
_REVOKED = _topic("Revoked(bytes25)")
_EXPOSED = _topic("Exposed(bytes25,address,uint256,bytes)")
_OPENED_KEEP = _topic("OpenedKeep(bytes25)")
_OPENED = _topic("Opened(bytes25,uint8,bytes)")
_RESOLVED = _topic("Resolved(bytes25,uint8)")
_OFFERED = _topic("Offered(bytes25,bytes25,bytes25,uint8)")
_DECLINED = _topic("Declined(bytes25,bytes25)")
_DECLINED_ALL = _topic("DeclinedAll(bytes25)")
_CREDITED = _topic("Credited(address,uint256)")
_WITHDRAWN = _topic("Withdrawn(address,address,uint256)")

RawLog = tuple[list[bytes], bytes]


def raw_log(event: events.Event) -> RawLog:
    """The topics and data that the contract's log must have."""
    match event:
        case events.Published(id, committer, topic, stake, body):
            indexed = [_PUBLISHED, left(id), account(committer), topic]
            return indexed, word(stake) + word(0x40) + tail(body)
        case events.Drawn(id, draw):
            return [_DRAWN, left(id)], word(draw)
        case events.Sealed(id, record):
            return [_SEALED, left(id)], word(record)
        case events.SealData(id, extra):
            return [_SEAL_DATA, left(id)], word(0x20) + tail(extra)
        case events.Revoked(id):
            return [_REVOKED, left(id)], b""
        case events.Exposed(id, exposer, reward, decision):
            data = word(reward) + word(0x40) + tail(decision)
            return [_EXPOSED, left(id), account(exposer)], data
        case events.OpenedKeep(id):
            return [_OPENED_KEEP, left(id)], b""
        case events.Opened(id, phase, decision):
            return [_OPENED, left(id)], word(phase) + word(0x40) + tail(decision)
        case events.Resolved(id, phase):
            return [_RESOLVED, left(id)], word(phase)
        case events.Offered(offering, target, floor, depth):
            return [_OFFERED, left(offering), left(target)], left(floor) + word(depth)
        case events.Declined(offering, target):
            return [_DECLINED, left(target)], left(offering)
        case events.DeclinedAll(target):
            return [_DECLINED_ALL, left(target)], b""
        case events.Credited(who, amount):
            return [_CREDITED, account(who)], word(amount)
        case events.Withdrawn(who, to, amount):
            return [_WITHDRAWN, account(who), account(to)], word(amount)


_PACKERS = {
    "bytes25": left,
    "uint256": word,
    "uint8": word,
    "address": account,
}


def raw_error(error: ChainError) -> bytes:
    """The revert data that the contract must answer with."""
    arguments = zip(error.abi, error.values, strict=True)
    return error.selector + b"".join(_PACKERS[kind](value) for (kind, _), value in arguments)  # type: ignore[operator]


def _answered(*words: bytes) -> bytes:
    return b"\1" + b"".join(words)


def _refused(error: ChainError) -> bytes:
    return b"\0" + raw_error(error)


_ZERO, _ONE = word(0), word(1)


# ------------------------------------------------------------------------------------------- worlds


@dataclass(slots=True)
class _Views:
    """A question and the answer that the model gives."""

    question: bytes
    answer: bytes


@dataclass(slots=True)
class Result:
    """How an action ended, the same way on both sides."""

    error: ChainError | None
    touched: list[bytes] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.error is None


class World:
    """A registry as contract and as model, with the accounts that use it."""

    def __init__(self, setting: Setting, code: Code | None = None) -> None:
        code = code or shipped()
        self.setting = setting
        self.block, self.time = setting.block, setting.start
        self.keys: dict[bytes, Key] = {}  # of what was published, in that order
        self.final: dict[bytes, Phase] = {}
        self._burned = 0
        self._bonds = 0
        self._questions: dict[object, bytes] = {}

        config = pyrevm.CfgEnv(chain_id=CHAIN_ID)
        self._evm = pyrevm.EVM(env=pyrevm.Env(cfg=config), gas_limit=10**10, spec_id="Cancun")
        creation = code.creation + _constructor(setting.parameters)
        self.registry = str(to_checksum_address(self._evm.deploy(VIEWER, creation, 0, GAS)))
        self._put(VIEWER, mock("StatefulViews"), START_BALANCE)
        rejects: set[str] = {self.registry}
        for who in ACCOUNTS:
            self._put(who, b"", START_BALANCE)
            if not setting.coded(who):
                continue
            kind = REFUSES if who == FRANK else setting.kinds[OWNERS.index(who)]
            if kind in (REFUSES, BURNS):
                rejects.add(who)
            # Loaded and then changed, so that revm lets it send although it has code.
            self._evm.get_code(who)
            self._put(who, mock("StatefulActor"), START_BALANCE)
            self._evm.insert_account_storage(who, 0, _MANNERS[kind])
        self._check_accounts(rejects)

        draws: HashDraws | CoarseDraws
        draws = HashDraws(self._block_hash, setting.parameters.draw_delay)
        if code.draw_bits < 8:
            draws = CoarseDraws(draws, code.draw_bits)
        self.domain = Domain(CHAIN_ID, self.registry)
        self.model = Model(self.domain, setting.parameters, draws, rejects)
        self._set_block(self.block, self.time)
        self._check_parameters()

    def _put(self, who: str, code: bytes, balance: int) -> None:
        info = pyrevm.AccountInfo(balance, 0, _NO_CODE, code)  # type: ignore[call-arg, arg-type]
        self._evm.insert_account_info(who, info)

    def _block_hash(self, number: int) -> bytes | None:
        """As revm with an empty database has it: for the last 256 blocks."""
        known = max(0, self.block - 256) <= number < self.block
        return keccak(text=str(number)) if known else None

    def _set_block(self, block: int, time: int) -> None:
        self.block, self.time = block, time
        self._evm.set_block_env(
            pyrevm.BlockEnv(number=block, timestamp=time, gas_limit=10_000_000_000)
        )

    # ------------------------------------------------------------------------------------ actions

    def step(self, action: Action) -> Result:
        """Do it on both sides; compare."""
        self.move(action.block, action.time)
        if action.name == "settle":
            return self._settle()
        logged = len(self.model.state.events)
        error: ChainError | None = None
        answer = b""
        try:
            answer = self.play(action)
        except ChainError as raised:
            error = raised
        expected = self.model.state.events[logged:]
        ok, output, logs = self._send(action)
        if ok != (error is None) or output != (answer if error is None else raw_error(error)):
            told = "done" if ok else f"refused: {decode_error(output)!r}"
            raise Disagreement(f"the model says {error!r}, the contract: {told}")
        if logs != [raw_log(event) for event in expected]:
            raise Disagreement(f"the model logs {expected}, the contract: {logs}")
        result = Result(error, self._touched(action))
        self._account_for(expected)
        self._compare_after(result)
        return result

    def move(self, block: int, time: int) -> None:
        """Go to a block."""
        if (block, time) != (self.block, self.time):
            self._set_block(block, time)

    def _env(self, action: Action) -> Env:
        plain = not action.relayed and not self.setting.coded(action.sender)
        return Env(action.sender, self.block, self.time, action.value, plain)

    def play(self, action: Action) -> bytes:
        """The model's answer."""
        model, env, a = self.model, self._env(action), action.args
        match action.name:
            case "publish":
                made = model.publish(env, *a)
                self.keys[made] = model.record(made).key
                return left(made)
            case "seal":
                model.seal(env, *a)
            case "sealWithData":
                model.seal(env, *a)
            case "sealFor":
                key, seal, extra, deadline, _ = a
                model.seal_for(env, key, seal, extra, deadline, action.signer)
            case "revokeFor":
                key, deadline, _ = a
                model.revoke_for(env, key, deadline, action.signer)
            case "declineAll":
                model.decline_all(env, *a)
            case "openFor":
                model.open_for(env, *a)
            case "resolve":
                model.resolve(env, [Resolution(*one) for one in a[0]])
            case _:
                getattr(model, action.name)(env, *a)
        return b""

    def _send(self, action: Action) -> tuple[bool, bytes, list[RawLog]]:
        """The contract's answer: whether it was done, what it returned or refused with, logs."""
        data, sender, to, value = encode(action), action.sender, self.registry, action.value
        if action.relayed:
            sender, to, value, data = ERIN, sender, 0, relay(to, value, data)
        evm = self._evm
        try:
            output = evm.message_call(sender, to, data, value, GAS)
        except RuntimeError as error:
            text = str(error)
            at = text.find("output: 0x")
            if not text.startswith("Revert {") or at < 0:
                raise Disagreement(f"the contract neither did nor refused it: {text}") from None
            return False, bytes.fromhex(text[at + 10 : text.index(" ", at + 10)]), []
        result: Any = evm.result
        return True, output, [(log.data[0], log.data[1]) for log in result.logs]

    def _touched(self, action: Action) -> list[bytes]:
        """The commitments that an action is about, known ones."""
        found: list[bytes] = []
        name, a = action.name, action.args
        if name == "draw":
            found += a[0]
        elif name == "resolve":
            found += [self.domain.commitment_id(key) for key, _ in a[0]]
        elif name in ("sealFor", "revokeFor", "expose", "openFor"):
            found.append(self.domain.commitment_id(a[0]))
        elif name == "publish":
            found.append(next(reversed(self.keys), GHOST))
        elif name != "withdraw":
            found.append(self.domain.id_of(action.sender, a[0], a[1]))
            if name in ("offer", "decline"):
                found.append(a[2])
        return [id for id in dict.fromkeys(found) if id in self.keys]

    def _settle(self) -> Result:
        """Resolve whatever can be; what is past its latest resolution must then be final."""
        model = self.model
        while batch := self._resolvable_now():
            self.step(Action(self.block, self.time, ERIN, "resolve", (batch,)))
        for id in self.keys:
            if self.time > model.latest_resolution(id) and not model.phase(id, self.time).final:
                late = self.time - model.latest_resolution(id)
                raise Disagreement(f"{id.hex()} is open {late} s after its latest resolution")
        self._compare_after(Result(None))
        return Result(None)

    def _resolvable_now(self) -> tuple[tuple[Key, bytes], ...]:
        model = self.model
        ready = [id for id in self.keys if model.resolvable(id, self.time)]
        return tuple((self.keys[id], model.record(id).decision) for id in ready)

    def settle_model(self) -> None:
        """Resolve whatever can be, in the model alone."""
        while batch := self._resolvable_now():
            self.play(Action(self.block, self.time, ERIN, "resolve", (batch,)))

    # ------------------------------------------------------------------------------------- money

    def _account_for(self, logged: Iterable[events.Event]) -> None:
        """Keep the books from what was logged alone."""
        p = self.setting.parameters
        for event in logged:
            match event:
                case events.Published(id):
                    self._bonds += self.keys[id].bond
                    self._burned += p.fee
                case events.Exposed(id, _, reward):
                    self._bonds -= self.keys[id].bond
                    self._burned += self.keys[id].bond - reward
                case events.Revoked(id) | events.Opened(id) | events.OpenedKeep(id):
                    self._bonds -= self.keys[id].bond
                case events.Resolved(id, Phase.UNSEALED):
                    self._bonds -= self.keys[id].bond
                case events.Resolved(id, Phase.UNREVEALED):
                    self._bonds -= self.keys[id].bond
                    self._burned += self.keys[id].bond
                case _:
                    pass

    def _check_money(self) -> None:
        state, evm = self.model.state, self._evm
        held = evm.get_balance(self.registry)
        owed = sum(state.owed.values())
        if held != self._bonds + self._burned + owed:
            parts = f"{self._bonds} of bonds, {self._burned} burned, {owed} owed"
            raise Disagreement(f"the contract holds {held} wei: {parts}")
        if (self._bonds, self._burned) != (state.held, state.burned):
            raise Disagreement(f"the model holds {state.held} and burned {state.burned} wei")
        for who in ACCOUNTS:
            expected = START_BALANCE + state.balances.get(who, 0)
            if evm.get_balance(who) != expected:
                off = evm.get_balance(who) - expected
                raise Disagreement(f"{who} has {off} wei more than in the model")

    # ------------------------------------------------------------------------------------- views

    def _compare_after(self, result: Result) -> None:
        views: list[_Views] = []
        for id in self.keys:
            views += self._clock(id)
        if result.error is None:
            for id in result.touched:
                views += self._commitment(id)
                for other in chain(self.keys, (GHOST,)):
                    views += self._pair(id, other)
                    if other not in result.touched:
                        views += self._pair(other, id)
            views += self._owed()
        else:
            for id in result.touched:
                views += self._commitment(id)
        self._ask(views)
        self._check_money()

    def compare_everything(self) -> None:
        """Every view of every commitment and pair, unknown ones included."""
        views = self._owed()
        everyone = (*self.keys, GHOST)
        for id in everyone:
            views += self._clock(id)
            views += self._commitment(id)
            for other in everyone:
                views += self._pair(id, other)
        self._ask(views)
        self._check_money()

    def obstacles(self) -> list[str]:
        """Whether each may condition on each other, as the model says."""
        pairs = ((x, y) for x in self.keys.values() for y in self.keys.values() if x != y)
        return [self.model.may_condition(x, y).label for x, y in pairs]

    def _ask(self, views: Sequence[_Views]) -> None:
        if not views:
            return
        data = bytes.fromhex(self.registry[2:])
        data += b"".join(len(v.question).to_bytes(2, "big") + v.question for v in views)
        expected = b"".join(v.answer for v in views)
        if self._view(data) == expected:
            return
        for v in views:
            data = bytes.fromhex(self.registry[2:]) + len(v.question).to_bytes(2, "big")
            answer = self._view(data + v.question)
            if answer != v.answer:
                names = [n for n, s in _SELECTORS.items() if v.question.startswith(s)]
                raise Disagreement(
                    f"{names[0]}({v.question[4:].hex()}): the model says {v.answer.hex()}, "
                    f"the contract {answer.hex()}"
                )
        raise AssertionError("the answers differ together, but not one by one")

    def _view(self, data: bytes) -> bytes:
        answer: bytes = self._evm.message_call(ERIN, VIEWER, data, 0, 10**9, None, True)
        return answer

    def _question(self, name: str, *words: bytes) -> bytes:
        cached = self._questions.get((name, words))
        if cached is None:
            cached = self._questions[name, words] = _SELECTORS[name] + b"".join(words)
        return cached

    def _clock(self, id: bytes) -> list[_Views]:
        """What time alone can change."""
        phase = self.model.phase(id, self.time)
        before = self.final.get(id)
        if before is not None and phase is not before:
            raise Disagreement(f"{id.hex()} was {before.label} for good, and is {phase.label}")
        if phase.final:
            self.final[id] = phase
        deadline = self.model.next_deadline(id, self.time)
        name = left(id)
        return [
            _Views(self._question("phase", name), _answered(word(phase), word(deadline))),
            _Views(
                self._question("kept", name),
                _answered(_ONE if phase.final else _ZERO, _ONE if phase.kept else _ZERO),
            ),
        ]

    def _commitment(self, id: bytes) -> list[_Views]:
        model, name = self.model, left(id)
        record = model.state.records.get(id)
        latest = word(model.latest_resolution(id))
        views = [_Views(self._question("latestResolution", name), _answered(latest))]
        decisions = [b""]
        if record is None:
            stored = 0
            standing = _refused(UnknownCommitment(id))
        else:
            stored = record.packed()
            standing = _answered(left(model.floor(id)), word(model.depth(id)))
            if record.phase is Phase.PENDING:
                decisions.append(record.decision)
        views.append(_Views(self._question("record", name), _answered(word(stored))))
        views.append(_Views(self._question("standing", name), standing))
        for decision in decisions:
            asked = self._question("resolvable", name, word(0x40), tail(decision))
            views.append(_Views(asked, self._resolvable(id, decision)))
        return views

    def _resolvable(self, id: bytes, decision: bytes) -> bytes:
        model = self.model
        record = model.state.records.get(id)
        if record is None:
            return _refused(UnknownCommitment(id))
        if record.phase is Phase.PENDING and decision != record.decision:
            return _refused(WrongDecision(id))
        waits = model.pending_on(id, self.time)
        now = _ONE if model.resolvable(id, self.time) else _ZERO
        return _answered(now, left(waits[0] if waits else NO_ID))

    def _pair(self, x: bytes, y: bytes) -> list[_Views]:
        """x < y; the offer of y to x; whether x may condition on y."""
        model = self.model
        names = left(x), left(y)
        unknown = next((i for i in (x, y) if i not in self.keys), None)
        if unknown is not None:
            order = _refused(UnknownCommitment(unknown))
        else:
            before = None if x == y else model.precedes(x, y)
            order = _answered(_ZERO if before is None else _ONE, _ONE if before else _ZERO)
        made = model.offer_of(y, x)
        if made is None:
            offer = _answered(_ZERO, _ZERO, _ZERO, _ZERO)
        else:
            declined = _ONE if made.declined else _ZERO
            offer = _answered(left(made.floor), word(made.depth), word(made.first_made), declined)
        views = [
            _Views(self._question("precedes", *names), order),
            _Views(self._question("offerOf", names[1], names[0]), offer),
        ]
        if unknown is None:
            keys = self.keys[x], self.keys[y]
            may: Obstacle = model.may_condition(*keys)
            asked = self._questions.get(names)
            if asked is None:
                asked = _SELECTORS["mayCondition"] + key_words(keys[0]) + key_words(keys[1])
                self._questions[names] = asked
            views.append(_Views(asked, _answered(word(may))))
        return views

    def _owed(self) -> list[_Views]:
        owed = self.model.state.owed
        return [
            _Views(self._question("owed", account(who)), _answered(word(owed.get(who, 0))))
            for who in ACCOUNTS
            if who in owed or self.setting.coded(who)
        ]

    def _check_parameters(self) -> None:
        values = self.setting.parameters.to_abi()
        (entry,) = (e for e in load("Boomerang").abi if e.get("name") == "parameters")
        names = [part["name"] for part in entry["outputs"][0]["components"]]
        expected = _answered(*(word(values[name]) for name in names))
        self._ask([_Views(_SELECTORS["parameters"], expected)])

    def _check_accounts(self, rejects: set[str]) -> None:
        """That the accounts are what the setting says, before anything is built on it."""
        evm = self._evm
        for who in ACCOUNTS:
            sent = evm.snapshot()
            try:
                evm.message_call(ERIN, who, b"", 1, 100_000)
                took = True
            except RuntimeError:
                took = False
            evm.revert(sent)
            if took == (who in rejects):
                raise AssertionError(f"{who} is not what the setting says")


_SELECTORS = {
    signature.partition("(")[0]: question(signature)
    for signature in (
        "phase(bytes25)",
        "kept(bytes25)",
        "record(bytes25)",
        "standing(bytes25)",
        "latestResolution(bytes25)",
        "resolvable(bytes25,bytes)",
        "precedes(bytes25,bytes25)",
        "offerOf(bytes25,bytes25)",
        "mayCondition((address,uint256,bytes32),(address,uint256,bytes32))",
        "owed(address)",
        "parameters()",
    )
}
