"""Which intent a word means, and how it stands: in the store, the book, with a relay, in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from boomerang.cli.intent_market import Market
    from boomerang.intents.client import Entry, NonceState, State
    from boomerang.intents.message import Intent
    from boomerang.intents.relay.signed import SignedIntent

_HASH = re.compile(r"0x([0-9a-f]{6,64})…?")
ENTRY = re.compile(r"(.+/.+)#([0-9]+)")
_FILE_LIMIT = 200_000


class NoIntent(InvalidInput):
    """Nothing that is known here is meant by a word."""


@dataclass
class Found:
    """An intent that was meant. `program` of an entry whose text nobody has is what the chain
    knows: its first branch, without guards.
    """

    program: Intent
    hash: bytes
    signed: SignedIntent | None = None
    entry: Entry | None = None
    where: list[str] = field(default_factory=list)
    partly: bool = False
    """Only what the book says of it is known."""


@dataclass
class Standing:
    """How an intent stands now."""

    nonce: NonceState
    sold: int
    bought: int
    left: int
    """What may still be sold: of the entry, where it is posted."""
    movable: int
    expired: bool
    posted: bool

    @property
    def word(self) -> str:
        """In a word."""
        from boomerang.intents.client import NonceState

        if self.posted:
            return "expired" if self.expired else "posted"
        if not self.left:
            return "filled"
        if self.nonce is NonceState.USED:
            return "filled in part, closed" if self.sold else "cancelled"
        if self.expired:
            return "expired"
        return "filled in part" if self.sold else "open"


class Finder:
    """Looks intents up. The chain's history is read once."""

    def __init__(
        self, market: Market, relay_url: str | None = None, *, anyones: bool = False
    ) -> None:
        """`relay_url`: a relay to ask as well. A text means what was signed with it here: by
        `--account` where it is given, by anyone with `anyones`.
        """
        self.market = market
        self.relay_url = relay_url
        self._anyones = anyones

    @cached_property
    def state(self) -> State:
        """The book, and what became of everything."""
        return self.market.settlement.state()

    @cached_property
    def remembered(self) -> dict[bytes, SignedIntent]:
        """What was signed here."""
        from boomerang.cli.intent_memory import Memory

        return Memory(self.market.app.store, self.market.domain).all()

    @cached_property
    def relayed(self) -> dict[bytes, SignedIntent]:
        """What the relay gives out."""
        if self.relay_url is None:
            return {}
        with self.market.relay(self.relay_url) as relay:
            return {one.hash: one.signed for one in relay.list() if one.signed is not None}

    def forget(self) -> None:
        """Read the chain anew when next asked."""
        self.__dict__.pop("state", None)

    def find(self, word: str) -> Found:
        """By a hash or its start, a place in the book (A/D#3), a file, or a text. NoIntent."""
        match = _HASH.fullmatch(word)
        if match:
            return self.by_hash(match[1])
        place = ENTRY.fullmatch(word)
        if place and not Path(word).exists():
            return self.by_place(place[1], int(place[2]))
        return self.by_text(word)

    def by_hash(self, digits: str) -> Found:
        """By its hash, or a start of it that is unique."""
        entries = {one.intent_hash: one for all_ in self.state.lists.values() for one in all_}
        names = {*self.remembered, *self.relayed, *entries, *self.state.announced}
        names |= set(self.state.sold)
        found = sorted(name for name in names if name.hex().startswith(digits))
        if not found:
            asked = "the store, the chain" + (" and the relay" if self.relay_url else "")
            raise NoIntent(f"no intent 0x{digits} is known: {asked} were asked")
        if len(found) > 1:
            raise NoIntent(f"0x{digits} is the start of {len(found)} intents: write more of it")
        return self._gather(found[0], entries.get(found[0]))

    def by_place(self, pair: str, number: int) -> Found:
        """By its place in the book."""
        sell, buy = self.market.pair(pair)
        entry = self.state.find(sell, buy, number)
        if entry is None:
            raise NoIntent(f"the book has no entry {pair}#{number}")
        return self._gather(entry.intent_hash, entry)

    def by_text(self, word: str) -> Found:
        """A file of a signed intent, or of a text; or the text itself."""
        from boomerang.cli.intent import read_source
        from boomerang.intents.language import parse
        from boomerang.intents.relay.signed import WrongDomain, read

        text = read_source(word)
        if text.lstrip().startswith("{"):
            signed = read(text)
            if signed.domain != self.market.domain:
                raise WrongDomain(signed.domain, self.market.domain)
            known = self.state.posted(signed.hash)
            return Found(signed.intent, signed.hash, signed, known, ["file"])
        same = [one for one in self.remembered.values() if self._is_text_of(text, one.intent)]
        if self.market.app.account is not None and not self._anyones:
            _, maker = self.market.actor()
            same = [one for one in same if one.intent.maker == maker]
        if same:
            return self._gather(same[-1].hash, self.state.posted(same[-1].hash))
        _, maker = self.market.actor()
        program = parse(text, self.market.directory, maker)
        return Found(program, program.hash(self.market.domain), None, None, ["text, not signed"])

    def _is_text_of(self, text: str, program: Intent) -> bool:
        """Whether a program was signed with this very text; nonce and deadline may be its own."""
        from boomerang.intents.language import parse

        own = {"nonce": program.nonce, "deadline": program.deadline}
        return parse(text, self.market.directory, program.maker, **own) == program

    def _gather(self, name: bytes, entry: Entry | None) -> Found:
        from boomerang.cli.intent_memory import Memory
        from boomerang.intents.client import programs

        where = Memory(self.market.app.store, self.market.domain).went(name)
        signed = self.remembered.get(name)
        if name in self.relayed:
            signed = signed or self.relayed[name]
            where.append(f"relay:{self.relay_url}")
        where = list(dict.fromkeys(where))
        if signed is not None:
            return Found(signed.intent, name, signed, entry, where)
        said = self.state.announced.get(name)
        if said is not None:
            return Found(
                programs.announced(said, self.market.domain), name, None, entry, ["announced"]
            )
        if entry is None:
            raise NoIntent(f"0x{name.hex()} was filled; nobody here has its program")
        return Found(program_of(entry), name, None, entry, ["book"], partly=True)

    def standing(self, found: Found) -> Standing:
        """How it stands."""
        from boomerang.intents.client import NonceState

        settlement, program = self.market.settlement, found.program
        # The nonce before the history: else what is filled between the two would look cancelled.
        state = settlement.nonce_state(program.maker, program.nonce)
        if state is not NonceState.UNUSED and not self.state.sold.get(found.hash):
            self.forget()
        sold = self.state.sold.get(found.hash, 0)
        left = program.amount - sold if found.entry is None else found.entry.left
        return Standing(
            state,
            sold,
            self.state.bought.get(found.hash, 0),
            left,
            settlement.movable(program.maker, program.sell),
            program.deadline < self.market.connection.chain.now(),
            found.entry is not None,
        )


def program_of(entry: Entry) -> Intent:
    """What the chain knows of an entry, as a program."""
    from boomerang.intents.message import Branch, Intent

    return Intent(
        entry.maker,
        entry.sell,
        entry.amount,
        (Branch(entry.buy, entry.least),),
        whole=False,
        deadline=entry.deadline,
    )


def found_data(market: Market, found: Found, standing: Standing) -> dict[str, Any]:
    """As JSON data."""
    entry, program = found.entry, found.program
    return {
        "hash": f"0x{found.hash.hex()}",
        "maker": program.to_message()["maker"],
        "text": market.text(program),
        "status": standing.word,
        "sold": str(standing.sold),
        "bought": str(standing.bought),
        "left": str(standing.left),
        "movable": str(standing.movable),
        "nonce": None if found.partly else str(program.nonce),
        "nonceState": None if found.partly else standing.nonce.value,
        "deadline": program.deadline,
        "where": found.where,
        "entry": None
        if entry is None
        else {
            "pair": f"{market.symbol(entry.sell)}/{market.symbol(entry.buy)}",
            "number": entry.number,
            "left": str(entry.left),
        },
        "message": None if found.partly else program.to_message(),
    }


__all__ = ["ENTRY", "Finder", "Found", "NoIntent", "Standing", "found_data", "program_of"]
