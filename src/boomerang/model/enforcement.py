"""What a kept commitment does (section 9): escrow, payments, calls, and the way home.

Nothing is stored for an escrow on chain: the record proves that it was collected, and the id proves
the content that says what it is. The model keeps the clauses beside, to show at any time that the
enforcer holds exactly what it owes (`conserved`).

Not modelled: gas. The contract refuses to start what it cannot give its gas (`NotEnoughGas`), so
what happens never depends on it.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from boomerang import errors, packing
from boomerang.content import Call, Clauses, Content, content_hash
from boomerang.decisions import atoms, decode, evaluate
from boomerang.identity import ZERO_ADDRESS, Key, check_address, check_uint
from boomerang.model import events
from boomerang.model.outside import UNLIMITED, Funding, Nonsense, Permit2, Permits, Token
from boomerang.model.state import EXECUTED, Phase
from boomerang.model.views import Views

if TYPE_CHECKING:
    from boomerang.model.ledger import Env


class Execution(Enum):
    """How far the clauses of a commitment are, and what `execute` would do. The values are words
    for people.
    """

    NOTHING = "nothing to execute"
    UNDECIDED = "not final"
    GUARD_PENDING = "waits for its guard"
    PAYS = "ready to pay"
    REFUNDS = "ready to go home"
    EXECUTED = "executed"

    @property
    def ready(self) -> bool:
        """Whether `execute` would be accepted."""
        return self in (Execution.PAYS, Execution.REFUNDS)


class Enforcing(Views):
    """The enforcer. Its `Env.value` is never used: execution costs nothing but gas."""

    # ------------------------------------------------------------------ tokens, for tests and play

    def mint(self, token: str, account: str, amount: int) -> None:
        """Give an account some of a token (its smallest unit), which exists from then on."""
        check_address("token", token)
        check_address("account", account)
        check_uint("amount", amount, 256)
        self.tokens.setdefault(token, Token())
        self._add(self.state.tokens, (token, account), amount)

    def approve(self, token: str, owner: str, amount: int) -> None:
        """Let the enforcer move so much of the owner's tokens; UNLIMITED: without end."""
        check_uint("amount", amount, 256)
        self.state.allowances[token, owner] = amount

    # ------------------------------------------------------------------ publication

    def _collect_escrow(
        self,
        commitment: bytes,
        committer: str,
        topic: bytes,
        body: bytes,
        ether: int,
        funding: Funding,
    ) -> None:
        """Take a new commitment's escrow, or refuse its clauses. The publisher sent `ether` wei."""
        packing.check(body, self.enforcer)
        clauses = Content.decode(topic, body, has_clauses=True).clauses or Clauses()
        clauses.check_times(self.latest_resolution(commitment))
        if clauses.guard:
            # A guard on an id still to come would make that one credible before its freeze.
            for atom in atoms(clauses.guard):
                self._known(atom)
        if ether != clauses.escrowed_ether:
            raise errors.WrongEscrow(ether, clauses.escrowed_ether)
        self.state.clauses[commitment] = clauses
        self._add(self.state.pot, ZERO_ADDRESS, ether)
        self._pull(clauses, committer, funding)

    def _pull(self, clauses: Clauses, committer: str, funding: Funding) -> None:
        """Take the escrow's tokens from the committer."""
        assets = [asset for asset in clauses.escrow if asset.token != ZERO_ADDRESS]
        for asset in assets:
            if asset.token not in self.tokens:
                raise errors.UnknownRevert(b"")  # there is no contract to ask for a balance
        if funding is not None:
            wrong = isinstance(funding, Permits) and len(funding.values) != len(assets)
            if not assets or wrong or isinstance(funding, Nonsense):
                raise errors.MalformedFunding()
        if isinstance(funding, Permits):
            for asset, value in zip(assets, funding.values, strict=True):
                if value is not None:
                    self.approve(asset.token, committer, value)
        if isinstance(funding, Permit2) and funding.refusal is not None:
            raise funding.refusal
        for asset in assets:
            token, amount = self.tokens[asset.token], asset.amount
            if not isinstance(funding, Permit2):
                self._spend_allowance(asset.token, committer, amount)
            has = self.state.tokens.get((asset.token, committer), 0)
            if committer in token.refuses:
                raise token.refusal or errors.SafeERC20FailedOperation(asset.token)
            if has < amount:
                raise errors.ERC20InsufficientBalance(committer, has, amount)
            if token.received(amount) != amount:
                raise errors.TokenMismatch(asset.token, amount, token.received(amount))
            self._add(self.state.tokens, (asset.token, committer), -amount)
            self._add(self.state.pot, asset.token, amount)

    def _spend_allowance(self, token: str, owner: str, amount: int) -> None:
        allowance = self.state.allowances.get((token, owner), 0)
        if allowance == UNLIMITED:
            return
        if allowance < amount:
            raise errors.ERC20InsufficientAllowance(self.enforcer, allowance, amount)
        self.state.allowances[token, owner] = allowance - amount

    # ------------------------------------------------------------------ execution

    def execute(
        self, env: Env, key: Key, topic: bytes, body: bytes, tip_to: str = ZERO_ADDRESS
    ) -> int | None:
        """Carry out the clauses of a commitment whose outcome is final, once; by anyone.

        Kept, and the guard true: payments in order; what payments, calls and tip leave of each
        asset goes home; calls in order; the tip to `tip_to` (zero: the sender). Returns the bitmap
        of the calls that failed. Else all of the escrow goes home, and it returns None.
        """
        commitment, clauses = self._content(key, topic, body)
        record = self._known(commitment)
        phase = self.phase(commitment, env.time)
        if not phase.final:
            raise errors.NotFinal(commitment)
        if record.executed:
            raise errors.AlreadyExecuted(commitment)
        pays = phase.kept and self._guard_holds(commitment, clauses, env.time)
        tip_to = env.sender if tip_to == ZERO_ADDRESS else tip_to
        if pays and clauses.tip.amount and tip_to == self.enforcer:
            raise errors.TransferFailed(tip_to)

        self._set(commitment, phase=phase, seal=EXECUTED)
        if not record.phase.final:  # nobody has said yet that it lapsed
            self._emit(events.Resolved(commitment, phase))
            if phase is Phase.UNSEALED:
                self._release(key.committer, key.bond)
            else:
                self._burn(key.bond)
        if not pays:
            for asset in clauses.escrow:
                self._send(asset.token, key.committer, asset.amount)
            self._emit(events.Refunded(commitment, env.sender))
            return None
        for payment in clauses.payments:
            self._send(payment.token, payment.to, payment.amount)
        for asset in clauses.surplus():
            self._send(asset.token, key.committer, asset.amount)
        failed = sum(
            1 << index
            for index, call in enumerate(clauses.calls)
            if not self._call(commitment, index, call)
        )
        if failed:
            self.state.outstanding[commitment] = failed
        self._send(clauses.tip.token, tip_to, clauses.tip.amount)
        self._emit(events.Executed(commitment, env.sender, failed))
        return failed

    def retry(self, env: Env, key: Key, topic: bytes, body: bytes, index: int) -> None:
        """Make a call that failed, until the deadline (included). Refused if it fails again."""
        commitment, clauses = self._outstanding_call(key, topic, body, index)
        if env.time > clauses.deadline:
            raise errors.PastDeadline(commitment, clauses.deadline, env.time)
        if not self._call(commitment, index, clauses.calls[index]):
            raise errors.CallFailed(commitment, index)
        self._settle_call(commitment, index)
        self._emit(events.Retried(commitment, index))

    def release(self, env: Env, key: Key, topic: bytes, body: bytes, index: int) -> None:
        """After the deadline: give what a failed call would have spent to whom the content names.
        Only then, or a failing call would be a way to get the escrow back.
        """
        commitment, clauses = self._outstanding_call(key, topic, body, index)
        if env.time <= clauses.deadline:
            raise errors.StillRetriable(commitment, clauses.deadline, env.time)
        call = clauses.calls[index]
        self._settle_call(commitment, index)
        self._send(call.token, call.remainder_to, call.amount)
        self._emit(events.Released(commitment, index, call.remainder_to))

    def _content(self, key: Key, topic: bytes, body: bytes) -> tuple[bytes, Clauses]:
        """The clauses that a key and its content prove. What is not published has none either:
        whoever asks on looks for its record, or its outstanding calls.
        """
        commitment = self.domain.commitment_id(key)
        if not key.has_clauses:
            raise errors.NoClauses(commitment)
        if content_hash(topic, body) != key.content_hash:
            raise errors.WrongContent(commitment)
        return commitment, self.state.clauses.get(commitment) or Clauses()

    def _outstanding_call(
        self, key: Key, topic: bytes, body: bytes, index: int
    ) -> tuple[bytes, Clauses]:
        check_uint("index", index, 256)
        commitment, clauses = self._content(key, topic, body)
        if index > 255 or not self.outstanding(commitment) >> index & 1:
            raise errors.NothingOutstanding(commitment, index)
        return commitment, clauses

    def _settle_call(self, commitment: bytes, index: int) -> None:
        left = self.state.outstanding[commitment] & ~(1 << index)
        if left:
            self.state.outstanding[commitment] = left
        else:
            del self.state.outstanding[commitment]

    def _guard_holds(self, commitment: bytes, clauses: Clauses, time: int) -> bool:
        if not clauses.guard:
            return True
        waits_for = self.guard_pending_on(commitment, time)
        if waits_for:
            raise errors.GuardPending(commitment, waits_for[0])
        outcomes = {atom: self.phase(atom, time).kept for atom in atoms(clauses.guard)}
        return evaluate(decode(clauses.guard), outcomes)

    def _call(self, commitment: bytes, index: int, call: Call) -> bool:
        """Make one call, whole or not at all; whether it succeeded."""
        ether = call.token == ZERO_ADDRESS
        if not ether and (call.token not in self.tokens or call.target == ZERO_ADDRESS):
            return False  # nothing can be approved
        taken = self.targets(commitment, index, call)
        if taken is None or (call.target in self.rejects and ether):
            return False
        if taken and not ether and not self._accepts(call.token, call.target):
            return False
        if not 0 <= taken <= call.amount:
            raise errors.InvalidInput(f"a target takes from 0 to {call.amount}, not {taken}")
        left = call.amount - taken
        if left and not self._accepts(call.token, call.remainder_to):
            return False
        self._add(self.state.pot, call.token, -call.amount)
        self._give(call.token, call.target, taken)
        self._give(call.token, call.remainder_to, left)
        return True

    # ------------------------------------------------------------------ money

    def withdraw_asset(self, env: Env, token: str, to: str) -> int:
        """The enforcer's `withdraw`: send what could not be delivered to the sender before."""
        return self._withdraw_asset(env.sender, token, to)

    def deliver_asset(self, account: str, token: str) -> int:
        """The enforcer's `deliver`: the same by anyone, to that account itself."""
        return self._withdraw_asset(account, token, account)

    def _withdraw_asset(self, account: str, token: str, to: str) -> int:
        check_address("to", to)
        amount = self.owed_of(account, token)
        if not amount:
            raise errors.NothingOwedOf(account, token)
        if to == self.enforcer:
            raise errors.TransferFailed(to)
        if not self._accepts(token, to):
            if token == ZERO_ADDRESS:
                raise errors.TransferFailed(to)
            raise self.tokens[token].refusal or errors.SafeERC20FailedOperation(token)
        del self.state.credits[account, token]
        self._add(self.state.pot, token, -amount)
        self._give(token, to, amount)
        self._emit(events.EscrowWithdrawn(account, token, to, amount))
        return amount

    def _send(self, token: str, to: str, amount: int) -> None:
        """Nothing that a receiver or a token does stops the rest: what it does not take is
        credited to it.
        """
        if not amount:
            return
        if self._accepts(token, to):
            self._add(self.state.pot, token, -amount)
            self._give(token, to, amount)
            return
        self._add(self.state.credits, (to, token), amount)
        self._emit(events.EscrowCredited(to, token, amount))

    def _accepts(self, token: str, to: str) -> bool:
        if token == ZERO_ADDRESS:
            return to not in self.rejects and to not in self.parts
        return token in self.tokens and to != ZERO_ADDRESS and to not in self.tokens[token].refuses

    def _give(self, token: str, to: str, amount: int) -> None:
        if token == ZERO_ADDRESS:
            self._move(to, amount)
        elif amount:
            self._add(self.state.tokens, (token, to), amount)

    @staticmethod
    def _add(sums: dict[tuple[str, str], int] | dict[str, int], where: object, amount: int) -> None:
        sums[where] = sums.get(where, 0) + amount  # type: ignore[index, call-overload]

    # ------------------------------------------------------------------ views

    def owed_of(self, account: str, token: str) -> int:
        """How much of a token the account may withdraw from the enforcer."""
        return self.state.credits.get((account, token), 0)

    def outstanding(self, commitment: bytes) -> int:
        """Bit i: the i-th call failed and was not made up for."""
        return self.state.outstanding.get(commitment, 0)

    def guard_pending_on(self, commitment: bytes, time: int) -> tuple[bytes, ...]:
        """The atoms of the guard, each once and in its order, that are not final. Whether the
        commitment is kept does not matter here.
        """
        clauses = self.state.clauses.get(commitment)
        if clauses is None or not clauses.guard:
            return ()
        named = dict.fromkeys(atoms(clauses.guard))
        return tuple(atom for atom in named if not self.phase(atom, time).final)

    def execution(self, commitment: bytes, time: int) -> Execution:
        """How far its clauses are, and what `execute` would do at this time. UnknownCommitment."""
        record = self._known(commitment)
        clauses = self.state.clauses.get(commitment)
        if clauses is None:
            return Execution.NOTHING
        if record.executed:
            return Execution.EXECUTED
        phase = self.phase(commitment, time)
        if not phase.final:
            return Execution.UNDECIDED
        if not phase.kept:
            return Execution.REFUNDS
        if self.guard_pending_on(commitment, time):
            return Execution.GUARD_PENDING
        holds = self._guard_holds(commitment, clauses, time)
        return Execution.PAYS if holds else Execution.REFUNDS

    def owes(self) -> dict[str, int]:
        """What the enforcer must hold of each token: the escrows not yet executed, the amounts of
        outstanding calls, and what it owes. Tokens of which it is nothing are left out.
        """
        sums: dict[str, int] = {}
        for commitment, clauses in self.state.clauses.items():
            if not self.state.records[commitment].executed:
                for asset in clauses.escrow:
                    self._add(sums, asset.token, asset.amount)
            failed = self.outstanding(commitment)
            for index, call in enumerate(clauses.calls):
                if failed >> index & 1:
                    self._add(sums, call.token, call.amount)
        for (_, token), amount in self.state.credits.items():
            self._add(sums, token, amount)
        return {token: amount for token, amount in sums.items() if amount}

    def conserved(self) -> bool:
        """Whether the enforcer holds, of each token, exactly what it owes, nothing is negative, and
        no wei came from nowhere or is lost.
        """
        state = self.state
        pot = {token: amount for token, amount in state.pot.items() if amount}
        ether = sum(state.balances.values()) + sum(state.owed.values())
        ether += state.held + state.burned + pot.get(ZERO_ADDRESS, 0)
        whole = (*pot.values(), *state.tokens.values(), *state.credits.values(), state.held)
        return pot == self.owes() and ether == 0 and min(whole) >= 0
