"""What the planner says is to be done and when: every rule, both sides of every second."""

from __future__ import annotations

from dataclasses import replace

import pytest

from boomerang import decisions
from boomerang.client import events as ev
from boomerang.content import Asset, Call, Clauses, Content, Payment
from boomerang.errors import InvalidInput
from boomerang.identity import ZERO_ADDRESS
from boomerang.keeper import Kind, Settings, missed
from boomerang.keeper.tasks import PlannedDecline, PlannedOffer, PlannedPublication
from boomerang.model import Phase
from boomerang.parameters import Parameters, preset
from keeper.board import ALICE, BOB, DOMAIN, KEEP, REVERT, T0, Board, kept

# The default parameters: period 60, sealDelay 5, revealWindow 30, offerCutoff 20, declineDelay 10.
FREEZE = T0 + 60
SEAL_OPENS, SEAL_CLOSES = T0 + 5, FREEZE - 1
SEAL_SAFE = SEAL_CLOSES - 27  # half of 54
LAST = FREEZE + 30
OPEN_LATEST = LAST - 15
OPEN_EARLY = FREEZE + 11  # three quarters of what is safe


# ------------------------------------------------------------------------------------- margins


def test_the_margin_is_half_of_the_window() -> None:
    assert Settings().safe_margin(30, Parameters()) == 15


def test_the_margin_is_what_the_preset_assumes() -> None:
    mainnet = preset("mainnet").parameters
    assert Settings().safe_margin(mainnet.reveal_window, mainnet) == 132 * 12


def test_the_margin_leaves_a_tenth_of_the_window() -> None:
    assert Settings(margin=1000).safe_margin(80, Parameters()) == 72


def test_a_margin_that_is_given_counts() -> None:
    mainnet = preset("mainnet").parameters
    assert Settings(margin=100).safe_margin(mainnet.reveal_window, mainnet) == 100


@pytest.mark.parametrize(
    "wrong",
    [
        {"warn_share": 0.6, "error_share": 0.5},
        {"error_share": 1.0},
        {"margin": -1},
        {"poll": 0},
        {"max_fee": 1, "max_tip": 2},
        {"confirmations": 0},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        Settings(**wrong)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------- publications


def publication(board: Board, at: int, before: int | None = None, by: str = ALICE) -> bytes:
    content = Content(statement=b"planned")
    key = content.key(by, 7, 5)
    known = DOMAIN.commitment_id(key)
    board.tasks.publications.append(PlannedPublication(known, key, content, at, before))
    return known


def test_a_publication_is_due_at_its_time() -> None:
    board = Board()
    known = publication(board, T0 + 10, T0 + 20)
    action = board.one(Kind.PUBLISH, T0)
    assert action is not None
    assert (action.ids, action.due, action.closes) == ((known,), T0 + 10, T0 + 20)
    assert action.sender == ALICE


def test_a_publication_is_made_until_its_last_second() -> None:
    board = Board()
    publication(board, T0, T0 + 20)
    assert board.one(Kind.PUBLISH, T0 + 20) is not None
    assert board.one(Kind.PUBLISH, T0 + 21) is None
    assert [m.what for m in missed(board.situation(T0 + 21), board.tasks)] == [
        "was not published in time"
    ]
    assert not missed(board.situation(T0 + 20), board.tasks)


def test_what_is_published_is_not_published_again() -> None:
    board = Board()
    known = publication(board, T0)
    planned = board.tasks.publications[0]
    board.events.append(
        ev.Published(id=known, key=planned.key, content=planned.content, **board.block(T0))
    )
    assert board.one(Kind.PUBLISH, T0 + 1) is None
    board.events.pop()  # a reorganisation took it away
    assert board.one(Kind.PUBLISH, T0 + 1) is not None


def test_others_publish_themselves() -> None:
    board = Board()
    publication(board, T0, by=BOB)
    assert board.one(Kind.PUBLISH, T0) is None


# --------------------------------------------------------------------------------------- seals


def test_a_seal_is_sent_as_late_as_is_safe() -> None:
    board = Board()
    known = board.publish()
    board.want_seal(known)
    action = board.one(Kind.SEAL, T0 + 1)
    assert action is not None
    assert (action.opens, action.closes) == (SEAL_OPENS, SEAL_CLOSES)
    assert action.due == SEAL_OPENS + (SEAL_SAFE - SEAL_OPENS) * 3 // 4
    assert action.program == KEEP


def test_a_seal_that_has_a_time_is_sent_then() -> None:
    board = Board()
    known = board.publish()
    board.want_seal(known, at=T0 + 20)
    action = board.one(Kind.SEAL, T0)
    assert action is not None
    assert action.due == T0 + 20


@pytest.mark.parametrize(("at", "due"), [(T0, SEAL_OPENS), (FREEZE + 5, SEAL_CLOSES - 6)])
def test_the_time_of_a_seal_is_brought_into_its_window(at: int, due: int) -> None:
    board = Board()
    known = board.publish()
    board.want_seal(known, at=at)
    action = board.one(Kind.SEAL, T0)
    assert action is not None
    assert action.due == due


def test_a_seal_is_tried_until_the_last_second() -> None:
    board = Board()
    board.want_seal(board.publish())
    assert board.one(Kind.SEAL, FREEZE - 1) is not None
    assert board.one(Kind.SEAL, FREEZE) is None
    assert [m.what for m in missed(board.situation(FREEZE), board.tasks)] == ["was not sealed"]
    assert not missed(board.situation(FREEZE - 1), board.tasks)


def test_a_clock_that_is_fast_does_not_close_a_window() -> None:
    board = Board()
    board.want_seal(board.publish())
    assert board.one(Kind.SEAL, FREEZE + 1000, head=FREEZE - 1) is not None


def test_what_is_sealed_is_not_sealed_again() -> None:
    board = Board()
    known = board.publish()
    board.want_seal(known)
    board.seal(known, T0 + 6)
    assert board.one(Kind.SEAL, T0 + 7) is None


def test_others_seal_themselves() -> None:
    board = Board()
    board.want_seal(board.publish(by=BOB))
    assert board.one(Kind.SEAL, T0 + 7) is None


def test_a_seal_waits_while_its_decision_would_be_invalid_and_that_is_safe() -> None:
    board = Board()
    x, y = board.publish(), board.publish(T0 + 5, BOB)
    board.want_seal(x, kept(y), at=T0 + 10)
    waiting = board.one(Kind.SEAL, T0 + 6)
    assert waiting is not None
    assert waiting.due == SEAL_SAFE
    assert "invalid" in waiting.why
    board.offer(y, x, T0 + 7)
    ready = board.one(Kind.SEAL, T0 + 8)
    assert ready is not None
    assert (ready.due, ready.program) == (T0 + 10, kept(y))


def test_the_first_decision_that_is_valid_is_sealed() -> None:
    board = Board()
    x, y = board.publish(), board.publish(T0 + 5, BOB)
    board.want_seal(x, kept(y), KEEP)
    fallback = board.one(Kind.SEAL, T0 + 6)
    assert fallback is not None
    assert (fallback.program, fallback.due) == (KEEP, SEAL_SAFE)
    board.offer(y, x, T0 + 7)
    better = board.one(Kind.SEAL, T0 + 8)
    assert better is not None
    assert better.program == kept(y)
    assert better.due < SEAL_SAFE


def test_where_no_decision_is_valid_the_last_is_sealed() -> None:
    board = Board()
    x, y = board.publish(), board.publish(T0 + 5, BOB)
    other = decisions.encode(decisions.Not(decisions.Kept(y)))
    board.want_seal(x, kept(y), other)
    action = board.one(Kind.SEAL, T0 + 6)
    assert action is not None
    assert action.program == other


def test_a_seal_waits_for_declines() -> None:
    board = Board()
    x, y = board.publish(), board.publish(T0 + 1, BOB)
    board.want_seal(x, at=T0 + 6)
    board.offer(y, x, T0 + 2)
    board.tasks.declines.append(PlannedDecline(x, y))
    action = board.one(Kind.SEAL, T0 + 6)
    assert action is not None
    assert action.due == SEAL_SAFE
    board.events.append(ev.Declined(offering=y, target=x, **board.block(T0 + 12)))
    done = board.one(Kind.SEAL, T0 + 13)
    assert done is not None
    assert done.due == T0 + 6


# ----------------------------------------------------------------------- draws, offers, declines


def test_draws_of_one_second_are_recorded_together() -> None:
    board = Board()
    x, y = board.publish(), board.publish(by=BOB)
    assert board.one(Kind.DRAW, T0 + 1) is None  # the seed's block is the newest: no hash yet
    action = board.one(Kind.DRAW, T0 + 2)
    assert action is not None
    assert (action.ids, action.closes) == ((x, y), FREEZE - 1)
    assert action.sender is None
    assert board.one(Kind.DRAW, FREEZE - 1) is not None
    assert board.one(Kind.DRAW, FREEZE) is None


def test_what_is_drawn_is_left_out() -> None:
    board = Board()
    x, y = board.publish(), board.publish(by=BOB)
    board.events.append(ev.Drawn(id=x, draw=9, **board.block(T0 + 3)))
    action = board.one(Kind.DRAW, T0 + 4)
    assert action is not None
    assert action.ids == (y,)


def test_a_draw_whose_hash_is_forgotten_is_not_tried() -> None:
    board = Board(parameters=Parameters(period=1000))
    board.publish()
    board.publish()
    assert board.one(Kind.DRAW, T0 + 256) is not None  # the seed is block 101 of 356
    assert board.one(Kind.DRAW, T0 + 257) is None


def test_a_second_that_is_not_shared_needs_no_draw() -> None:
    board = Board()
    board.publish()
    board.publish(T0 + 1)
    assert board.one(Kind.DRAW, T0 + 10) is None


def test_draws_of_strangers_are_theirs() -> None:
    board = Board()
    board.publish(by=BOB)
    board.publish(by=BOB)
    assert board.one(Kind.DRAW, T0 + 2) is None
    board.settings = replace(board.settings, anyone=True)
    assert board.one(Kind.DRAW, T0 + 2) is not None


def test_an_offer_is_made_once_both_are_there() -> None:
    board = Board()
    x, y = board.publish(by=BOB), board.publish(T0 + 5)
    board.tasks.offers.append(PlannedOffer(y, x))
    action = board.one(Kind.OFFER, T0 + 6)
    assert action is not None
    assert (action.due, action.closes, action.other) == (T0 + 5, FREEZE - 20, x)
    board.offer(y, x, T0 + 7)
    assert board.one(Kind.OFFER, T0 + 8) is None


def test_an_offer_is_made_until_the_cutoff() -> None:
    board = Board()
    x, y = board.publish(by=BOB), board.publish(T0 + 5)
    board.tasks.offers.append(PlannedOffer(y, x, T0 + 30))
    late = board.one(Kind.OFFER, FREEZE - 20)
    assert late is not None
    assert late.due == T0 + 30
    assert board.one(Kind.OFFER, FREEZE - 19) is None
    assert len(missed(board.situation(FREEZE - 19), board.tasks)) == 1
    assert not missed(board.situation(FREEZE - 20), board.tasks)


def test_an_offer_waits_for_the_draw() -> None:
    board = Board()
    x, y = board.publish(by=BOB), board.publish()
    board.tasks.offers.append(PlannedOffer(y, x))
    blocked = board.one(Kind.OFFER, T0 + 2)
    assert blocked is not None
    assert blocked.blocked is not None
    board.events.append(ev.Drawn(id=x, draw=1, **board.block(T0 + 3)))
    board.events.append(ev.Drawn(id=y, draw=2, **board.block(T0 + 3)))
    free = board.one(Kind.OFFER, T0 + 4)
    assert free is not None
    assert free.blocked is None


def test_a_decline_waits_for_its_delay() -> None:
    board = Board()
    x, y = board.publish(), board.publish(T0 + 1, BOB)
    board.tasks.declines.append(PlannedDecline(x, y))
    assert board.one(Kind.DECLINE, T0 + 2) is None
    board.offer(y, x, T0 + 3)
    action = board.one(Kind.DECLINE, T0 + 4)
    assert action is not None
    assert (action.opens, action.due, action.closes) == (T0 + 13, T0 + 13, FREEZE - 1)
    board.seal(x, T0 + 20)
    assert board.one(Kind.DECLINE, T0 + 21) is None


def test_declining_all_needs_no_offer() -> None:
    board = Board()
    x = board.publish()
    board.tasks.declines.append(PlannedDecline(x, None))
    action = board.one(Kind.DECLINE, T0 + 1)
    assert action is not None
    assert action.other is None
    board.events.append(ev.DeclinedAll(target=x, **board.block(T0 + 2)))
    assert board.one(Kind.DECLINE, T0 + 3) is None


# ------------------------------------------------------------------------------------ openings


def sealed(board: Board, decision: bytes = KEEP, by: str = ALICE, at: int = T0) -> bytes:
    known = board.publish(at, by)
    board.seal(known, at + 6, decision)
    return known


def test_an_opening_comes_late_but_not_last() -> None:
    board = Board()
    known = sealed(board)
    action = board.one(Kind.OPEN, FREEZE)
    assert action is not None
    assert (action.ids, action.opens, action.closes) == ((known,), FREEZE, LAST)
    assert action.due == OPEN_EARLY
    assert action.at_stake == 5
    assert action.sender == ALICE


def test_an_opening_is_tried_until_the_last_second() -> None:
    board = Board()
    sealed(board)
    assert board.one(Kind.OPEN, LAST) is not None
    assert board.one(Kind.OPEN, LAST + 1) is None
    gone = missed(board.situation(LAST + 1), board.tasks)
    assert [(m.what, m.lost) for m in gone] == [("was not opened", 5)]
    assert not missed(board.situation(LAST), board.tasks)


def test_a_fast_clock_does_not_end_an_opening() -> None:
    board = Board()
    sealed(board)
    assert board.one(Kind.OPEN, LAST + 1000, head=LAST) is not None
    assert board.one(Kind.OPEN, LAST + 1000, head=LAST + 1) is None


def test_an_opening_waits_for_what_it_names_while_that_is_safe() -> None:
    board = Board()
    y = sealed(board, by=BOB)
    x = board.publish(T0 + 1)
    board.seal(x, T0 + 7, kept(y))
    board.openings.pop(y)  # his own to open
    waits = board.one(Kind.OPEN, FREEZE + 3)
    assert waits is not None
    assert waits.due == OPEN_LATEST + 1
    board.open(y, FREEZE + 5)
    goes = board.one(Kind.OPEN, FREEZE + 6)
    assert goes is not None
    assert goes.due == FREEZE + 1 + 11


def test_what_is_opened_and_pending_is_not_waited_for() -> None:
    board = Board()
    z = sealed(board, by=BOB)
    y = sealed(board, kept(z), BOB, T0 + 1)
    x = sealed(board, kept(y), ALICE, T0 + 2)
    board.openings = {x: kept(y)}
    board.open(y, FREEZE + 4, Phase.PENDING, kept(z))
    action = board.one(Kind.OPEN, FREEZE + 5)
    assert action is not None
    assert action.due == FREEZE + 2 + 11


def test_an_opening_is_never_due_before_the_freeze() -> None:
    board = Board(settings=Settings(margin=30, hidden_blocks=0))
    sealed(board)
    action = board.one(Kind.OPEN, T0 + 10)
    assert action is not None
    assert action.due >= FREEZE


def test_an_opening_waits_until_blocks_stand_on_the_freeze() -> None:
    board = Board()
    sealed(board)
    shallow = board.one(Kind.OPEN, FREEZE + 12, deep=FREEZE - 1)
    assert shallow is not None
    assert (shallow.due, shallow.blocked) == (OPEN_LATEST, None)
    deep = board.one(Kind.OPEN, FREEZE + 12, deep=FREEZE)
    assert deep is not None
    assert deep.due == OPEN_EARLY


def test_an_opening_is_never_sent_before_a_block_after_the_freeze_was_seen() -> None:
    """Whatever the clock says: it may be wrong, and an opening before the freeze is an exposure."""
    board = Board()
    sealed(board)
    early = board.one(Kind.OPEN, LAST, head=FREEZE - 1)
    assert early is not None
    assert early.blocked is not None
    seen = board.one(Kind.OPEN, LAST, head=FREEZE - 1, seen=FREEZE)
    assert seen is not None
    assert seen.blocked is None


def test_openings_of_others_in_the_store_are_opened_too() -> None:
    board = Board()
    sealed(board, by=BOB)
    action = board.one(Kind.OPEN, FREEZE + 1)
    assert action is not None
    assert action.sender is None


def test_a_malformed_decision_waits_for_nothing() -> None:
    board = Board()
    sealed(board, b"\xff")
    action = board.one(Kind.OPEN, FREEZE + 1)
    assert action is not None
    assert action.due == OPEN_EARLY


# ----------------------------------------------------------------------------------- settling


def test_lapsed_ones_are_settled_from_their_second_on() -> None:
    board = Board()
    unsealed = board.publish()
    assert board.one(Kind.RESOLVE, FREEZE - 1) is None
    action = board.one(Kind.RESOLVE, FREEZE)
    assert action is not None
    assert action.ids == (unsealed,)
    silent = board.publish(T0 + 1)
    board.seal(silent, T0 + 8, ours=False)
    later = board.one(Kind.RESOLVE, LAST + 2)
    assert later is not None
    assert later.ids == (unsealed, silent)
    before = board.one(Kind.RESOLVE, LAST + 1)
    assert before is not None
    assert before.ids == (unsealed,)


def test_pending_ones_are_settled_in_order_of_dependency() -> None:
    board = Board()
    z = sealed(board, by=BOB)
    y = sealed(board, kept(z), BOB, T0 + 1)
    x = sealed(board, kept(y), ALICE, T0 + 2)
    board.openings = {}
    board.open(x, FREEZE + 3, Phase.PENDING, kept(y))
    board.open(y, FREEZE + 4, Phase.PENDING, kept(z))
    assert board.one(Kind.RESOLVE, FREEZE + 5) is None
    board.open(z, FREEZE + 6)
    action = board.one(Kind.RESOLVE, FREEZE + 7)
    assert action is not None
    assert action.ids == (y, x)


def test_strangers_are_settled_only_on_request() -> None:
    board = Board()
    other = board.publish(by=BOB)
    assert board.one(Kind.RESOLVE, FREEZE) is None
    board.settings = replace(board.settings, anyone=True)
    action = board.one(Kind.RESOLVE, FREEZE)
    assert action is not None
    assert action.ids == (other,)


def test_no_more_than_a_batch_at_once() -> None:
    board = Board(settings=Settings(batch=3, hidden_blocks=0))
    known = [board.publish(T0 + i) for i in range(5)]
    action = board.one(Kind.RESOLVE, FREEZE + 10)
    assert action is not None
    assert action.ids == tuple(known[:3])


# ---------------------------------------------------------------------------------- execution


def with_clauses(guard: bytes = b"", to: str = BOB, calls: tuple[Call, ...] = ()) -> Clauses:
    return Clauses(
        escrow=(Asset(ZERO_ADDRESS, 3),),
        payments=(Payment(to, ZERO_ADDRESS, 1),),
        calls=calls,
        guard=guard,
        deadline=T0 + 500,
    )


def test_what_is_kept_is_executed_once() -> None:
    board = Board()
    x = board.publish(clauses=with_clauses())
    board.seal(x, T0 + 6)
    assert board.one(Kind.EXECUTE, FREEZE + 1) is None
    board.open(x, FREEZE + 2)
    action = board.one(Kind.EXECUTE, FREEZE + 3)
    assert action is not None
    assert (action.ids, action.why) == ((x,), "ready to pay")
    board.events.append(ev.Executed(id=x, executor=BOB, failed=0, **board.block(FREEZE + 4)))
    assert board.one(Kind.EXECUTE, FREEZE + 5) is None


def test_what_lapsed_goes_home() -> None:
    board = Board()
    board.publish(clauses=with_clauses())
    action = board.one(Kind.EXECUTE, FREEZE)
    assert action is not None
    assert action.why == "ready to go home"


def test_execution_waits_for_the_guard() -> None:
    board = Board()
    y = sealed(board, by=BOB)
    board.openings = {}
    x = board.publish(clauses=with_clauses(kept(y)))
    board.seal(x, T0 + 6)
    board.open(x, FREEZE + 2)
    assert board.one(Kind.EXECUTE, FREEZE + 3) is None
    board.open(y, FREEZE + 4, Phase.REVERTED_BY_DECISION, REVERT)
    action = board.one(Kind.EXECUTE, FREEZE + 5)
    assert action is not None
    assert action.why == "ready to go home"


def test_what_pays_an_own_account_is_executed_too() -> None:
    board = Board()
    for to in (ALICE, BOB):
        x = board.publish(by=BOB, clauses=with_clauses(to=to))
        board.seal(x, T0 + 6, ours=False)
        board.open(x, FREEZE + 2)
    found = [action for action in board.plan(FREEZE + 3) if action.kind is Kind.EXECUTE]
    assert len(found) == 1


def test_a_failed_call_is_retried_until_the_deadline_and_then_released() -> None:
    board = Board()
    call = Call(BOB, ZERO_ADDRESS, 1, 50_000, b"", ALICE)
    x = board.publish(clauses=with_clauses(calls=(call,)))
    board.seal(x, T0 + 6)
    board.open(x, FREEZE + 2)
    board.events.append(ev.Executed(id=x, executor=BOB, failed=1, **board.block(FREEZE + 4)))
    retry = board.one(Kind.RETRY, T0 + 500)
    assert retry is not None
    assert retry.index == 0
    assert board.one(Kind.RELEASE, T0 + 500) is None
    assert board.one(Kind.RELEASE, T0 + 501) is not None
    assert board.one(Kind.RETRY, T0 + 501) is None
    board.events.append(ev.Released(id=x, index_of_call=0, to=ALICE, **board.block(T0 + 502)))
    assert board.one(Kind.RELEASE, T0 + 503) is None


# ------------------------------------------------------------------------------------- groups


def test_a_group_is_settled_together() -> None:
    board = Board()
    x, y = sorted([board.publish(), board.publish(T0 + 1, BOB)])
    for known in (x, y):
        board.events.append(ev.Joined(group=b"g" * 32, id=known, ids=(x, y), **board.block(T0 + 2)))
    done = ev.Completed(group=b"g" * 32, floor=x, depth=0, cover=0, **board.block(T0 + 2))
    board.events.append(done)
    board.seal(x, T0 + 10, kept(y))
    board.seal(y, T0 + 10, kept(x))
    first = [a for a in board.plan(FREEZE + 2) if a.kind is Kind.OPEN]
    # Members do not wait for one another.
    assert {a.due - a.opens for a in first} == {11}
    board.open(x, FREEZE + 3, Phase.PENDING, kept(y))
    assert board.one(Kind.RESOLVE_GROUP, FREEZE + 4) is None
    board.open(y, FREEZE + 5, Phase.PENDING, kept(x))
    action = board.one(Kind.RESOLVE_GROUP, FREEZE + 6)
    assert action is not None
    assert action.ids == (x, y)
    assert board.one(Kind.RESOLVE, FREEZE + 6) is None
