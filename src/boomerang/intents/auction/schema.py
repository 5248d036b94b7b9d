"""The auction file: YAML or JSON, checked line by line before anything is solved.

docs/solver.md has the format. Names that are given no address get one from their name alone, so
that a file says the same wherever it is read.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from boomerang.errors import BoomerangError, InvalidInput, Located
from boomerang.hashing import keccak_text
from boomerang.identity import ID_SIZE
from boomerang.intents import language
from boomerang.intents.auction.errors import AuctionError
from boomerang.intents.auction.solution import fraction
from boomerang.intents.auction.state import Auction, Item, Pool, Token, check_postable
from boomerang.intents.message import MAX_AMOUNT
from boomerang.intents.pools import sort_tokens
from boomerang.scenarios.source import Document, Path, ScenarioError, read_document, suggest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boomerang.intents.message import Intent


# ---- scalars -----------------------------------------------------------------------------------


def _integer(value: object) -> int:
    number = fraction(value)
    if number.denominator != 1 or number < 0:
        raise ValueError(f"must be a whole number of 0 or more, not '{value}'")
    return int(number)


def _not_negative(value: object) -> Fraction:
    number = fraction(value)
    if number < 0:
        raise ValueError("must not be negative")
    return number


def _bytes(size: int, what: str) -> Any:
    def read(value: object) -> bytes:
        try:
            raw = bytes.fromhex(str(value).removeprefix("0x"))
        except ValueError:
            raw = b""
        if len(raw) != size:
            raise ValueError(f"must be {what}: 0x and {2 * size} hex digits, not '{value}'")
        return raw

    return BeforeValidator(read)


def _truth(value: object) -> bool:
    if str(value).casefold() not in ("true", "false"):
        raise ValueError(f"must be true or false, not '{value}'")
    return str(value).casefold() == "true"


def _outcome(value: object) -> bool:
    if str(value) not in ("kept", "reverted"):
        raise ValueError(f"must be kept or reverted, not '{value}'; what is not final is left out")
    return str(value) == "kept"


Whole = Annotated[int, BeforeValidator(_integer)]
Units = Annotated[int, BeforeValidator(_integer), Field(le=MAX_AMOUNT)]
Price = Annotated[Fraction, BeforeValidator(_not_negative)]
Address = Annotated[bytes, _bytes(20, "an address")]
Truth = Annotated[bool, BeforeValidator(_truth)]
Outcome = Annotated[bool, BeforeValidator(_outcome)]


# ---- parts -------------------------------------------------------------------------------------


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class TokenPart(_Part):
    decimals: Annotated[Whole, Field(le=255)] = 18
    address: Address | None = None


class PoolPart(_Part):
    id: str
    tokens: Annotated[tuple[str, ...], Field(min_length=2, max_length=2)]
    reserves: Annotated[tuple[Units, ...], Field(min_length=2, max_length=2)]
    fee_bps: Annotated[Whole, Field(alias="feeBps", lt=10_000)] = 30
    address: Address | None = None
    touched: Truth = False


class IntentPart(_Part):
    id: str
    by: str | None = None
    text: str | None = None
    message: dict[str, Any] | None = None
    book: Truth = False
    left: Units | None = None
    nonce: Whole | None = None
    deadline: Whole | None = None


class File(_Part):
    name: str = ""
    description: str = ""
    time: Whole = 0
    tokens: dict[str, TokenPart]
    pools: tuple[PoolPart, ...] = ()
    prices: dict[str, Price] = {}
    accounts: dict[str, Address] = {}
    outcomes: dict[str, Outcome] = {}
    intents: tuple[IntentPart, ...] = ()


# ---- reading -----------------------------------------------------------------------------------


def load(path: FilePath | str) -> Auction:
    """Read an auction file. `AuctionError` names the line that makes no sense."""
    path = FilePath(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AuctionError(str(path), 0, f"cannot be read: {reason}") from error
    return parse(text, str(path))


def parse(text: str, source: str = "auction") -> Auction:
    """An auction from text."""
    try:
        document = read_document(text, source)
    except ScenarioError as error:
        raise AuctionError(source, error.line, error.problem) from error
    if not isinstance(document.data, dict):
        raise AuctionError(source, 1, "an auction is a mapping: {tokens: …, intents: …}")
    return _Builder(document, _validate(document)).build()


def _validate(document: Document) -> File:
    try:
        return File.model_validate(_filled(document.data))
    except ValidationError as error:
        # A key that nobody knows explains what is missing.
        every = error.errors(include_url=False)
        detail = min(every, key=lambda each: each["type"] != "extra_forbidden")
    where: Path = detail["loc"]
    last = str(where[-1]) if where else ""
    match detail["type"]:
        case "extra_forbidden":
            parts: dict[str, type[_Part]] = {
                "tokens": TokenPart,
                "pools": PoolPart,
                "intents": IntentPart,
            }
            part = parts.get(str(where[0]), File) if len(where) > 1 else File
            known = [field.alias or name for name, field in part.model_fields.items()]
            problem = f"unknown key '{last}'{suggest(last, known)}"
        case "missing":
            problem = f"'{last}' is missing"
        case "value_error":
            problem = f"{last}: {detail['msg'].removeprefix('Value error, ')}"
        case "less_than_equal" | "less_than":
            problem = f"{last}: is larger than can be"
        case _:
            problem = f"{last}: {detail['msg'][0].lower()}{detail['msg'][1:]}"
    raise AuctionError(document.source, document.line(where), problem)


def _filled(data: Any) -> Any:
    """Without keys that have no value: they are as good as absent."""
    if isinstance(data, dict):
        return {key: _filled(value) for key, value in data.items() if value is not None}
    return [_filled(item) for item in data] if isinstance(data, list) else data


def derived(kind: str, name: str, size: int = 20) -> bytes:
    """The address (or id) of a name that is given none."""
    return keccak_text(f"boomerang auction {kind} {name}")[:size]


class _Builder:
    def __init__(self, document: Document, file: File) -> None:
        self.document = document
        self.file = file
        self.tokens: dict[str, Token] = {}
        self.accounts: dict[str, bytes] = dict(file.accounts)

    def error(self, path: Path, problem: str) -> AuctionError:
        return AuctionError(self.document.source, self.document.line(path), problem)

    def build(self) -> Auction:
        file = self.file
        for name, part in file.tokens.items():
            price = file.prices.get(name, Fraction(1)) / 10**part.decimals
            at = part.address or derived("token", name)
            self.tokens[name] = Token(name, at, part.decimals, price)
        for name in file.prices:
            self.token(name, ("prices", name))
        pools = tuple(self.pool(n, part) for n, part in enumerate(file.pools))
        outcomes = {self.commitment(name): kept for name, kept in file.outcomes.items()}
        try:
            directory = self.directory(pools)
        except InvalidInput as error:
            raise self.error(("tokens",), str(error)) from error
        items = tuple(self.item(n, part, directory) for n, part in enumerate(file.intents))
        self.check_ids()
        try:
            addresses = {token.address: token for token in self.tokens.values()}
            return Auction(addresses, pools, items, file.time, outcomes, file.name)
        except InvalidInput as error:
            raise self.error((), str(error)) from error

    def check_ids(self) -> None:
        for key, ids in (
            ("pools", [part.id for part in self.file.pools]),
            ("intents", [part.id for part in self.file.intents]),
        ):
            seen: set[str] = set()
            for n, name in enumerate(ids):
                if name in seen:
                    raise self.error((key, n, "id"), f"'{name}' is given twice")
                seen.add(name)

    def token(self, name: str, path: Path) -> Token:
        if name not in self.tokens:
            hint = suggest(name, self.tokens)
            raise self.error(path, f"no token is called '{name}'{hint}")
        return self.tokens[name]

    def pool(self, n: int, part: PoolPart) -> Pool:
        a, b = (
            self.token(name, ("pools", n, "tokens")).address
            for name in (part.tokens[0], part.tokens[1])
        )
        try:
            return Pool(
                part.id,
                (a, b),
                (part.reserves[0], part.reserves[1]),
                Fraction(part.fee_bps, 10_000),
                part.address or derived("pool", part.id),
                part.touched,
            )
        except InvalidInput as error:
            raise self.error(("pools", n), str(error)) from error

    def commitment(self, name: str) -> bytes:
        if name.lower().startswith("0x"):
            try:
                raw = bytes.fromhex(name[2:])
            except ValueError:
                raw = b""
            if len(raw) != ID_SIZE:
                raise self.error(("outcomes", name), f"an id has {ID_SIZE} bytes, not '{name}'")
            return raw
        return derived("commitment", name, ID_SIZE)

    def directory(self, pools: tuple[Pool, ...]) -> language.Directory:
        """What names in texts mean. Commitments that the file does not call final are known too:
        as undecided ones.
        """
        for part in self.file.intents:
            if part.by and part.by not in self.accounts and not part.by.startswith("0x"):
                self.accounts[part.by] = derived("account", part.by)
        return language.Directory(
            tokens=tuple(
                language.Token(token.name, token.address, token.decimals)
                for token in self.tokens.values()
            ),
            accounts=self.accounts,
            commitments=_Commitments(self),
            pairs={sort_tokens(*pool.tokens): pool.address for pool in pools},
        )

    def item(self, n: int, part: IntentPart, directory: language.Directory) -> Item:
        path: Path = ("intents", n)
        if (part.text is None) == (part.message is None):
            raise self.error(path, "an intent has a 'text' or a 'message'")
        try:
            intent = self.intent(n, part, directory)
            if part.book and (why := check_postable(intent)):
                raise self.error(path, f"intent {part.id} cannot be posted: {why}")
            return Item(
                part.id,
                intent,
                part.by or directory.account_name(intent.maker) or "",
                part.book,
                -1 if part.left is None else part.left,
            )
        except Located as error:
            inside = (*path, "text")
            # A block of text starts on the line after its key.
            block = 1 if part.text and "\n" in part.text else 0
            line = self.document.line(inside) + error.line - 1 + block
            hint = f"; did you mean {error.suggestion!r}?" if error.suggestion else ""
            raise AuctionError(self.document.source, line, error.reason + hint) from error
        except AuctionError:
            raise
        except BoomerangError as error:
            raise self.error(path, str(error)) from error

    def intent(self, n: int, part: IntentPart, directory: language.Directory) -> Intent:
        path: Path = ("intents", n)
        if part.message is not None:
            intent = language.from_json(_numbers(part.message))
            if part.by and self.maker(part.by, path) != intent.maker:
                raise self.error((*path, "by"), f"'{part.by}' is not the maker of the message")
            return intent
        if part.text is None or not part.by:
            raise self.error(path, "'by' is missing: who signs the text")
        return language.parse(
            part.text,
            directory,
            self.maker(part.by, path),
            nonce=n if part.nonce is None else part.nonce,
            deadline=part.deadline,
        )

    def maker(self, name: str, path: Path) -> bytes:
        if name in self.accounts:
            return self.accounts[name]
        try:
            raw = bytes.fromhex(name.removeprefix("0x"))
        except ValueError:
            raw = b""
        if len(raw) != 20:
            raise self.error((*path, "by"), f"'{name}' is neither a name nor an address")
        return raw


def _numbers(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The text of every scalar, as the types of a message want it."""
    data = dict(message)
    if isinstance(data.get("whole"), str):
        data["whole"] = _truth(data["whole"])
    branches = []
    for branch in data.get("branches") or ():
        guards = [
            {**guard, "kind": int(guard["kind"])}
            if isinstance(guard, dict) and str(guard.get("kind", "")).isdecimal()
            else guard
            for guard in (branch.get("guards") or () if isinstance(branch, dict) else ())
        ]
        paths = branch.get("paths") or [] if isinstance(branch, dict) else []
        branches.append(
            {**branch, "guards": guards, "paths": paths} if isinstance(branch, dict) else branch
        )
    return {**data, "branches": branches}


class _Commitments:
    """Every name is a commitment: an auction need not know its end. Ids stand for themselves."""

    def __init__(self, builder: _Builder) -> None:
        self.builder = builder

    def names(self) -> Mapping[str, bytes]:
        return _Everything()

    def ids(self) -> set[bytes]:
        return {self.builder.commitment(name) for name in self.builder.file.outcomes}


class _Everything(dict[str, bytes]):
    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> bytes:
        return derived("commitment", name, ID_SIZE)
