"""The database, alerts, health, plan files and plans in the store, each by itself."""

from __future__ import annotations

import io
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from boomerang import decisions
from boomerang.errors import InvalidInput
from boomerang.identity import ZERO_ADDRESS
from boomerang.keeper import Action, Kind, Settings, read_plan
from boomerang.keeper.alerts import Alert, Alerts, Level, late
from boomerang.keeper.database import Attempt, Database, DatabaseFault
from boomerang.keeper.health import HealthServer, Metrics
from boomerang.keeper.holder import Holder
from boomerang.keeper.journal import open_journal
from boomerang.keeper.nodes import Fees
from boomerang.keeper.openings import Openings, plan_seal, planned_seals, unplan_seal
from boomerang.keeper.tasks import PlanError
from boomerang.store import Store
from keeper.board import ALICE, BOB, DOMAIN, KEEP, T0, Board
from keeper.world import BARGAIN_PLAN, CHICKEN_PLAN, who

# ------------------------------------------------------------------------------- the database


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'keeper.db'}"


def test_what_was_decided_is_there_after_a_restart(url: str) -> None:
    book = Database(url)
    row = book.decide("here", ALICE, 7, "seal:1", "why", 1.0, 9)
    huge = Fees(10**30, 10**25)
    book.attempt(row, Attempt(b"h" * 32, b"c" * 32, 21_000, huge, 2.0))
    book.close()
    (found,) = Database(url).live("here")
    assert (found.account, found.nonce, found.key, found.decided_at) == (ALICE, 7, "seal:1", 1.0)
    assert found.attempts == [Attempt(b"h" * 32, b"c" * 32, 21_000, huge, 2.0)]
    assert Database(url).live("elsewhere") == []
    assert Database(url).tried("here", ALICE, 7) == [huge]


def test_what_is_settled_is_not_live_but_remembered(url: str) -> None:
    book = Database(url)
    row = book.decide("here", ALICE, 7, "seal:1", "why", 1.0, 9)
    book.settle(row, "done")
    assert book.live("here") == []
    assert [(one["key"], one["status"]) for one in book.history("here")] == [("seal:1", "done")]


def test_nothing_secret_is_in_the_database(tmp_path: Path, url: str) -> None:
    """Only hashes: whoever reads it learns no decision before it is opened."""
    book = Database(url)
    columns = {name for row in book.schema().values() for name in row}
    assert not columns & {"data", "raw", "salt", "decision", "program"}


def test_one_keeper_at_a_time_has_a_lease(url: str) -> None:
    one, two = Database(url), Database(url)
    assert one.lease("alice", "first", 100.0, 10)
    assert not two.lease("alice", "second", 105.0, 10)
    assert one.lease("alice", "first", 108.0, 10)  # kept
    assert not two.lease("alice", "second", 118.0, 10)
    assert two.lease("alice", "second", 118.1, 10)  # run out
    assert not one.lease("alice", "first", 119.0, 10)
    two.release("second")
    assert one.lease("alice", "first", 119.0, 10)
    assert one.lease("bob", "second", 119.0, 10)  # another account


def test_of_many_that_ask_at_once_one_gets_it(url: str) -> None:
    Database(url)
    got: list[str] = []
    start = threading.Barrier(8)

    def ask(name: str) -> None:
        book = Database(url)
        start.wait()
        if book.lease("alice", name, 100.0, 10):
            got.append(name)

    threads = [threading.Thread(target=ask, args=(f"k{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


def test_a_database_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("this is no database " * 100)
    with pytest.raises(DatabaseFault):
        Database(f"sqlite:///{tmp_path / 'file'}")
    with pytest.raises(DatabaseFault):
        Database("nothing://at/all")


def test_a_keeper_that_starts_again_is_the_same_one(tmp_path: Path) -> None:
    one = Holder(tmp_path)
    two = Holder(tmp_path)
    assert one.name != two.name
    name = one.name
    one.close()
    assert Holder(tmp_path).name == name


# --------------------------------------------------------------------------------------- alerts


def action(due: int = T0, closes: int | None = T0 + 99, **more: Any) -> Action:
    return Action(
        kind=Kind.OPEN, ids=(b"x" * 25,), opens=T0, due=due, closes=closes, at_stake=5, **more
    )


@pytest.mark.parametrize(
    ("now", "level"),
    [
        (T0 + 24, None),
        (T0 + 25, Level.WARNING),
        (T0 + 49, Level.WARNING),
        (T0 + 50, Level.ERROR),
        (T0 + 99, Level.ERROR),
    ],
)
def test_what_is_late_is_told_by_shares_of_the_time_that_is_left(
    now: int, level: Level | None
) -> None:
    found = late([action()], now, Settings(warn_share=0.25, error_share=0.5))
    assert [alert.level for alert in found] == ([] if level is None else [level])


def test_what_has_no_deadline_is_never_late() -> None:
    assert late([action(closes=None)], T0 + 10**6, Settings()) == []


class Hook:
    """A webhook."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.fail_first = False
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                failed = hook.fail_first
                hook.fail_first = False
                if not failed:
                    hook.told.append(body)
                self.send_response(500 if failed else 204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


def alerts(url: str, hook: Hook | None = None) -> tuple[Alerts, io.StringIO]:
    out = io.StringIO()
    journal = open_journal(lambda: 0.0, stream=out)
    return Alerts("here", Database(url), journal, None if hook is None else hook.url), out


WARNING = Alert("late:x", Level.WARNING, "x is late", T0 + 9)
ERROR = Alert("late:x", Level.ERROR, "x is very late", T0 + 9)


@pytest.mark.network
def test_an_alert_is_told_once_and_again_when_it_grows_worse(url: str, hook: Hook) -> None:
    told, out = alerts(url, hook)
    for found in ([WARNING], [WARNING], [ERROR], [ERROR], []):
        told.update(found, 1.0)
        told.finish()
    said = [(one["event"], one.get("alert_level"), one.get("deadline")) for one in hook.told]
    assert said == [
        ("alert", "warning", T0 + 9),
        ("alert", "error", T0 + 9),
        ("alert-over", None, None),
    ]
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["level"] for line in lines] == ["warning", "error", "info"]


@pytest.mark.network
def test_a_keeper_that_starts_again_does_not_tell_it_twice(url: str, hook: Hook) -> None:
    first, _ = alerts(url, hook)
    first.update([ERROR], 1.0)
    first.finish()
    second, _ = alerts(url, hook)
    second.update([ERROR], 2.0)
    second.finish()
    assert len(hook.told) == 1
    assert second.worst is Level.ERROR


@pytest.mark.network
def test_a_webhook_that_fails_is_tried_again(url: str, hook: Hook) -> None:
    hook.fail_first = True
    told, _ = alerts(url, hook)
    told.update([ERROR], 1.0)
    told.finish()
    assert len(hook.told) == 1


def test_a_webhook_that_is_dead_is_logged_and_harms_nothing(url: str) -> None:
    out = io.StringIO()
    journal = open_journal(lambda: 0.0, stream=out)
    told = Alerts("here", Database(url), journal, "http://127.0.0.1:1/nobody")
    told.update([ERROR], 1.0)
    told.finish()
    assert "webhook-failed" in out.getvalue()


# --------------------------------------------------------------------------------------- health


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.network
def test_health_and_metrics_are_served() -> None:
    metrics = Metrics()
    metrics.rounds.inc()
    well = True
    server = HealthServer("127.0.0.1", 0, metrics, lambda: (well, {"well": well}))
    try:
        root = f"http://127.0.0.1:{server.port}"
        assert get(f"{root}/health") == (200, '{"well": true}\n')
        well = False
        assert get(f"{root}/health") == (503, '{"well": false}\n')
        status, text = get(f"{root}/metrics")
        assert status == 200
        assert "boomerang_keeper_rounds_total 1.0" in text
        assert get(f"{root}/else")[0] == 404
    finally:
        server.close()


# --------------------------------------------------------------------------------- plan files


def test_a_plan_is_read_the_same_each_time() -> None:
    one, two = (read_plan(BARGAIN_PLAN, DOMAIN, who, start=T0) for _ in range(2))
    assert one == two
    a1, b1, b2 = (one.names[name] for name in ("A1", "B1", "B2"))
    assert [p.at for p in one.publications] == [T0 + 1, T0 + 2, T0 + 37]
    assert one.seals[a1].programs[1] == KEEP
    assert decisions.atoms(one.seals[b1].programs[0]) == (a1, b2)
    assert (one.seals[b1].at, one.seals[b2].at) == (T0 + 53, None)
    assert [(offer.id, offer.target) for offer in one.offers] == [(b2, a1), (b2, b1)]
    clauses = next(p for p in one.publications if p.id == b2).content.clauses
    assert clauses is not None
    assert [(asset.token, asset.amount) for asset in clauses.escrow] == [(ZERO_ADDRESS, 1)]
    assert decisions.atoms(clauses.guard) == (a1,)


def test_another_name_makes_other_commitments() -> None:
    one = read_plan(CHICKEN_PLAN, DOMAIN, who, start=T0)
    two = read_plan(CHICKEN_PLAN.replace("name: chicken", "name: again"), DOMAIN, who, start=T0)
    assert not set(one.names.values()) & set(two.names.values())


def test_moments_may_be_written_as_people_do() -> None:
    text = """
format: boomerang-plan/1
name: times
start: 2027-01-15T08:00:00Z
commitments:
  A: {by: alice, publish: {at: 5, before: "2027-01-15T08:00:30+00:00"}}
  B: {by: alice, publish: {at: 1800000007}}
"""
    one, two = read_plan(text, DOMAIN, who).publications
    assert (one.at, one.before, two.at) == (T0 + 5, T0 + 30, T0 + 7)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("format: boomerang-plan/1", "format: other"), "format"),
        (("by: alice", "by: 5"), "by"),
        (("publish: {at: 1", "publish: {when: 1"), "when"),
        (("bond: 100", "bond: -1"), "bond"),
        (("decision: keep", "decision: perhaps"), "perhaps"),
        (("kept(A1)", "kept(Z9)"), "Z9"),
        (("  A1:\n    by: alice\n", "  A1:\n"), "by"),
        (("name: chicken", "name: [chicken"), "YAML"),
        (("at: 1,", "at: yesterday,"), "yesterday"),
    ],
)
def test_a_plan_that_makes_no_sense_says_where(change: tuple[str, str], says: str) -> None:
    assert change[0] in CHICKEN_PLAN
    with pytest.raises(InvalidInput, match=says):
        read_plan(CHICKEN_PLAN.replace(*change), DOMAIN, who, start=T0)


def test_small_numbers_need_a_start() -> None:
    with pytest.raises(PlanError, match="start"):
        read_plan(CHICKEN_PLAN, DOMAIN, who)


def test_guards_may_name_what_comes_later_but_not_one_another() -> None:
    text = """
format: boomerang-plan/1
name: guards
commitments:
  A: {by: alice, publish: {guard: kept(B)}}
  B: {by: alice, publish: {}}
"""
    found = read_plan(text, DOMAIN, who)
    guarded = next(p for p in found.publications if p.id == found.names["A"])
    assert guarded.content.clauses is not None
    assert decisions.atoms(guarded.content.clauses.guard) == (found.names["B"],)
    with pytest.raises(PlanError, match="one another"):
        read_plan(text.replace("publish: {}", "publish: {guard: kept(A)}"), DOMAIN, who)


# -------------------------------------------------------------------------- plans in the store


def test_a_seal_is_planned_in_the_store_and_taken_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    board = Board()
    known = board.publish()
    key = board.state().commitments[known].key
    first = store.plan_opening(DOMAIN, key, KEEP, "keep")
    second = store.plan_opening(DOMAIN, key, b"\x00", "revert")
    plan_seal(store, DOMAIN, first, T0 + 9)
    plan_seal(store, DOMAIN, second, None)
    found = planned_seals(store, DOMAIN)[known]
    assert (found.programs, found.at, found.digest) == ((b"\x00",), None, second.digest)
    assert unplan_seal(store, DOMAIN, known)
    assert not unplan_seal(store, DOMAIN, known)
    assert planned_seals(store, DOMAIN) == {}


def test_openings_are_found_by_the_seal_on_chain(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    openings = Openings(store)
    board = Board()
    known = board.publish(by=BOB)
    key = board.state().commitments[known].key
    assert openings.behind(board.state()) == {}
    kept = store.plan_opening(DOMAIN, key, KEEP, "keep")
    board.seal(known, T0 + 6)
    assert openings.behind(board.state()) == {}  # another seal
    from boomerang.client import events as ev

    record = board.events[-1]
    assert isinstance(record, ev.Sealed)
    from dataclasses import replace

    board.events[-1] = replace(record, record=replace(record.record, seal=kept.record.seal))
    assert openings.behind(board.state()) == {known: KEEP}


# -------------------------------------------------------------------------------- unattended


def test_accounts_of_apes_sign_without_asking() -> None:
    from boomerang.chains.signers import ApeSigner

    class Account:
        address = ALICE
        asked: list[bool] = []  # noqa: RUF012 - one account

        def set_autosign(self, enabled: bool) -> None:
            self.asked.append(enabled)

    class Wallet:
        address = ALICE

    ApeSigner(Account()).unattended()
    assert Account.asked == [True]
    ApeSigner(Wallet()).unattended()  # one that asks on its own screen, if at all
