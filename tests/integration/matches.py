"""Matches of an arena, played second by second: for tests of arenas and of games."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.arenas import NOBODY, Arena, Stage, Terms, TestToken
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.client import Registry
from boomerang.content import Clauses, Content
from boomerang.decisions import encode, parse
from boomerang.identity import Opening, new_salt

if TYPE_CHECKING:
    from boomerang.client import Commitment

ALICE, BOB, CAROL, DAVE, ERIN = (
    DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol", "dave", "erin")
)
EVERYBODY = (ALICE, BOB, CAROL, DAVE, ERIN)
PURSE = 1_000
STAKES_UNTIL, ENTRIES_UNTIL = 0, 60
"""Seconds of a play: commitments are published from second 1 on."""


class Play:
    """A registry, a token, an arena and a match that is about to begin."""

    def __init__(
        self,
        registry: Registry,
        token: TestToken,
        arena: Arena,
        players: tuple[str, ...] = (ALICE, BOB),
        stake: int = 100,
        sponsor: str = CAROL,
    ) -> None:
        self.registry, self.token, self.arena = registry, token, arena
        self.sponsor = sponsor
        self.chain = registry.chain
        self.start = self.chain.head().time + 10
        self.terms = Terms(
            players=players,
            stake=stake,
            prize=arena.prize_of(len(players), stake),
            stakes_until=self.start + STAKES_UNTIL,
            entries_until=self.start + ENTRIES_UNTIL,
        )
        self.match = arena.match_id(self.terms, sponsor=sponsor)
        self.openings: dict[bytes, Opening] = {}
        self.names: dict[str, bytes] = {}

    def begin(self) -> None:
        """Create and join, all in the last second for it."""
        txs = [self.arena.tx_create(self.terms, sender=self.sponsor)]
        txs += [self.arena.tx_join(self.match, sender=one) for one in self.terms.players]
        assert all(receipt.ok for receipt in self.chain.mine(self.start, txs))
        assert self.arena.match(self.match).stage is Stage.RUNNING

    def publish(
        self,
        at: int,
        who: str,
        name: str,
        statement: str = "Dare",
        clauses: Clauses | None = None,
        topic: bytes | None = None,
    ) -> Commitment:
        """Publish about the match, and have a bystander enter it."""
        content = Content(
            topic=self.match if topic is None else topic,
            statement=statement.encode(),
            clauses=clauses,
        )
        key = content.key(who, len(self.names), 0, 0)
        (receipt,) = self.chain.mine(self.start + at, [self.registry.tx_publish(key, content)])
        self.registry.outcome(receipt)
        commitment = self.registry.commitment(key, content, receipt)
        self.names[name] = commitment.id
        return commitment

    def seal(self, at: int, of: Commitment, text: str) -> None:
        opening = Opening(encode(parse(text, self.names)), new_salt())
        self.openings[of.id] = opening
        seal = self.registry.domain.seal(of.key, opening.decision, opening.salt)
        (receipt,) = self.chain.mine(self.start + at, [self.registry.tx_seal(of, seal)])
        self.registry.outcome(receipt)

    def open(self, at: int, of: Commitment) -> None:
        tx = self.registry.tx_reveal(of, self.openings[of.id])
        (receipt,) = self.chain.mine(self.start + at, [tx])
        self.registry.outcome(receipt)

    def enter_all(self) -> list[Commitment]:
        found = self.arena.missing(self.match, self.registry.state())
        for one in found:
            self.arena.enter(self.match, one, sender=DAVE)
        return found

    def resolve(self, at: int) -> None:
        """Settle, in the registry, whatever can be by then."""
        self.chain.mine(max(self.start + at, self.chain.head().time + 1))
        self.registry.resolve(sender=DAVE)

    def change(self, who: str) -> int:
        return self.token.balance_of(who) - PURSE

    def pay_out(self) -> None:
        for who in dict.fromkeys((*EVERYBODY, *self.terms.players, self.sponsor, NOBODY)):
            if self.arena.owed(who):
                self.arena.deliver(who, sender=DAVE)
        assert self.token.balance_of(self.arena.address) == 0


def equip(token: TestToken, *spenders: str) -> None:
    for who in EVERYBODY:
        token.mint(who, PURSE)
        for spender in spenders:
            token.approve(who, spender, PURSE)
