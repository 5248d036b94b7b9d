"""A relay from the other side: submit, list, look up, withdraw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
from eth_utils.address import to_checksum_address

from boomerang.errors import BoomerangError, ChainUnavailable, InvalidInput
from boomerang.intents.relay.signed import Malformed, SignedIntent, WrongDomain, from_data
from boomerang.intents.relay.store import PAGE, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.intents.message import IntentDomain

MOST_PAGES: Final = 1_000
"""A relay that never ends its list is left after so many pages."""


class RelayUnavailable(ChainUnavailable):
    """A relay that does not answer, or not as one does."""

    def __init__(self, url: str, why: str) -> None:
        """`url` says which."""
        self.url = url
        super().__init__(f"the relay at {url}: {why}")


class RelayRefused(BoomerangError):
    """A relay that said no. `name` is its error's."""

    exit_code = 1

    def __init__(self, url: str, name: str, why: str, status: int) -> None:
        """`status`: that of HTTP."""
        self.url = url
        self.error = name
        self.status = status
        super().__init__(f"the relay at {url} refused: {why}")


@dataclass(frozen=True, slots=True)
class Held:
    """An intent as a relay told it. `signed` is None where it keeps only the name."""

    hash: bytes
    status: Status
    received: int
    signed: SignedIntent | None


class RelayClient:
    """One relay. What it says is checked: hashes, domains and signatures, not its word.

    Raises RelayUnavailable where it does not answer, RelayRefused where it says no.
    """

    def __init__(self, url: str, domain: IntentDomain, timeout: float = 5.0) -> None:
        """`url` is what `/v1/…` is put behind; only intents of `domain` are taken from it."""
        if not url.startswith(("http://", "https://")):
            raise InvalidInput(f"a relay's address is http(s)://…, not {url!r}")
        self.url = url.rstrip("/")
        self.domain = domain
        self._http = httpx.Client(base_url=self.url, timeout=timeout, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def submit(self, signed: SignedIntent) -> Held:
        """Hand in a signed intent; the relay has it on disk when this returns."""
        if signed.domain != self.domain:
            raise WrongDomain(signed.domain, self.domain)
        return self._held(self._ask("POST", "/v1/intents", json=signed.to_data()))

    def get(self, name: bytes) -> Held:
        """One by its hash."""
        return self._held(self._ask("GET", f"/v1/intents/0x{name.hex()}"))

    def withdraw(self, name: bytes, deadline: int, signature: bytes) -> Held:
        """Have it forgotten, by the maker's signed request (`sign_withdrawal`)."""
        body = {"deadline": deadline, "signature": f"0x{signature.hex()}"}
        return self._held(self._ask("DELETE", f"/v1/intents/0x{name.hex()}", json=body))

    def list(
        self,
        *,
        sell: bytes | None = None,
        buy: bytes | None = None,
        maker: bytes | None = None,
        status: Status | None = Status.OPEN,
        page: int = PAGE,
    ) -> Iterator[Held]:
        """All that fit, oldest first, page by page. `status` None: whatever it is.

        What is not what it says it is (another hash, another domain) is RelayUnavailable.
        """
        asked: dict[str, str] = {"limit": str(page), "status": "any" if status is None else status}
        for name, value in (("sell", sell), ("buy", buy), ("maker", maker)):
            if value is not None:
                asked[name] = to_checksum_address(value)
        for _ in range(MOST_PAGES):
            answer = self._ask("GET", "/v1/intents", params=asked)
            try:
                found, cursor = answer["intents"], answer["cursor"]
            except (KeyError, TypeError):
                raise RelayUnavailable(self.url, "it answered something else than a list") from None
            for one in found:
                yield self._held(one)
            if cursor is None:
                return
            asked["cursor"] = str(cursor)
        raise RelayUnavailable(self.url, f"its list does not end within {MOST_PAGES} pages")

    def _held(self, data: Any) -> Held:
        try:
            name, signed = bytes.fromhex(data["hash"][2:]), data["signed"]
            status, received = Status(data["status"]), int(data["received"])
            held = None if signed is None else from_data(signed)
        except (KeyError, TypeError, ValueError, AttributeError, Malformed) as error:
            raise RelayUnavailable(self.url, f"what it answered is no intent: {error}") from None
        if held is not None and (held.hash != name or held.domain != self.domain):
            raise RelayUnavailable(self.url, "it calls an intent what it is not")
        return Held(name, status, received, held)

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        try:
            answer = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise RelayUnavailable(self.url, str(error) or type(error).__name__) from None
        try:
            data = answer.json()
        except ValueError:
            raise RelayUnavailable(
                self.url, f"it answered {answer.status_code}, and no JSON"
            ) from None
        if answer.is_success:
            return data
        try:
            name, why = str(data["error"]["name"]), str(data["error"]["message"])
        except (KeyError, TypeError):
            raise RelayUnavailable(self.url, f"it answered {answer.status_code}") from None
        if answer.status_code >= 500 and answer.status_code != 507:
            raise RelayUnavailable(self.url, why)
        raise RelayRefused(self.url, name, why, answer.status_code)


__all__ = ["Held", "RelayClient", "RelayRefused", "RelayUnavailable"]
