"""The steps of a scenario file: who does what, when."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
)

from boomerang.scenarios.scalars import (
    Amount,
    Bond,
    Name,
    Names,
    Refusal,
    Seconds,
    Text,
    Wei,
    as_bytes,
    parse_amount,
)

BYSTANDER = "bystander"
"""Who acts where a step does not say who, and who draws and resolves. It need not be declared."""

ETHER = "ETH"
"""The name of what is no token."""

# ---- parts of a publication --------------------------------------------------------------------


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class AssetPart(Part):
    """An amount of a token; without `token`, of ether."""

    token: Name = ETHER
    amount: Wei


class PaymentPart(Part):
    """A payment out of the escrow."""

    to: Name
    token: Name = ETHER
    amount: Wei


class CallPart(Part):
    """A call that happens if the commitment is kept; `value` may also be written `amount`."""

    target: Name
    token: Name = ETHER
    value: Wei = Field(0, validation_alias=AliasChoices("value", "amount"))
    gas: Wei = 100_000
    data: Text = "0x"
    remainder_to: Name | None = Field(None, alias="remainderTo")

    @field_validator("data")
    @classmethod
    def _is_hex(cls, value: str) -> str:
        if as_bytes(value) is None:
            raise ValueError("must be bytes, as 0x…")
        return value


def _assets(value: object) -> object:
    """`5`, `{token: GOLD, amount: 5}`, `{GOLD: 5, ETH: 1}`, or a list of the second."""
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, dict):
        return (value,) if "amount" in value else _by_token(value)
    amount = parse_amount(value)
    return ({"amount": amount},) if amount else ()


def _by_token(amounts: dict[str, object]) -> tuple[dict[str, object], ...]:
    return tuple({"token": token, "amount": amount} for token, amount in amounts.items())


def _payments(value: object) -> object:
    if value is None:
        return ()
    if isinstance(value, dict) and not {"to", "amount"} & set(value):
        return tuple(
            {"to": to} | dict(part)
            for to, amount in value.items()
            for part in (_by_token(amount) if isinstance(amount, dict) else ({"amount": amount},))
        )
    return (value,) if isinstance(value, dict) else value


def _tip(value: object) -> object:
    if isinstance(value, dict) and "amount" not in value and len(value) == 1:
        return _by_token(value)[0]
    return {"amount": value} if isinstance(value, int | str) else value


# ---- steps -------------------------------------------------------------------------------------


class AnyStep(Part):
    at: Seconds
    by: Name = BYSTANDER
    refused: Refusal = False

    @property
    def subjects(self) -> tuple[str, ...]:
        """The commitments that the step is about."""
        return ()


class Publish(AnyStep):
    """A new commitment. `body` takes the place of statement and clauses, to try malformed ones.

    Without `escrow`, the escrow is what payments, calls and tip name.
    """

    do: Literal["publish"]
    name: Name = Field(validation_alias=AliasChoices("as"))
    topic: Text = ""
    statement: Text = ""
    cover: Bond = 0
    bond: Bond | None = None
    fee: Wei | None = None
    nonce: Annotated[int, BeforeValidator(parse_amount), Field(le=2**56 - 1)] | None = None
    escrow: Annotated[tuple[AssetPart, ...], BeforeValidator(_assets)] | None = None
    pay: Annotated[tuple[PaymentPart, ...], BeforeValidator(_payments)] = ()
    calls: tuple[CallPart, ...] = ()
    tip: Annotated[AssetPart | None, BeforeValidator(_tip)] = None
    deadline: Annotated[int, BeforeValidator(parse_amount), Field(le=2**40 - 1)] | None = None
    guard: Text = ""
    body: Text | None = None

    @field_validator("body")
    @classmethod
    def _is_hex(cls, value: str | None) -> str | None:
        if value is not None and as_bytes(value) is None:
            raise ValueError("must be bytes, as 0x…")
        return value

    @field_validator("topic")
    @classmethod
    def _fits(cls, value: str) -> str:
        raw = as_bytes(value)
        if len(value.encode() if raw is None else raw) > 32:
            raise ValueError("must be at most 32 bytes")
        return value

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.name,)


class Offer(AnyStep):
    """`of` invites the earlier `to` to condition on it."""

    do: Literal["offer"]
    of: Name
    to: Name

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.of, self.to)


class Decline(AnyStep):
    """`what` declines one offer, or, without `offer`, all of them, standing and to come."""

    do: Literal["decline"]
    what: Name
    offer: Name | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.what,)


class Join(AnyStep):
    """`what` agrees to the group of exactly these commitments, itself among them."""

    do: Literal["join"]
    what: Name
    group: Names

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.what, *self.group)))


class Settle(AnyStep):
    """Resolve the group of these, all at once. `until` does it where no step has."""

    do: Literal["settle"]
    group: Names
    decision: Text | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return self.group


class Seal(AnyStep):
    """The final decision, under seal. `decision` is text, or bytes as 0x…, with preferences where
    its owner has some: `keep if kept(B1) prefer 5 if kept(A1)`.
    """

    do: Literal["seal"]
    what: Name
    decision: Text
    salt: Text | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.what,)


class _Unsealing(AnyStep):
    what: Name
    decision: Text | None = None
    salt: Text | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.what,)


class Expose(_Unsealing):
    """Show a sealed decision before its freeze."""

    do: Literal["expose"]


class Open(_Unsealing):
    """Show a sealed decision in its reveal window."""

    do: Literal["open"]
    dependencies: Names | None = None


class Revoke(AnyStep):
    """Take a commitment back, openly, before it is sealed."""

    do: Literal["revoke"]
    what: Name

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.what,)


class Resolve(AnyStep):
    """Settle commitments whose outcome can be worked out, in the order given."""

    do: Literal["resolve"]
    what: Names
    decision: Text | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return self.what


class Draw(AnyStep):
    """Record the draw of commitments that share a block."""

    do: Literal["draw"]
    what: Names

    @property
    def subjects(self) -> tuple[str, ...]:
        return self.what


class Withdraw(AnyStep):
    """Fetch what is owed to the one who acts: by the registry, or, of a `token` (ETH is one too),
    by the enforcer.
    """

    do: Literal["withdraw"]
    to: Name | None = None
    token: Name | None = None


class Deliver(AnyStep):
    """Have what is owed to `to` sent to it."""

    do: Literal["deliver"]
    to: Name
    token: Name | None = None


class Execute(AnyStep):
    """Carry out the clauses of a commitment whose outcome is final. `to` receives the tip; without
    it, the one who acts.
    """

    do: Literal["execute"]
    what: Name
    to: Name | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.what,)


class _OfCall(AnyStep):
    what: Name
    call: Amount = 0

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.what,)


class Retry(_OfCall):
    """Make a call that failed; `call` is its place in the content, from 0."""

    do: Literal["retry"]


class Release(_OfCall):
    """After the deadline, give what a failed call would have spent to whom the content names."""

    do: Literal["release"]


class Approve(AnyStep):
    """Let the enforcer move so much of a token, no more: without this step it may move all."""

    do: Literal["approve"]
    token: Name
    amount: Wei


Step = (
    Publish
    | Offer
    | Decline
    | Join
    | Settle
    | Seal
    | Expose
    | Open
    | Revoke
    | Resolve
    | Draw
    | Withdraw
    | Deliver
    | Execute
    | Retry
    | Release
    | Approve
)

VERBS: dict[str, type[AnyStep]] = {
    "publish": Publish,
    "offer": Offer,
    "decline": Decline,
    "join": Join,
    "settle": Settle,
    "seal": Seal,
    "expose": Expose,
    "open": Open,
    "revoke": Revoke,
    "resolve": Resolve,
    "draw": Draw,
    "withdraw": Withdraw,
    "deliver": Deliver,
    "execute": Execute,
    "retry": Retry,
    "release": Release,
    "approve": Approve,
}
