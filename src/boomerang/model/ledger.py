"""What all rules of the model stand on: the environment of a call, look-ups, phases and money."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from boomerang import errors
from boomerang.identity import ZERO_ADDRESS, check_address, check_uint
from boomerang.model import events
from boomerang.model.order import precedes
from boomerang.model.outside import PlainTargets, part_address
from boomerang.model.state import Phase, Record, Standing, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from boomerang.identity import Domain
    from boomerang.model.order import DrawSource
    from boomerang.model.outside import Targets, Token
    from boomerang.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Env:
    """A call: who sends it, in which block, at which Unix second, with how many wei.

    `plain_key` says that the sender calls directly from an account without code (section 4).
    """

    sender: str
    block_number: int
    time: int
    value: int = 0
    plain_key: bool = True

    def __post_init__(self) -> None:
        check_address("sender", self.sender)
        check_uint("block_number", self.block_number, 64)
        check_uint("time", self.time, 64)
        check_uint("value", self.value, 256)


class Ledger:
    """State with its look-ups, and the world outside of it.

    `rejects` are accounts that do not accept ether when it is sent; `tokens` the ERC-20s that
    exist, by address, and how they behave; `targets` says what calls come to. They may be replaced
    at any time, as the world changes; they are no part of the state.
    """

    def __init__(
        self,
        domain: Domain,
        parameters: Parameters,
        draws: DrawSource,
        rejects: Set[str] = frozenset(),
        tokens: Mapping[str, Token] | None = None,
        targets: Targets | None = None,
    ) -> None:
        self.domain = domain
        self.parameters = parameters
        self.draws = draws
        self.enforcer = part_address(domain.registry, 1)
        self.groups = part_address(domain.registry, 2)
        self.parts = frozenset({domain.registry, self.enforcer, self.groups})
        self.rejects = frozenset(rejects)
        self.tokens = dict(tokens or {})
        self.targets: Targets = targets or PlainTargets(self.parts)
        self.state = State()

    def copy(self) -> Self:
        """An independent model in the same state, at the price of copying some dictionaries."""
        world = (self.rejects, self.tokens, self.targets)
        twin = type(self)(self.domain, self.parameters, self.draws, *world)
        twin.state = self.state.copy()
        return twin

    @contextmanager
    def _atomic(self) -> Iterator[None]:
        """All or nothing: an error on the way leaves the model as it was."""
        before = self.state.copy()
        try:
            yield
        except errors.ChainError:
            self.state = before
            raise

    # ------------------------------------------------------------------ commitments

    def _known(self, commitment: bytes) -> Record:
        record = self.state.records.get(commitment)
        if record is None:
            raise errors.UnknownCommitment(commitment)
        return record

    def _own(self, committer: str, stake: int, content_hash: bytes) -> tuple[bytes, Record]:
        """The committer's commitment with this stake and content."""
        commitment = self.domain.id_of(committer, stake, content_hash)
        record = self.state.records.get(commitment)
        if record is None:
            raise errors.NotCommitter(committer, commitment)
        return commitment, record

    def _set(self, commitment: bytes, **changes: object) -> Record:
        record = replace(self.state.records[commitment], **changes)  # type: ignore[arg-type]
        self.state.records[commitment] = record
        return record

    def _emit(self, event: events.Event) -> None:
        self.state.events.append(event)

    def _standing(self, commitment: bytes) -> Standing:
        return self.state.standings.get(commitment) or Standing(commitment, 0)

    def _precedes(self, x: bytes, y: bytes) -> bool | None:
        """x < y; False for x = y, None while undecided."""
        return x != y and precedes(self.state.records[x], self.state.records[y])

    def phase(self, commitment: bytes, time: int) -> Phase:
        """The phase at a time, from the stored one. Unsealed and Unrevealed are facts of time
        (section 2): true for everyone, whether or not anybody has poked the registry.
        """
        record = self.state.records.get(commitment)
        if record is None:
            return Phase.UNPUBLISHED
        if record.phase is Phase.TENTATIVE and time >= record.freeze:
            return Phase.UNSEALED
        if record.phase is Phase.SEALED and time >= record.freeze:
            late = time > record.freeze + self.parameters.reveal_window
            return Phase.UNREVEALED if late else Phase.REVEALING
        return record.phase

    # ------------------------------------------------------------------ checks

    def _require_phase(self, commitment: bytes, stored: Phase, time: int) -> None:
        if self.state.records[commitment].phase is not stored:
            raise errors.WrongPhase(commitment, self.phase(commitment, time))

    def _require_not_final(self, commitment: bytes, time: int) -> None:
        current = self.phase(commitment, time)
        if current.final:
            raise errors.WrongPhase(commitment, current)

    @staticmethod
    def _require_from(commitment: bytes, opens_at: int, time: int) -> None:
        if time < opens_at:
            raise errors.TooEarly(commitment, opens_at, time)

    @staticmethod
    def _require_before(commitment: bytes, closed_at: int, time: int) -> None:
        if time >= closed_at:
            raise errors.TooLate(commitment, closed_at, time)

    @staticmethod
    def _require_signer(env: Env, committer: str, deadline: int, signer: str) -> None:
        """`signer` is whom a signature speaks for; zero for nobody."""
        if env.time > deadline:
            raise errors.SignatureExpired(deadline, env.time)
        if signer != committer or signer == ZERO_ADDRESS:
            raise errors.WrongSigner(committer, signer)

    # ------------------------------------------------------------------ money

    def _move(self, account: str, amount: int) -> None:
        self.state.balances[account] = self.state.balances.get(account, 0) + amount

    def _collect(self, account: str, bond: int, fee: int) -> None:
        """Take a bond to hold, and a fee to burn."""
        self._move(account, -bond - fee)
        self.state.held += bond
        self.state.burned += fee

    def _release(self, account: str, amount: int) -> None:
        """Pay out of what is held. What an account does not accept is credited to it."""
        self.state.held -= amount
        if not amount:
            return
        if account not in self.rejects:
            self._move(account, amount)
            return
        self.state.owed[account] = self.state.owed.get(account, 0) + amount
        self._emit(events.Credited(account, amount))

    def _burn(self, amount: int) -> None:
        """Held ether that nobody gets any more: it stays in the registry for ever."""
        self.state.held -= amount
        self.state.burned += amount
