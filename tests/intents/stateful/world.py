"""Contracts and model side by side: each action is given to both, and all answers are compared.

`World.step` raises `Disagreement` at the first difference, or where an invariant is broken that no
comparison sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from boomerang.errors import ChainError, decode_error
from boomerang.intents import errors
from boomerang.intents.model import Env, Manner, Token, events
from intents.stateful import encoding
from intents.stateful.cast import (
    CODED,
    GAS,
    ODD,
    REGISTRY,
    SOLVER,
    STRANGER,
    Code,
    hexed,
    shipped,
    stage,
)
from intents.stateful.comparison import Comparison, Disagreement
from intents.stateful.decoding import NoBatch, decode
from intents.stateful.encoding import account, call, late, raw_log, word
from intents.stateful.invariants import Invariants
from intents.stateful.signing import by_code

if TYPE_CHECKING:
    from boomerang.intents.batch import Batch

OUTSIDE = frozenset({"allow", "move", "manner", "outcome", "swap", "sync", "skim"})
"""Actions of the world around the contracts, which always succeed."""
_MANNERS = {Manner.PLAIN: 0, Manner.CLOSED: 1, Manner.SILENT: 2, Manner.CHARGING: 3}
_SAID = call("Error(string)")


class Action(NamedTuple):
    """One call. Everything in it is concrete, so that any part of a sequence can be left out.
    `signatures` are those that were really made for what it carries: (maker, hash, signature).
    """

    time: int
    caller: bytes
    name: str
    args: tuple[Any, ...] = ()
    signatures: frozenset[tuple[bytes, bytes, bytes]] = frozenset()


@dataclass(slots=True)
class Result:
    """How an action ended, the same way on both sides."""

    error: ChainError | None
    events: list[events.Event]


class World:
    """One sequence on a stage. `close` takes everything back."""

    def __init__(self, code: Code | None = None) -> None:
        self.stage = stage(code or shipped())
        self._evm = self.stage.evm
        self._checkpoint = self._evm.snapshot()
        self._genuine: set[tuple[bytes, bytes, bytes]] = set()
        self.model = self.stage.model(self._verify)
        self._comparison = Comparison(self.stage, self.model)
        self._invariants = Invariants(self.stage, self.model)

    def close(self) -> None:
        """The stage is as it was."""
        self._evm.revert(self._checkpoint)

    def _verify(self, maker: bytes, intent: bytes, signature: bytes) -> bool:
        if (maker, intent, signature) in self._genuine:
            return True
        return maker in CODED and signature == by_code(maker, intent)

    # ------------------------------------------------------------------------------------ actions

    def step(self, action: Action) -> Result:
        """Do it on both sides; compare."""
        self.stage.at(action.time)
        self._genuine |= action.signatures
        env = Env(action.caller, action.time)
        if action.name in OUTSIDE:
            self._change(env, action.name, *action.args)
            self._comparison.compare(env)
            self._invariants.begin(env, None)
            return Result(None, [])
        self._invariants.begin(env, _batch(action))
        logged = len(self.model.state.events)
        error: ChainError | None = None
        answer = b""
        try:
            answer = self._play(env, action)
        except errors.SettlementError as raised:
            error = raised
        happened = self.model.state.events[logged:]
        ok, output, logs = self._send(action)
        self._agree(error, answer, ok, output)
        if ok and logs != [raw_log(event) for event in happened]:
            raise Disagreement(f"the model logs {happened}, the contract: {logs}")
        self._comparison.compare(env)
        if ok:
            self._invariants.check(env, happened)
        return Result(error, happened)

    def _play(self, env: Env, action: Action) -> bytes:
        """The model's answer."""
        model, a = self.model, action.args
        match action.name:
            case "settle" | "bytes":
                batch = _batch(action)
                if batch is None:
                    raise errors.Malformed(0)
                self._comparison.nonces |= {(o.maker, o.nonce) for o in batch.orders}
                model.settle(env, batch)
            case "post":
                order, _, pops = a
                self._comparison.nonces.add((order.maker, order.nonce))
                return word(model.post(env, order, pops))
            case "unpost":
                model.unpost(env, *a)
            case "sweepDead":
                model.sweep_dead(env, *a)
            case "announce":
                model.announce(env, *a)
            case "cancel":
                model.cancel(env, *a)
            case "approve":
                model.approve(env, *a)
            case _:
                raise AssertionError(action.name)
        return b""

    def _data(self, action: Action) -> tuple[bytes, bytes]:
        """Whom to call, with what."""
        a, to = action.args, self.stage.settlement
        match action.name:
            case "settle":
                return to, encoding.settle(a[0].encode())
            case "bytes":
                return to, encoding.settle(a[0])
            case "post":
                return to, encoding.post(*a)
            case "unpost":
                rest = account(a[0]) + account(a[1]) + word(a[2])
                return to, call("unpost(address,address,uint32)", rest)
            case "sweepDead":
                rest = account(a[0]) + account(a[1]) + word(a[2])
                return to, call("sweepDead(address,address,uint256)", rest)
            case "announce":
                return self.stage.book, call("announce(bytes32,bytes)", a[0], late(a[1]))
            case "cancel":
                return to, call("cancel(uint256,uint128)", word(a[0]), word(a[1]))
            case _:
                return to, call("approve(bytes32,bool)", a[0], word(a[1]))

    def _send(self, action: Action) -> tuple[bool, bytes, list[encoding.RawLog]]:
        """The contract's answer."""
        to, data = self._data(action)
        sender = action.caller
        if sender in CODED:
            data = call("act(address,uint256,bytes)", account(to), word(0), late(data))
            sender, to = SOLVER, sender
        try:
            output = self._evm.message_call(hexed(sender), hexed(to), data, 0, GAS)
        except RuntimeError as problem:
            text = str(problem)
            if not text.startswith("Revert {"):
                raise Disagreement(f"{action.name} does not end well: {text}") from None
            at = text.index("output: 0x") + len("output: 0x")
            return False, bytes.fromhex(text[at : text.index(" ", at)]), []
        here = {hexed(self.stage.settlement): False, hexed(self.stage.book): True}
        logs = [
            (here[raw.address.lower()], [bytes(t) for t in raw.data[0]], bytes(raw.data[1]))
            for raw in self._evm.result.logs
            if raw.address.lower() in here
        ]
        return True, output, logs

    @staticmethod
    def _agree(error: ChainError | None, answer: bytes, ok: bool, output: bytes) -> None:
        if error is None:
            if ok and output == answer:
                return
            told = f"answers {output.hex()}" if ok else f"refuses: {decode_error(output)!r}"
            raise Disagreement(f"the model answers {answer.hex()}, the contract {told}")
        if ok:
            raise Disagreement(f"the model says {error!r}, the contract does it")
        if output == error.encode():
            return
        found = decode_error(output)
        if isinstance(error, errors.Malformed) and isinstance(found, errors.Malformed):
            return  # near the place where that shows
        transfers = (errors.TransferFailed, errors.TokenTakesFee)
        if isinstance(error, transfers) and isinstance(found, type(error)):
            return  # of several transfers, or ways of making one, the documents do not say which
        if isinstance(error, transfers) and output.startswith(_SAID) and b"UniswapV2: " in output:
            return  # a pair could not pay out, or was not paid; what it says is passed on
        raise Disagreement(f"the model says {error!r}, the contract: {found!r}")

    # ------------------------------------------------------------------------------------ outside

    def _change(self, env: Env, name: str, *args: Any) -> None:
        """Something else happens, on both sides."""
        model, stage = self.model, self.stage
        match name, args:
            case "allow", (token, amount):
                approve = account(stage.settlement) + word(amount)
                self._call(env.caller, token, call("approve(address,uint256)", approve))
                model.allow(token, env.caller, amount)
            case "move", (token, to, amount):
                self._transfer(env.caller, token, to, amount)
                model.move(token, env.caller, to, amount)
            case "manner", (manner, watched):
                become = word(_MANNERS[manner]) + account(watched or bytes(20))
                self._call(STRANGER, ODD, call("become(uint8,address)", become))
                model.tokens[ODD] = Token(manner, watched)
            case "outcome", (id, kept):
                self._call(STRANGER, REGISTRY, bytes(4) + id.ljust(32, b"\0") + word(2 | kept))
                model.outcomes[id] = kept
            case "swap", (sell, buy, amount):
                self._transfer(env.caller, sell, model.pair(sell, buy), amount)
                out = model.swap(env, sell, buy, amount)
                outs = (word(0), word(out)) if sell < buy else (word(out), word(0))
                to = account(env.caller)
                swap = call("swap(uint256,uint256,address,bytes)", *outs, to, late(b""))
                self._call(env.caller, model.pair(sell, buy), swap)
            case "sync", (a, b):
                self._call(STRANGER, model.pair(a, b), call("sync()"))
                model.sync(env, a, b)
            case _:
                raise AssertionError(name)

    def _transfer(self, sender: bytes, token: bytes, to: bytes, amount: int) -> None:
        transfer = call("transfer(address,uint256)", account(to) + word(amount))
        self._call(sender, token, transfer)

    def _call(self, sender: bytes, to: bytes, data: bytes) -> None:
        if sender in CODED:
            data = call("act(address,uint256,bytes)", account(to), word(0), late(data))
            sender, to = SOLVER, sender
        self.stage.ask(to, data, sender)


def _batch(action: Action) -> Batch | None:
    """What is to be settled, if it is a batch."""
    if action.name == "settle":
        batch: Batch = action.args[0]
        return batch
    if action.name == "bytes":
        try:
            return decode(action.args[0])
        except NoBatch:
            pass
    return None
