"""Arenas on a chain, as Python: matches that kept commitments are played for.

    token = TestToken.deploy(chain)
    arena = ChickenArena.deploy(chain, registry.address, token.address)
    terms = Terms((alice, bob), stake=100, prize=10, stakes_until=now + 60, entries_until=now + 120)
    match = arena.create(terms, sender=carol)      # the token's owners have approved the arena
    arena.join(match, sender=alice)
    arena.join(match, sender=bob)
    a1 = registry.publish(Content(topic=match, statement=b"Dare"), sender=alice).commitment
    arena.enter(match, a1)
    ...                                            # until everything is final
    arena.settle(match)
    arena.deliver(alice)

Each action sends one transaction and waits for it, or raises what it was refused with (`errors`, or
the token's own). `tx_…` builds the transaction without sending it. Units and times
are those of `Terms`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from boomerang.arenas.errors import Stage
from boomerang.arenas.sending import sent
from boomerang.arenas.terms import Entry, Match, Settlement, Terms, match_id
from boomerang.chains.base import CallReverted, Tx
from boomerang.client import interface
from boomerang.client.abi import Interface, UnexpectedAnswer
from boomerang.errors import InvalidInput, decode_error
from boomerang.identity import address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boomerang.artifacts import Artifact
    from boomerang.chains.base import Chain, Receipt, Signer
    from boomerang.client import Commitment, State


class Arena:
    """An arena at an address: what all of them share, whatever the game.

    `sender` sends what belongs to nobody in particular: by default the signer's account, else the
    chain's first. With a `signer` every transaction is signed by it.
    """

    CONTRACT: ClassVar[str] = "ChickenArena"
    """The contract that `deploy` creates. What all arenas share is in the ABI of each."""

    def __init__(
        self, chain: Chain, arena: str, signer: Signer | None = None, *, sender: str | None = None
    ) -> None:
        self.chain = chain
        self.address = address(arena)
        self.signer = signer
        self._sender = sender

    @classmethod
    def deploy(
        cls,
        chain: Chain,
        registry: str,
        token: str,
        *more: Any,
        sender: str | None = None,
        signer: Signer | None = None,
        artifact: Artifact | None = None,
    ) -> Self:
        """Deploy one for a registry and a token. `more` are further arguments of its constructor;
        `artifact` is a contract of your own, of which this class uses what all arenas share.
        """
        who = sender or (signer.address if signer else chain.accounts()[0])
        tx = cls.tx_deploy(who, registry, token, *more, artifact=artifact)
        receipt = sent(chain, tx, signer)
        return cls(chain, str(receipt.contract), signer, sender=sender)

    @classmethod
    def tx_deploy(
        cls, sender: str, registry: str, token: str, *more: Any, artifact: Artifact | None = None
    ) -> Tx:
        """The transaction that creates one."""
        contract = Interface(artifact) if artifact else cls.interface()
        return Tx(sender, None, contract.creation(registry, token, *more))

    @classmethod
    def interface(cls) -> Interface:
        """The ABI, and the code that `deploy` uses."""
        return interface(cls.CONTRACT)

    @property
    def sender(self) -> str:
        """Who sends what belongs to nobody in particular."""
        if self._sender is None:
            self._sender = self.signer.address if self.signer else self.chain.accounts()[0]
        return self._sender

    # ----------------------------------------------------------------------------- actions

    def create(self, terms: Terms, *, sender: str | None = None) -> bytes:
        """Make a match; its id. The sender is its sponsor, and pays the prize."""
        self._send(self.tx_create(terms, sender=sender))
        return self.match_id(terms, sponsor=sender)

    def tx_create(self, terms: Terms, *, sender: str | None = None) -> Tx:
        return self._tx(sender, "create", terms.as_abi())

    def join(self, match: bytes, *, sender: str | None = None) -> Receipt:
        """Put up the sender's stake."""
        return self._send(self.tx_join(match, sender=sender))

    def tx_join(self, match: bytes, *, sender: str | None = None) -> Tx:
        return self._tx(sender, "join", match)

    def enter(self, match: bytes, of: Commitment, *, sender: str | None = None) -> Receipt:
        """Let a player's commitment count. Anybody may."""
        return self._send(self.tx_enter(match, of, sender=sender))

    def tx_enter(self, match: bytes, of: Commitment, *, sender: str | None = None) -> Tx:
        values = (match, of.key.committer, of.key.stake, of.content.body)
        return self._tx(sender, "enter", *values)

    def settle(self, match: bytes, *, sender: str | None = None) -> Settlement:
        """Credit everybody what the game gives. Anybody may, once everything entered is final."""
        return self.settlement(match, self._send(self.tx_settle(match, sender=sender)))

    def tx_settle(self, match: bytes, *, sender: str | None = None) -> Tx:
        return self._tx(sender, "settle", match)

    def call_off(self, match: bytes, *, sender: str | None = None) -> Receipt:
        """Credit everybody what he put up, where not all have joined in time. Anybody may."""
        return self._send(self.tx_call_off(match, sender=sender))

    def tx_call_off(self, match: bytes, *, sender: str | None = None) -> Tx:
        return self._tx(sender, "callOff", match)

    def withdraw(self, to: str, *, sender: str | None = None) -> Receipt:
        """Send the sender's credit to any address."""
        return self._send(self.tx_withdraw(to, sender=sender))

    def tx_withdraw(self, to: str, *, sender: str | None = None) -> Tx:
        return self._tx(sender, "withdraw", to)

    def deliver(self, account: str, *, sender: str | None = None) -> Receipt:
        """Send an account its credit. Anybody may."""
        return self._send(self.tx_deliver(account, sender=sender))

    def tx_deliver(self, account: str, *, sender: str | None = None) -> Tx:
        return self._tx(sender, "deliver", account)

    def settlement(self, match: bytes, receipt: Receipt) -> Settlement:
        """What a mined `settle` came to."""
        players = self.match(match).players
        for log in receipt.logs:
            event = self.interface().read(log) if log.address == self.address else None
            if event is None or event.arguments.get("id") != match:
                continue
            if event.name == "CalledOff":
                stake = self.match(match).stake
                return Settlement({}, dict.fromkeys(players, stake), called_off=True)
            if event.name == "Settled":
                stated = dict(zip(players, event.arguments["stated"], strict=True))
                payouts = dict(zip(players, event.arguments["payouts"], strict=True))
                return Settlement(stated, payouts)
        raise UnexpectedAnswer(f"this transaction does not settle the match 0x{match.hex()}")

    # ------------------------------------------------------------------------------- views

    def match_id(self, terms: Terms, *, sponsor: str | None = None) -> bytes:
        """The id of a match that `sponsor` makes or would make: the topic of its commitments."""
        return match_id(self.chain.chain_id, self.address, sponsor or self.sender, terms)

    def match(self, match: bytes) -> Match:
        """How a match stands; one that nobody made is in stage NONE."""
        values = self.view("matchOf", match)
        stage, joined, stakes_until, entries_until, sponsor, stake, prize, losses, players = values
        return Match(
            id=match,
            stage=Stage(stage),
            joined=joined,
            sponsor=sponsor,
            players=tuple(players),
            stake=stake,
            prize=prize,
            stakes_until=stakes_until,
            entries_until=entries_until,
            losses_to=losses,
        )

    def entries(self, match: bytes, player: str) -> list[Entry]:
        """The commitments of a player that count."""
        return [Entry(id_, action) for id_, action in self.view("entriesOf", match, player)]

    def missing(self, match: bytes, state: State) -> list[Commitment]:
        """Published commitments of players about this match that could be entered and were not.
        Whoever relies on one should see that it is not among them when entering ends.
        """
        players = self.match(match).players
        entered = {entry.id for player in players for entry in self.entries(match, player)}
        return [
            one
            for one in state.commitments.values()
            if one.content.topic == match
            and one.key.committer in players
            and one.id not in entered
            and self.action_of(one.content.statement)
        ]

    def action_of(self, statement: bytes) -> int:
        """The flag of what a statement states; 0 where the game knows no such action."""
        return int(self.view("actionOf", statement))

    def prize_of(self, players: int, stake: int) -> int:
        """The least prize of a match. Raises BadTerms where it makes no game."""
        return int(self.view("prizeOf", players, stake))

    def payouts_of(self, stake: int, stated: Iterable[int]) -> list[int]:
        """What each player would get, stake included, by the flags of what each is bound to."""
        return list(self.view("payoutsOf", stake, list(stated)))

    def owed(self, account: str) -> int:
        """How much the account may withdraw."""
        return int(self.view("owed", account))

    def token(self) -> str:
        """The token that is played for."""
        return str(self.view("TOKEN"))

    def registry(self) -> str:
        """The registry whose outcomes count."""
        return str(self.view("REGISTRY"))

    def view(self, function: str, *values: Any) -> Any:
        """Any view by its name, with ABI values."""
        entry = self.interface().functions[function]
        try:
            answer = self.chain.call(Tx(self.sender, self.address, entry.encode(*values)))
        except CallReverted as error:
            raise decode_error(error.data) from None
        if not answer:
            raise UnexpectedAnswer(f"there is no arena at {self.address}")
        return entry.decode(answer)

    def _tx(self, sender: str | None, function: str, *values: Any) -> Tx:
        data = self.interface().functions[function].encode(*values)
        return Tx(sender or self.sender, self.address, data)

    def _send(self, tx: Tx) -> Receipt:
        if self.signer is not None and self.signer.address != tx.sender:
            raise InvalidInput(f"{tx.sender} must send this; the signer is {self.signer.address}")
        return sent(self.chain, tx, self.signer)


class ChickenArena(Arena):
    """Chicken for two: Dare, Stop, Swerve. A stake is 100 points; the table is that of
    `games.catalogue.bargaining`."""

    CONTRACT = "ChickenArena"

    DARE = 1
    STOP = 2
    SWERVE = 4


class PublicGoodsArena(Arena):
    """A public good for many: Contribute, or not. `deploy(chain, registry, token, factor)`, with
    what a contributed token becomes in basis points, 10,000 to 160,000.
    """

    CONTRACT = "PublicGoodsArena"

    CONTRIBUTE = 1

    def factor(self) -> int:
        """What a contributed token becomes, in basis points."""
        return int(self.view("FACTOR"))
