"""What the model remembers: balances, pools, nonces, the book. No rules but the layout.

All of it lives in `Table`s over one journal, so that a batch or a cycle that fails is taken back at
the price of what it wrote.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator

    from boomerang.intents.model.events import Event
    from boomerang.intents.pools import Pool

Key = TypeVar("Key")
Value = TypeVar("Value")
_ABSENT: Any = object()


class Journal:
    """What was written, and what stood there before."""

    def __init__(self) -> None:
        self._written: list[tuple[dict[Any, Any], Any, Any]] = []
        self._attempts = 0  # that are under way
        self.events: list[Event] = []

    def note(self, values: dict[Any, Any], key: object) -> None:
        """Something is about to be written."""
        if self._attempts:
            self._written.append((values, key, values.get(key, _ABSENT)))

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """All or nothing: an exception on the way leaves everything as it was."""
        written, logged = len(self._written), len(self.events)
        self._attempts += 1
        try:
            yield
        except BaseException:
            while len(self._written) > written:
                values, key, value = self._written.pop()
                if value is _ABSENT:
                    del values[key]
                else:
                    values[key] = value
            del self.events[logged:]
            raise
        finally:
            self._attempts -= 1
            if not self._attempts:
                self._written.clear()


class Table(Generic[Key, Value]):
    """A dictionary with a default, whose writings can be taken back."""

    __slots__ = ("_default", "_journal", "_values")

    def __init__(self, journal: Journal, default: Value, values: dict[Key, Value] | None = None):
        self._journal = journal
        self._default = default
        self._values: dict[Key, Value] = dict(values or {})

    def __getitem__(self, key: Key) -> Value:
        return self._values.get(key, self._default)

    def __setitem__(self, key: Key, value: Value) -> None:
        self._journal.note(self._values, key)
        self._values[key] = value

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def items(self) -> ItemsView[Key, Value]:
        return self._values.items()

    def copy(self, journal: Journal) -> Table[Key, Value]:
        return Table(journal, self._default, self._values)


FOREVER: Final = 2**32 - 1
"""The deadline of an entry that never expires."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is left of a posted intent; `amount` and `least` are its rate for ever, and `deadline`
    is FOREVER where the intent's is that or later.
    """

    maker: bytes
    amount: int
    least: int
    left: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Part:
    """An intent that was filled in part, and how much of it was sold."""

    intent: bytes
    sold: int


Pair: TypeAlias = tuple[bytes, bytes]
"""What is sold, and what for."""


class State:
    """The settlement's storage, and what it sees of tokens and pairs.

    `balances` and `allowances` (to the settlement) are by (token, account); `pools` by the pair's
    address; `used` says which (maker, nonce) refuse everything, `parts` which are open; `lists` are
    the numbers of entries from the head on, by (sell, buy), `counts` how many there ever were, and
    `entries` are by (sell, buy, number).
    """

    def __init__(self) -> None:
        self.journal = Journal()
        self.balances: Table[Pair, int] = Table(self.journal, 0)
        self.allowances: Table[Pair, int] = Table(self.journal, 0)
        self.pools: Table[bytes, Pool | None] = Table(self.journal, None)
        self.used: Table[tuple[bytes, int], bool] = Table(self.journal, False)
        self.parts: Table[tuple[bytes, int], Part | None] = Table(self.journal, None)
        self.approvals: Table[tuple[bytes, bytes], bool] = Table(self.journal, False)
        self.lists: Table[Pair, tuple[int, ...]] = Table(self.journal, ())
        self.counts: Table[Pair, int] = Table(self.journal, 0)
        self.entries: Table[tuple[bytes, bytes, int], Entry | None] = Table(self.journal, None)

    @property
    def events(self) -> list[Event]:
        return self.journal.events

    def copy(self) -> State:
        """An independent state."""
        twin = State()
        twin.journal.events = list(self.events)
        for name, table in vars(self).items():
            if isinstance(table, Table):
                setattr(twin, name, table.copy(twin.journal))
        return twin
