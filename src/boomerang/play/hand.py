"""The hand of a seat: it turns moves into the registry's actions, and keeps the secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from boomerang import actions, decisions
from boomerang.errors import BoomerangError
from boomerang.identity import NONCE_BITS, SALT_SIZE, Opening, format_id
from boomerang.play import moves

if TYPE_CHECKING:
    from random import Random

    from boomerang.actions import Action
    from boomerang.client.state import Commitment, State
    from boomerang.content import Content
    from boomerang.identity import Domain, Key
    from boomerang.parameters import Parameters
    from boomerang.play.moves import OnChain


class ImpossibleMove(BoomerangError):
    """A move that nobody could carry out: an opening that is not known, say. An agent's mistake."""

    exit_code = 2


class Secrets(Protocol):
    """Where nonces and salts come from, and where openings are kept."""

    def nonce(self) -> int:
        """A fresh nonce, 56 bits."""
        ...

    def plan(self, domain: Domain, key: Key, decision: bytes, content: Content) -> Opening:
        """A new opening with a fresh salt. It returns once the opening cannot be lost any more."""
        ...


class SeededSecrets:
    """From a seed, in memory: for matches within one process, which are no secret. The same seed
    gives the same ids and seals on every kind of table.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def nonce(self) -> int:
        return self._rng.getrandbits(NONCE_BITS)

    def plan(self, domain: Domain, key: Key, decision: bytes, content: Content) -> Opening:
        del domain, key, content
        return Opening(decision, self._rng.randbytes(SALT_SIZE))


@dataclass(slots=True)
class Hand:
    """Carries out one account's moves. `openings`: all that it can open, told ones included;
    `told` says which seat told them.
    """

    account: str
    domain: Domain
    parameters: Parameters
    secrets: Secrets
    openings: dict[bytes, Opening] = field(default_factory=dict)
    told: dict[bytes, int] = field(default_factory=dict)
    _others: dict[bytes, list[Opening]] = field(default_factory=dict)

    def action(self, move: OnChain, state: State) -> Action:
        """The action of a move, given the registry's state as its agent sees it. A seal's opening
        is kept before this returns. Raises ImpossibleMove.
        """
        match move:
            case moves.Publish(content, bond, cover):
                key = content.key(self.account, self.secrets.nonce(), bond, cover)
                ether = content.clauses.escrowed_ether if content.clauses else 0
                value = bond + self.parameters.fee + ether
                return actions.Publish(key, content.topic, content.body, value)
            case moves.Seal(of, decision):
                one = self._commitment(of, state)
                program = decisions.encode(decision)
                opening = self.secrets.plan(self.domain, one.key, program, one.content)
                self.keep(of, opening)
                return actions.Seal(one.key, self.domain.seal(one.key, program, opening.salt))
            case moves.Open(of):
                one, opening = self._commitment(of, state), self.opening(of, state)
                own = one.key.committer == self.account
                needed: tuple[Key, ...] | None = None
                if one.key.cover or not own:
                    keys = state.dependencies(opening.decision, of) if one.key.cover else ()
                    needed = None if own and not keys else keys
                return actions.Open(one.key, opening.decision, opening.salt, needed)
            case moves.Offer(of, to):
                return actions.Offer(self._commitment(of, state).key, to)
            case moves.Decline(of, offering):
                return actions.Decline(self._commitment(of, state).key, offering)
            case moves.Revoke(of):
                return actions.Revoke(self._commitment(of, state).key)
            case moves.Expose(of):
                one, opening = self._commitment(of, state), self.opening(of, state)
                return actions.Expose(one.key, opening.decision, opening.salt)
            case moves.Join(of, ids):
                return actions.Join(self._commitment(of, state).key, tuple(sorted(ids)))
            case moves.Draw(ids):
                return actions.Draw(ids)

    def opening(self, of: bytes, state: State) -> Opening:
        """The opening that it knows: where there are several, the one of the seal that is on the
        chain, if that can be seen. Raises ImpossibleMove.
        """
        found = self.openings.get(of)
        if found is None:
            raise ImpossibleMove(f"no opening of {format_id(of, short=True)} is known here")
        if of in self._others and of in state.commitments:
            key, seal = state.commitments[of].key, state.model.record(of).seal
            for one in (found, *self._others[of]):
                if self.domain.seal(key, one.decision, one.salt) == seal:
                    self.openings[of] = one
                    return one
        return found

    def keep(self, of: bytes, opening: Opening) -> None:
        """One more opening, of a seal that is about to be sent. An earlier one stays: its seal may
        still be under way, and if that comes first, this one opens nothing.
        """
        earlier = self.openings.get(of)
        if earlier is not None and earlier != opening:
            self._others.setdefault(of, []).append(earlier)
        self.openings[of] = opening

    def hear(self, of: bytes, opening: Opening, seat: int) -> None:
        """Another seat told an opening."""
        self.openings.setdefault(of, opening)
        self.told.setdefault(of, seat)

    @staticmethod
    def _commitment(of: bytes, state: State) -> Commitment:
        found = state.commitments.get(of)
        if found is None:
            raise ImpossibleMove(f"{format_id(of, short=True)} has not been seen on the chain")
        return found


def told_seat(to: int, seats: int) -> int:
    """The seat that something is told. Raises ImpossibleMove where there is none such."""
    if not 0 <= to < seats:
        raise ImpossibleMove(f"there is no seat {to} to tell anything: they are 0 to {seats - 1}")
    return to


__all__ = ["Hand", "ImpossibleMove", "Secrets", "SeededSecrets", "told_seat"]
