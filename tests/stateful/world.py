"""The contracts and the model side by side: each action is given to both, and all answers compared.

The contracts run directly on pyrevm, with the code that ships (or a mutant of it). A `World` is one
registry with its parts and the accounts that use it; `World.step` raises `Disagreement` at the
first difference.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pyrevm
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from boomerang.artifacts import load
from boomerang.content import Call, Content
from boomerang.errors import ChainError, InvalidInput, decode_error
from boomerang.identity import ZERO_ADDRESS, Domain
from boomerang.model import (
    Env,
    Funding,
    HashDraws,
    Model,
    Nonsense,
    Permits,
    Phase,
    Resolution,
    Token,
    events,
    part_address,
)
from boomerang.parameters import Parameters
from boomerang.relay import fundings
from stateful.calls import (
    ENFORCER,
    FUNCTIONS,
    GROUPS,
    REGISTRY,
    Action,
    account,
    encode,
    left,
    question,
    relay,
    word,
)
from stateful.cast import (
    ACCOUNTS,
    BURNS,
    CHAIN_ID,
    ERIN,
    FAILS,
    FRANK,
    GHOST,
    HOLDERS,
    MANNERS,
    NOTE,
    ODD,
    OWNERS,
    PLAIN,
    REFUSES,
    START_ALLOWANCES,
    START_BALANCE,
    START_TOKENS,
    TAKE,
    TAKES,
    TARGET_GAS,
    TARGETS,
    TOKENS,
    VIEWER,
    mock,
    odd_token,
    token_code,
    token_name,
)
from stateful.expected import RawLog, raw_error, raw_log
from stateful.signatures import permit, recover, separator
from stateful.views import View, Views, envoy_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.identity import Key

GAS = 10_000_000
_NO_CODE = keccak(b"")
_BALANCES = 0  # the slot of a token's balances


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
def _parameter_names() -> tuple[str, ...]:
    (entry,) = (e for e in load("Boomerang").abi if e["type"] == "constructor")
    return tuple(part["name"] for part in entry["inputs"][0]["components"])


@cache
def _balance_slot(who: str) -> int:
    return int.from_bytes(keccak(account(who) + word(_BALANCES)), "big")


@cache
def _separator(token: str) -> bytes:
    return separator(token_name(token), CHAIN_ID, token)


@dataclass(slots=True)
class Result:
    """How an action ended, the same way on both sides."""

    error: ChainError | None
    touched: list[bytes] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.error is None


class WatchedModel(Model):
    """The model, which remembers what the calls that it made left at their targets."""

    traces: dict[str, bytes]
    envoys: World

    def _call(self, commitment: bytes, index: int, call: Call) -> bool:
        made = super()._call(commitment, index, call)
        if made and call.target in TARGETS:
            value = call.amount if call.token == ZERO_ADDRESS else 0
            envoy = account(self.envoys.envoy(commitment))
            before = self.traces.get(call.target, bytes(32))
            now = before + envoy + word(value) + keccak(call.data)
            self.traces[call.target] = keccak(now)
        return made


class World:
    """A registry as contract and as model, with the accounts that use it."""

    def __init__(self, setting: Setting, code: Code | None = None) -> None:
        code = code or shipped()
        self.setting = setting
        self.block, self.time = setting.block, setting.start
        self.keys: dict[bytes, Key] = {}  # of what was published, in that order
        self.contents: dict[bytes, tuple[bytes, bytes]] = {}  # topic and body
        self.final: dict[bytes, Phase] = {}
        self.target_fails = False
        self._burned = 0
        self._bonds = 0

        # Mutants may be larger than what ships, whose size other tests look at.
        config = pyrevm.CfgEnv(chain_id=CHAIN_ID, limit_contract_code_size=1 << 16)
        self._evm = pyrevm.EVM(env=pyrevm.Env(cfg=config), gas_limit=10**10, spec_id="Cancun")
        creation = code.creation + self._constructor()
        self.registry = str(to_checksum_address(self._evm.deploy(VIEWER, creation, 0, 3 * GAS)))
        draws: HashDraws | CoarseDraws
        draws = HashDraws(self._block_hash, setting.parameters.draw_delay)
        if code.draw_bits < 8:
            draws = CoarseDraws(draws, code.draw_bits)
        self.domain = Domain(CHAIN_ID, self.registry)
        self.model = WatchedModel(self.domain, setting.parameters, draws)
        self.model.traces, self.model.envoys = {}, self
        self._parts = {
            REGISTRY: self.registry,
            ENFORCER: self.model.enforcer,
            GROUPS: self.model.groups,
        }
        self._names = {address: name for name, address in self._parts.items()}
        self._implementation = part_address(self.model.enforcer, 1)
        self._envoys: dict[bytes, str] = {}
        self._views = Views(self)

        self._put(VIEWER, mock("StatefulViews"), START_BALANCE)
        rejects = {*self._parts.values(), *TOKENS}
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
            self._evm.insert_account_storage(who, 0, MANNERS[kind])
        self._check_accounts(rejects)
        self.model.rejects = frozenset(rejects)
        self.model.targets = self._target
        for target in TARGETS:
            self._put(target, mock("StatefulTarget"), 0)
        self._open_tokens()
        self._set_block(self.block, self.time)
        self._ask(self._views.constants())

    def _constructor(self) -> bytes:
        values = self.setting.parameters.to_abi()
        return b"".join(word(values[name]) for name in _parameter_names())

    @staticmethod
    def parameter_names() -> tuple[str, ...]:
        """The parameters in the ABI's order."""
        return _parameter_names()

    def _put(self, who: str, code: bytes, balance: int) -> None:
        info = pyrevm.AccountInfo(balance, 0, _NO_CODE, code)  # type: ignore[call-arg, arg-type]
        self._evm.insert_account_info(who, info)

    def _open_tokens(self) -> None:
        """Give every owner some of each token, part of which the enforcer may take."""
        mint, approve = question("mint(address,uint256)"), question("approve(address,uint256)")
        for token in TOKENS:
            self._put(token, token_code(token), 0)
            self.model.tokens[token] = Token()
            amount, allowed = START_TOKENS[token], START_ALLOWANCES[token]
            for who in OWNERS:
                self._evm.message_call(ERIN, token, mint + account(who) + word(amount))
                approval = approve + account(self.model.enforcer) + word(allowed)
                self._evm.message_call(who, token, approval)
                self.model.mint(token, who, amount)
                self.model.approve(token, who, allowed)
            asked = question("balanceOf(address)", account(OWNERS[0]))
            if self._evm.message_call(ERIN, token, asked) != word(self._balance(token, OWNERS[0])):
                raise AssertionError(f"the balances of {token} are not where they are read")

    def _balance(self, token: str, who: str) -> int:
        if token == ZERO_ADDRESS:
            return int(self._evm.get_balance(who))
        return int(self._evm.storage(token, _balance_slot(who)) or 0)

    def envoy(self, id: bytes) -> str:
        """The address that makes a commitment's calls."""
        found = self._envoys.get(id)
        if found is None:
            made = envoy_address(self.model.enforcer, self._implementation, id)
            found = self._envoys[id] = str(to_checksum_address(made))
        return found

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
        self._ask(self._views.after(result.touched, result.ok))
        self._check_money()
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
                return self._published(action, model.publish(env, *a))
            case "publishFunded":
                stake, topic, body, given = a
                funding = self._funding(action.sender, body, given)
                made = model.publish(env, stake, topic, body, funding)
                return self._published(action, made)
            case "publishFor":
                committer, stake, topic, body, given, deadline, _ = a
                funding = self._funding(committer, body, given)
                content = committer, stake, topic, body
                made = model.publish_for(env, *content, deadline, action.signer, funding)
                return self._published(action, made)
            case "seal" | "sealWithData":
                model.seal(env, *a)
            case "sealFor":
                key, seal, extra, deadline, _ = a
                model.seal_for(env, key, seal, extra, deadline, action.signer)
            case "revokeFor":
                key, deadline, _ = a
                model.revoke_for(env, key, deadline, action.signer)
            case "offerFor":
                key, target, floor, depth, deadline, _ = a
                model.offer_for(env, key, target, floor, depth, deadline, action.signer)
            case "declineFor":
                key, offering, deadline, _ = a
                model.decline_for(env, key, offering, deadline, action.signer)
            case "joinFor":
                key, ids, deadline, _ = a
                model.join_for(env, key, ids, deadline, action.signer)
            case "declineAll":
                model.decline_all(env, *a)
            case "openFor":
                model.open_for(env, *a)
            case "resolve":
                model.resolve(env, [Resolution(*one) for one in a[0]])
            case "resolveGroup":
                model.resolve_group(env, *a)
            case "deliver":
                model.deliver(*a)
            case "withdrawAsset":
                model.withdraw_asset(env, *a)
            case "deliverAsset":
                model.deliver_asset(*a)
            case "approve":
                model.approve(a[0], action.sender, a[2])
                return word(1)
            case "changeToken":
                model.tokens[ODD] = odd_token(*a)
            case "changeTarget":
                self.target_fails = a[0]
            case "changeAccount":
                who, manner = a
                takes = manner == MANNERS[TAKES]
                model.rejects = model.rejects - {who} if takes else model.rejects | {who}
            case _:
                getattr(model, action.name)(env, *a)
        return b""

    def _published(self, action: Action, made: bytes) -> bytes:
        self.keys[made] = self.model.record(made).key
        first = 2 if action.name == "publishFor" else 1
        self.contents[made] = action.args[first : first + 2]
        return left(made)

    def _funding(self, committer: str, body: bytes, given: bytes) -> Funding:
        """What funding bytes come to at this moment."""
        if not given:
            return None
        try:
            permits = fundings.read(given)
            clauses = Content.decode(bytes(32), body, has_clauses=True).clauses
        except (ChainError, InvalidInput):
            return Nonsense()
        if not isinstance(permits, tuple) or clauses is None:
            return Nonsense()  # there is no Permit2 here
        tokens = [asset.token for asset in fundings.tokens(clauses.escrow)]
        values: list[int | None] = []
        for i, one in enumerate(permits):
            good = i < len(tokens) and tokens[i] in TOKENS and self.time <= one.deadline
            if good:
                digest = self.permit(tokens[i], committer, one.value, one.deadline)
                good = recover(digest, one.signature) == committer
            values.append(one.value if good else None)
        return Permits(tuple(values))

    def permit(self, token: str, owner: str, value: int, deadline: int) -> bytes:
        """What an owner signs to let the enforcer take so much of a token."""
        nonce = self._evm.message_call(ERIN, token, question("nonces(address)", account(owner)))
        number = int.from_bytes(nonce, "big")
        return permit(_separator(token), owner, self.model.enforcer, value, number, deadline)

    def would_work(self, call: Call) -> bool:
        """Whether its target would take part in a call now."""
        return self._target(b"", 0, call) is not None

    def accepts(self, token: str, to: str) -> bool:
        """Whether so much of a token, or ether (zero), could be delivered now."""
        return self.model._accepts(token, to)

    def _target(self, _commitment: bytes, _index: int, call: Call) -> int | None:
        """What a call comes to."""
        target, ether = call.target, call.token == ZERO_ADDRESS
        if target not in TARGETS:
            if call.data or target in self.model.rejects:
                return None
            return call.amount if ether else 0
        if call.gas < TARGET_GAS or (target == FAILS and self.target_fails):
            return None
        if call.data[:4] == NOTE:
            return call.amount if ether else 0
        if call.data[:4] != TAKE:
            return None
        wanted = int.from_bytes(call.data[36:68], "big")
        return wanted if wanted <= call.amount else None

    def _send(self, action: Action) -> tuple[bool, bytes, list[RawLog]]:
        """The contract's answer: whether it was done, what it returned or refused with, logs."""
        data, sender, to, value = encode(action), action.sender, self._where(action), action.value
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
        names = self._names
        logs = [
            (names[log.address], log.data[0], log.data[1])
            for log in result.logs
            if log.address in names
        ]
        return True, output, logs

    def _where(self, action: Action) -> str:
        if action.name in FUNCTIONS:
            return self._parts[FUNCTIONS[action.name].where]
        if action.name in ("approve", "changeAccount"):
            return str(action.args[0])
        return ODD if action.name == "changeToken" else FAILS

    def _touched(self, action: Action) -> list[bytes]:
        """The commitments that an action is about, known ones."""
        found: list[bytes] = []
        name, a = action.name, action.args
        if name in ("draw", "resolveGroup"):
            found += a[0]
        elif name == "resolve":
            found += [self.domain.commitment_id(key) for key, _ in a[0]]
        elif name in ("publish", "publishFunded", "publishFor"):
            found.append(next(reversed(self.keys), GHOST))
        elif name in _BY_KEY:
            found.append(self.domain.commitment_id(a[0]))
        elif name in _OWN:
            found.append(self.domain.id_of(action.sender, a[0], a[1]))
        if name in ("offer", "decline"):
            found.append(a[2])
        elif name in ("offerFor", "declineFor"):
            found.append(a[1])
        elif name in ("join", "joinFor"):
            found += a[2] if name == "join" else a[1]
        return [id for id in dict.fromkeys(found) if id in self.keys]

    # ----------------------------------------------------------------------------------- settling

    def _settle(self) -> Result:
        """Resolve and execute whatever can be; what is past its latest resolution must be final."""
        model = self.model
        for action in self._everything_left():
            self.step(action)
        for id in self.keys:
            if self.time > model.latest_resolution(id) and not model.phase(id, self.time).final:
                late = self.time - model.latest_resolution(id)
                raise Disagreement(f"{id.hex()} is open {late} s after its latest resolution")
        self._ask(self._views.after((), done=True))
        self._check_money()
        return Result(None)

    def _everything_left(self) -> Iterable[Action]:
        """One after the other: what can be resolved alone, groups, what can be executed."""
        model = self.model
        while True:
            batch = self._resolvable_now()
            groups = [name for name in model.state.groups if self._can_settle(name)]
            if batch:
                yield self._now("resolve", batch)
            elif groups:
                ids = model.state.groups[groups[0]].ids
                yield self._now("resolveGroup", ids, self.decisions(ids))
            else:
                break
        for id, key in self.keys.items():
            if model.execution(id, self.time).ready:
                yield self._now("execute", key, *self.contents[id], ERIN)

    def _now(self, name: str, *args: object) -> Action:
        return Action(self.block, self.time, ERIN, name, args)

    def _can_settle(self, name: bytes) -> bool:
        group = self.model.state.groups[name]
        return group.node is not None and self.model.group_resolvable(name, self.time)

    def decisions(self, ids: Iterable[bytes]) -> tuple[bytes, ...]:
        """What pending members have opened; nothing for the others."""
        records = self.model.state.records
        pending = {id for id in ids if id in records and records[id].phase is Phase.PENDING}
        return tuple(records[id].decision if id in pending else b"" for id in ids)

    def _resolvable_now(self) -> tuple[tuple[Key, bytes], ...]:
        model = self.model
        ready = [id for id in self.keys if model.resolvable(id, self.time)]
        return tuple((self.keys[id], model.record(id).decision) for id in ready)

    def settle_model(self) -> None:
        """Resolve and execute whatever can be, in the model alone."""
        for action in self._everything_left():
            self.play(action)

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
        for who in dict.fromkeys((*HOLDERS, *state.balances)):
            expected = (START_BALANCE if who in ACCOUNTS else 0) + state.balances.get(who, 0)
            if evm.get_balance(who) != expected:
                off = evm.get_balance(who) - expected
                raise Disagreement(f"{who} has {off} wei more than in the model")
        self._check_escrows()

    def _check_escrows(self) -> None:
        """That the enforcer holds exactly what it owes, of ether and each token, that nothing is
        lost on the way, and that targets were called as the model says.
        """
        model = self.model
        owes = model.owes()
        for token in (ZERO_ADDRESS, *TOKENS):
            held = self._balance(token, model.enforcer)
            if held != owes.get(token, 0):
                raise Disagreement(f"the enforcer holds {held} of {token}, owes {owes}")
        if not model.conserved():
            raise Disagreement(f"the model holds {model.state.pot}, owes {owes}")
        if self._balance(ZERO_ADDRESS, model.groups):
            raise Disagreement("the groups hold ether")
        sums: Counter[str] = Counter(owes)
        holders = dict.fromkeys(HOLDERS)
        for (token, holder), amount in model.state.tokens.items():
            sums[token] += amount
            holders[holder] = None
        for token in TOKENS:
            if sums[token] != START_TOKENS[token] * len(OWNERS):
                raise Disagreement(f"{sums[token]} of {token} are left in the model")
            for who in holders:
                has, expected = self._balance(token, who), model.state.tokens.get((token, who), 0)
                if has != expected:
                    raise Disagreement(f"{who} has {has} of {token}; in the model {expected}")
        for target in TARGETS:
            trace = self._evm.storage(target, 0)
            if trace != int.from_bytes(model.traces.get(target, b""), "big"):
                raise Disagreement(f"{target} was called otherwise")

    # ------------------------------------------------------------------------------------- views

    def phase_for_good(self, id: bytes) -> Phase:
        """The phase; final ones must never change."""
        phase = self.model.phase(id, self.time)
        before = self.final.get(id)
        if before is not None and phase is not before:
            raise Disagreement(f"{id.hex()} was {before.label} for good, and is {phase.label}")
        if phase.final:
            self.final[id] = phase
        return phase

    def compare_everything(self) -> None:
        """Every view of every commitment and pair, unknown ones included."""
        self._ask(self._views.everything())
        self._check_money()

    def obstacles(self) -> list[str]:
        """Whether each may condition on each other, as the model says."""
        pairs = ((x, y) for x in self.keys.values() for y in self.keys.values() if x != y)
        return [self.model.may_condition(x, y).label for x, y in pairs]

    def _ask(self, views: Sequence[View]) -> None:
        for where, address in self._parts.items():
            asked = [view for view in views if view.where == where]
            if asked:
                self._ask_one(address, asked)

    def _ask_one(self, address: str, views: Sequence[View]) -> None:
        to = bytes.fromhex(address[2:])
        data = to + b"".join(len(v.question).to_bytes(2, "big") + v.question for v in views)
        if self._answers(data) == b"".join(v.answer for v in views):
            return
        for v in views:
            answer = self._answers(to + len(v.question).to_bytes(2, "big") + v.question)
            if answer != v.answer:
                raise Disagreement(
                    f"{v.name}({v.question[4:].hex()}): the model says {v.answer.hex()}, "
                    f"the contract {answer.hex()}"
                )
        raise AssertionError("the answers differ together, but not one by one")

    def _answers(self, data: bytes) -> bytes:
        answer: bytes = self._evm.message_call(ERIN, VIEWER, data, 0, 10**9, None, True)
        return answer

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


_BY_KEY = (
    "sealFor",
    "revokeFor",
    "expose",
    "openFor",
    "offerFor",
    "declineFor",
    "joinFor",
    "execute",
    "retry",
    "release",
)
_OWN = (
    "seal",
    "sealWithData",
    "revoke",
    "open",
    "offer",
    "decline",
    "declineAll",
    "join",
)
