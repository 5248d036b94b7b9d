"""The relay over real HTTP, with a chain that tests can turn."""

from __future__ import annotations

import io
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_utils.address import to_checksum_address

from boomerang.chains.base import NodeError
from boomerang.intents.message import Branch, Intent, IntentDomain
from boomerang.intents.relay import app
from boomerang.intents.relay import desk as desks
from boomerang.intents.relay.app import Relay
from boomerang.intents.relay.client import RelayClient, RelayRefused, RelayUnavailable
from boomerang.intents.relay.desk import Conflict, Desk, Expired, Full, NotFound
from boomerang.intents.relay.limits import Buckets, Limits
from boomerang.intents.relay.server import Server
from boomerang.intents.relay.signed import (
    FILE_LIMIT,
    SignedIntent,
    WrongDomain,
    WrongSignature,
    sign_withdrawal,
)
from boomerang.intents.relay.store import Status, Store, StoreFault
from boomerang.keeper.journal import open_journal
from intents.relay.sample import ALICE, BOB, DOMAIN, EXISTS, NOW, A, B, C, D, intent, raw, signed


@dataclass
class Chain:
    """What the relay's view of a chain answers."""

    time: int = NOW
    spent: set[bytes] = field(default_factory=set)
    accepted: set[tuple[bytes, bytes]] = field(default_factory=set)
    down: bool = False

    def _up(self) -> None:
        if self.down:
            raise NodeError("http://node.example", "secret-address 10.0.0.7 is down")

    def now(self) -> int:
        self._up()
        return self.time

    def accepts(self, maker: bytes, hash: bytes, signature: bytes) -> bool:  # noqa: A002
        self._up()
        return (maker, signature) in self.accepted

    def used(self, one: Intent, hash: bytes) -> bool:  # noqa: A002
        self._up()
        return hash in self.spent


@dataclass
class Stand:
    """A relay that runs, and its parts."""

    chain: Chain
    store: Store
    desk: Desk
    relay: Relay
    server: Server
    client: RelayClient
    log: io.StringIO

    @property
    def url(self) -> str:
        return self.client.url

    def names(self, **asked: Any) -> list[bytes]:
        return [one.hash for one in self.client.list(**asked)]


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    yield from standing(tmp_path, Limits(writes=10_000, reads=10_000))


def standing(path: Path, limits: Limits) -> Iterator[Stand]:
    chain, log = Chain(), io.StringIO()
    store = Store(f"sqlite:///{path / 'relay.db'}")
    desk = Desk(DOMAIN, store, clock=lambda: NOW - 500, view=chain, limits=limits)
    journal = open_journal(lambda: NOW, stream=log)
    relay = Relay(desk, journal, sweep_seconds=3600)
    server = Server(relay, "127.0.0.1", 0)
    client = RelayClient(f"http://127.0.0.1:{server.port}", DOMAIN)
    try:
        yield Stand(chain, store, desk, relay, server, client, log)
    finally:
        client.close()
        server.close()
        store.close()
        assert not server.running


# ------------------------------------------------------------------------------ taking and giving


def test_submit_and_get(stand: Stand) -> None:
    one = signed()
    held = stand.client.submit(one)
    assert (held.hash, held.status, held.signed) == (one.hash, Status.OPEN, one)
    assert held.received == NOW  # the chain's time, not this machine's
    assert stand.client.get(one.hash) == held
    first = httpx.post(f"{stand.url}/v1/intents", json=signed(BOB).to_data())
    assert first.status_code == 201
    again = httpx.post(f"{stand.url}/v1/intents", json=first.json()["signed"])
    assert (again.status_code, again.json()) == (200, first.json())
    with pytest.raises(RelayRefused, match="no intent 0x"):
        stand.client.get(bytes(32))


def test_it_is_on_disk_before_it_answers(stand: Stand, tmp_path: Path) -> None:
    one = signed()
    stand.client.submit(one)
    with sqlite3.connect(tmp_path / "relay.db") as other:
        ((name, body),) = other.execute("select hash, body from relay_intents").fetchall()
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
    assert (name, json.loads(body)) == (one.hash.hex(), one.to_data())


def test_another_relay_on_the_same_file_has_it(stand: Stand, tmp_path: Path) -> None:
    one = signed()
    stand.client.submit(one)
    store = Store(f"sqlite:///{tmp_path / 'relay.db'}")
    kept = Desk(DOMAIN, store, clock=lambda: NOW).get(one.hash)
    store.close()
    assert kept.signed == one


def test_lists_by_pair_maker_and_status(stand: Stand) -> None:
    a_d = signed(ALICE)
    d_a = signed(BOB, sell=D, branches=(Branch(A, 5, (EXISTS,)),))
    both = signed(BOB, branches=(Branch(D, 5, (EXISTS,)), Branch(C, 5)))
    for one in (a_d, d_a, both):
        stand.client.submit(one)
    assert stand.names() == [a_d.hash, d_a.hash, both.hash]
    assert stand.names(sell=A) == [a_d.hash, both.hash]
    assert stand.names(sell=A, buy=D) == [a_d.hash, both.hash]
    assert stand.names(buy=C) == [both.hash]
    assert stand.names(sell=D, buy=A) == [d_a.hash]
    assert stand.names(maker=raw(BOB.address)) == [d_a.hash, both.hash]
    assert stand.names(buy=B) == []
    stand.client.withdraw(both.hash, NOW, sign_withdrawal(both.hash, NOW, DOMAIN, BOB))
    assert stand.names(sell=A) == [a_d.hash]
    assert stand.names(buy=C, status=None) == []
    assert stand.names(status=Status.WITHDRAWN) == [both.hash]
    assert stand.names(maker=raw(BOB.address), status=None) == [d_a.hash, both.hash]


def test_pages_follow_on(stand: Stand) -> None:
    made = [signed(nonce=n) for n in range(7)]
    for one in made:
        stand.client.submit(one)
    assert stand.names(page=3) == [one.hash for one in made]
    first = httpx.get(f"{stand.url}/v1/intents", params={"limit": "3"}).json()
    stand.desk._store.mark([made[3].hash], Status.USED)
    rest = httpx.get(f"{stand.url}/v1/intents", params={"limit": "9", "cursor": first["cursor"]})
    assert [one["hash"] for one in rest.json()["intents"]] == [
        f"0x{one.hash.hex()}" for one in made[4:]
    ]
    assert rest.json()["cursor"] is None


# ------------------------------------------------------------------------------ what it refuses


def test_what_is_refused_and_how(stand: Stand) -> None:
    good = signed()
    lying = SignedIntent(intent(BOB), DOMAIN, good.signature)
    nothing = intent(branches=(Branch(D, 5, (EXISTS,)), Branch()))
    idle = SignedIntent.sign(nothing, DOMAIN, ALICE)
    elsewhere = SignedIntent.sign(intent(), IntentDomain(1, DOMAIN.settlement), ALICE)
    unsigned = SignedIntent(intent(), DOMAIN)
    late = signed(deadline=NOW - 1)
    malformed = {**good.to_data(), "signature": "0xzz"}
    for data, status, name in (
        (lying.to_data(), 403, "WrongSignature"),
        (unsigned.to_data(), 403, "WrongSignature"),
        (idle.to_data(), 422, "NotCanonical"),
        (signed(branches=(Branch(A, 5),)).to_data(), 422, "NotCanonical"),
        (elsewhere.to_data(), 422, "WrongDomain"),
        (late.to_data(), 422, "Expired"),
        (malformed, 400, "Malformed"),
        ([1, 2], 400, "Malformed"),
    ):
        answer = httpx.post(f"{stand.url}/v1/intents", json=data)
        assert (answer.status_code, answer.json()["error"]["name"]) == (status, name)
    assert stand.names(status=None) == []
    stand.client.submit(signed(deadline=NOW))  # the last second counts
    with pytest.raises(WrongDomain):
        stand.client.submit(elsewhere)
    with pytest.raises(RelayRefused, match="must sign") as refused:
        stand.client.submit(lying)
    assert (refused.value.status, refused.value.error, refused.value.exit_code) == (
        403,
        "WrongSignature",
        1,
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "names"),
    [
        ("GET", "/v1/intents?sell=7", 400, "not an address"),
        ("GET", "/v1/intents?color=7", 400, "no parameter 'color'"),
        ("GET", "/v1/intents?status=lost", 400, "status must be"),
        ("GET", "/v1/intents?limit=0", 400, "limit must be from 1"),
        ("GET", "/v1/intents?limit=101", 400, "limit must be from 1 to 100"),
        ("GET", "/v1/intents?cursor=x", 400, "cursor must be"),
        ("GET", "/v1/intents/0x12", 400, "hash is 0x"),
        ("GET", f"/v1/intents/0x{'00' * 32}", 404, "no intent"),
        ("GET", "/nowhere", 404, "Not Found"),
        ("PUT", "/v1/intents", 405, "Method Not Allowed"),
        ("DELETE", f"/v1/intents/0x{'00' * 32}", 400, "not JSON"),
    ],
)
def test_errors_are_json(stand: Stand, method: str, path: str, status: int, names: str) -> None:
    answer = httpx.request(method, stand.url + path)
    assert answer.status_code == status
    assert names in answer.json()["error"]["message"]


def test_too_large_a_body(stand: Stand) -> None:
    answer = httpx.post(f"{stand.url}/v1/intents", content=b" " * (FILE_LIMIT + 1))
    assert (answer.status_code, answer.json()["error"]["name"]) == (413, "TooLarge")

    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1024

    answer = httpx.post(f"{stand.url}/v1/intents", content=endless())
    assert answer.status_code == 413


def test_a_body_that_never_comes(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "BODY_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", stand.server.port), timeout=10) as slow:
        slow.sendall(b"POST /v1/intents HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        answer = b""
        while chunk := slow.recv(4096):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"TooSlow"' in answer


def test_a_fault_of_its_own_tells_clients_nothing(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> Any:
        raise RuntimeError("password: swordfish")

    monkeypatch.setattr(stand.desk, "page", broken)
    answer = httpx.get(f"{stand.url}/v1/intents")
    assert answer.status_code == 500
    assert answer.json() == {"error": {"name": "InternalError", "message": "the relay failed"}}
    assert "swordfish" in stand.log.getvalue()
    with pytest.raises(RelayUnavailable, match="the relay failed"):
        stand.names()


def test_a_database_that_fails(stand: Stand, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "relay.db") as other:
        other.execute("drop table relay_buys")
        other.execute("drop table relay_intents")
    other.close()
    answer = httpx.post(f"{stand.url}/v1/intents", json=signed().to_data())
    assert (answer.status_code, answer.json()["error"]["name"]) == (503, "StoreFault")
    assert "relay_intents" not in answer.text
    with pytest.raises(StoreFault, match="cannot be opened"):
        Store("sqlite:////nowhere/relay.db")


def test_a_chain_that_is_down(stand: Stand) -> None:
    stand.chain.down = True
    one = signed()
    answer = httpx.post(f"{stand.url}/v1/intents", json=one.to_data())
    assert answer.status_code == 503
    assert "10.0.0.7" not in answer.text
    assert "10.0.0.7" in stand.log.getvalue()
    assert stand.names() == []  # what it has it still gives
    stand.relay.sweep()
    health = httpx.get(f"{stand.url}/health")
    assert (health.status_code, health.json()["well"]) == (503, False)
    stand.chain.down = False
    stand.relay.sweep()
    assert httpx.get(f"{stand.url}/health").status_code == 200
    stand.client.submit(one)


def test_full(tmp_path: Path) -> None:
    for made in standing(tmp_path, Limits(per_maker=2, total=3)):
        for nonce in range(2):
            made.client.submit(signed(nonce=nonce))
        with pytest.raises(RelayRefused, match="has 2 intents here") as refused:
            made.client.submit(signed())
        assert (refused.value.status, refused.value.error) == (507, Full.__name__)
        made.client.submit(signed(BOB))
        with pytest.raises(RelayRefused, match="there are 3 intents"):
            made.client.submit(signed(BOB))


def test_rates(tmp_path: Path) -> None:
    for made in standing(tmp_path, Limits(writes=3, reads=4)):
        codes = [httpx.post(f"{made.url}/v1/intents", content=b"{}").status_code for _ in range(5)]
        assert codes == [400, 400, 400, 429, 429]
        reads = [httpx.get(f"{made.url}/v1/domain") for _ in range(5)]
        assert [one.status_code for one in reads] == [200] * 4 + [429]
        assert reads[4].json()["error"]["name"] == "TooMany"
        assert 0 < int(reads[4].headers["Retry-After"]) <= 16


def test_buckets_fill_again() -> None:
    now = [0.0]
    buckets = Buckets(60, lambda: now[0])
    assert [buckets.take("x") for _ in range(60)] == [0.0] * 60
    assert buckets.take("x") == pytest.approx(1.0)
    assert buckets.take("y") == 0
    now[0] = 0.5
    assert buckets.take("x") == pytest.approx(0.5)
    now[0] = 1.0
    assert buckets.take("x") == 0
    assert buckets.take("x") > 0
    for n in range(10_000):
        buckets.take(str(n))
    assert len(buckets._buckets) == 10_000


# ----------------------------------------------------------------------- signatures by the chain


def test_wallets_and_approvals_are_asked_of_the_chain(stand: Stand) -> None:
    wallet = intent(BOB)
    by_wallet = SignedIntent(wallet, DOMAIN, b"a wallet's own")
    with pytest.raises(RelayRefused, match="must sign"):
        stand.client.submit(by_wallet)
    stand.chain.accepted.add((raw(BOB.address), b"a wallet's own"))
    stand.client.submit(by_wallet)
    approved = SignedIntent(intent(), DOMAIN)
    with pytest.raises(RelayRefused, match="must sign"):
        stand.client.submit(approved)
    stand.chain.accepted.add((raw(ALICE.address), b""))
    stand.client.submit(approved)


def test_without_a_chain_only_keys_sign(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    desk = Desk(DOMAIN, store, clock=lambda: NOW)
    desk.submit(signed())
    with pytest.raises(WrongSignature):
        desk.submit(SignedIntent(intent(), DOMAIN, b"a wallet's own"))
    with pytest.raises(Expired):
        desk.submit(signed(deadline=NOW - 1))
    assert desk.sweep() == (0, 0)
    store.close()


# -------------------------------------------------------------------------------------- forgetting


def test_the_maker_withdraws(stand: Stand) -> None:
    one = signed()
    stand.client.submit(one)

    def ask(name: bytes, until: int, signer: Any) -> Any:
        return stand.client.withdraw(name, until, sign_withdrawal(name, until, DOMAIN, signer))

    with pytest.raises(RelayRefused, match=f"{ALICE.address} must sign"):
        ask(one.hash, NOW + 60, BOB)
    with pytest.raises(RelayRefused, match="has passed"):
        ask(one.hash, NOW - 1, ALICE)
    other = signed()
    stand.client.submit(other)
    with pytest.raises(RelayRefused, match="must sign"):  # of another intent
        stand.client.withdraw(other.hash, NOW, sign_withdrawal(one.hash, NOW, DOMAIN, ALICE))
    with pytest.raises(RelayRefused, match="must sign"):  # the intent's own signature
        stand.client.withdraw(one.hash, NOW, one.signature)
    with pytest.raises(RelayRefused, match="hexadecimal"):
        stand.client.withdraw(one.hash, NOW, b"")
    with pytest.raises(RelayRefused, match="no intent"):
        ask(bytes(32), NOW, ALICE)
    held = ask(one.hash, NOW, ALICE)
    assert (held.status, held.signed) == (Status.WITHDRAWN, None)
    assert ask(one.hash, NOW, ALICE).status is Status.WITHDRAWN
    assert stand.names() == [other.hash]
    with pytest.raises(RelayRefused, match="withdrew it"):  # by whoever still has it
        stand.client.submit(one)


def test_what_expired_is_forgotten(stand: Stand) -> None:
    short, long = signed(deadline=NOW + 10), signed(deadline=NOW + 11)
    for one in (short, long):
        stand.client.submit(one)
    stand.chain.time = NOW + 10
    assert stand.desk.sweep() == (0, 0)
    stand.chain.time = NOW + 11
    assert stand.desk.sweep() == (1, 0)
    assert stand.names(status=None) == [long.hash]
    assert stand.store.count() == 1
    with pytest.raises(NotFound):
        stand.desk.get(short.hash)


def test_expired_is_not_given_out_before_it_is_swept(stand: Stand) -> None:
    one = signed(deadline=NOW + 10)
    stand.client.submit(one)
    stand.chain.time = NOW + 11
    stand.client.submit(signed(BOB))  # tells the relay the time
    assert one.hash not in stand.names(status=None)
    with pytest.raises(RelayRefused, match="or it expired"):
        stand.client.get(one.hash)


def test_what_the_chain_shows_used_is_dropped(stand: Stand) -> None:
    made = [signed(nonce=n) for n in range(4)]
    for one in made:
        stand.client.submit(one)
    stand.chain.spent |= {made[0].hash, made[2].hash}
    assert stand.desk.sweep() == (0, 2)
    assert stand.desk.sweep() == (0, 0)
    assert stand.names() == [made[1].hash, made[3].hash]
    assert stand.names(status=Status.USED) == [made[0].hash, made[2].hash]
    with pytest.raises(RelayRefused, match=r"nonce 0 of .* is used") as refused:
        stand.client.submit(made[0])
    assert (refused.value.status, refused.value.error) == (409, Conflict.__name__)
    # A reorganisation gives the nonce back: whoever has the intent may bring it again.
    stand.chain.spent.clear()
    assert stand.client.submit(made[0]).status is Status.OPEN
    assert stand.names() == [made[1].hash, made[3].hash, made[0].hash]


def test_sweeps_go_round(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "SWEEP", 4)
    monkeypatch.setattr(stand.desk, "page", partial(stand.desk.page, limit=2))
    made = [signed(nonce=n) for n in range(6)]
    for one in made:
        stand.desk.submit(one)
    stand.chain.spent |= {made[0].hash, made[5].hash}
    assert stand.desk.sweep() == (0, 1)
    assert stand.desk.sweep() == (0, 1)
    stand.chain.spent |= {made[1].hash}
    assert stand.desk.sweep() == (0, 1)


def test_it_sweeps_by_itself(tmp_path: Path) -> None:
    chain = Chain()
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    desk = Desk(DOMAIN, store, clock=lambda: NOW, view=chain)
    one = signed()
    desk.submit(one)
    chain.spent.add(one.hash)
    relay = Relay(desk, open_journal(lambda: NOW, stream=io.StringIO()), sweep_seconds=0.05)
    server = Server(relay, "127.0.0.1", 0)
    gone = threading.Event()
    for _ in range(200):
        if desk.get(one.hash).status is Status.USED:
            break
        gone.wait(0.05)
    server.close()
    assert desk.get(one.hash).status is Status.USED
    store.close()


# ------------------------------------------------------------------------------------- many at once


def test_many_at_once(stand: Stand) -> None:
    made = [signed(ALICE if n % 2 else BOB, nonce=n) for n in range(15)]

    def submit(one: SignedIntent) -> int:
        return httpx.post(f"{stand.url}/v1/intents", json=one.to_data()).status_code

    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(submit, made + made))
    assert sorted(codes) == [200] * 15 + [201] * 15
    assert sorted(stand.names()) == sorted(one.hash for one in made)


def test_what_it_counts(stand: Stand) -> None:
    stand.client.submit(signed())
    text = httpx.get(f"{stand.url}/metrics").text
    assert 'boomerang_relay_requests_total{method="POST",status="201"} 1.0' in text
    assert "boomerang_relay_intents_kept_total 1.0" in text
    place = httpx.get(f"{stand.url}/v1/domain").json()
    assert place["domain"] == {
        "chainId": 31337,
        "settlement": to_checksum_address(DOMAIN.settlement),
    }


# ----------------------------------------------------------------------------- clients believe less


@dataclass
class Liar:
    """A server that answers what it is told to."""

    answer: Any
    status: int = 200

    def client(self, monkeypatch: pytest.MonkeyPatch) -> RelayClient:
        def respond(request: httpx.Request) -> httpx.Response:
            content = self.answer if isinstance(self.answer, bytes) else None
            return httpx.Response(
                self.status, content=content, json=None if content is not None else self.answer
            )

        client = RelayClient("http://relay.example", DOMAIN)
        client._http = httpx.Client(base_url=client.url, transport=httpx.MockTransport(respond))
        return client


def other_hash() -> Any:
    data = signed().to_data()
    return {"hash": "0x" + "11" * 32, "status": "open", "received": 1, "signed": data}


def other_domain() -> Any:
    one = SignedIntent.sign(intent(), IntentDomain(5, DOMAIN.settlement), ALICE)
    return {"hash": f"0x{one.hash.hex()}", "status": "open", "received": 1, "signed": one.to_data()}


@pytest.mark.parametrize(
    ("answer", "status", "names"),
    [
        (b"<html>", 200, "no JSON"),
        (b"<html>", 502, "502, and no JSON"),
        ({"error": "x"}, 400, "it answered 400"),
        ([], 200, "no intent"),
        ({"hash": 5}, 200, "no intent"),
        (other_hash(), 200, "what it is not"),
        (other_domain(), 200, "what it is not"),
    ],
)
def test_relays_that_lie(
    monkeypatch: pytest.MonkeyPatch, answer: Any, status: int, names: str
) -> None:
    with (
        Liar(answer, status).client(monkeypatch) as client,
        pytest.raises(RelayUnavailable, match=names),
    ):
        client.get(bytes(32))


def test_lists_that_are_none_or_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        Liar({"x": 1}).client(monkeypatch) as client,
        pytest.raises(RelayUnavailable, match="else than a list"),
    ):
        list(client.list())
    with (
        Liar({"intents": [], "cursor": "1"}).client(monkeypatch) as client,
        pytest.raises(RelayUnavailable, match="does not end"),
    ):
        list(client.list())


def test_nobody_is_there() -> None:
    with (
        RelayClient("http://127.0.0.1:9", DOMAIN, timeout=1) as client,
        pytest.raises(RelayUnavailable) as refused,
    ):
        client.get(bytes(32))
    assert refused.value.exit_code == 3
