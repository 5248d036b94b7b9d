"""What holds of every plan, whatever the chain, the clock and the nodes say."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from boomerang import decisions
from boomerang.keeper import Kind, Settings, plan
from boomerang.keeper.tasks import PlannedOffer
from boomerang.model import Phase
from boomerang.parameters import Parameters
from keeper.board import ALICE, BOB, KEEP, T0, Board, kept


@st.composite
def boards(draw: st.DrawFn) -> Board:
    """Up to five commitments of two people, some offered, sealed, opened; plans for some."""
    period = draw(st.integers(10, 200))
    cutoff = draw(st.integers(2, period - 1))
    parameters = Parameters(
        period=period,
        seal_delay=draw(st.integers(1, period - 1)),
        reveal_window=draw(st.integers(1, 100)),
        offer_cutoff=cutoff,
        decline_delay=draw(st.integers(0, cutoff - 1)),
        draw_delay=draw(st.integers(1, 5)),
    )
    margin = draw(st.none() | st.integers(0, 300))
    anyone = draw(st.booleans())
    board = Board(parameters, Settings(margin=margin, hidden_blocks=0, anyone=anyone))
    known: list[bytes] = []
    for time in sorted(draw(st.lists(st.integers(0, 30), min_size=1, max_size=5))):
        bond = draw(st.integers(0, 5))
        known.append(board.publish(T0 + time, draw(st.sampled_from([ALICE, BOB])), bond=bond))
    for i, one in enumerate(known):
        # What was opened names earlier ones only: the registry's rules make no loops.
        named = draw(st.sampled_from([None, *known[:i]]))
        program = KEEP if named is None else kept(named)
        freeze = board.state().commitments[one].freeze
        if draw(st.booleans()):
            board.seal(one, freeze - 1, program, ours=draw(st.booleans()))
            if draw(st.booleans()):
                pending = program != KEEP
                phase = Phase.PENDING if pending else Phase.KEPT
                board.open(one, freeze + 1, phase, program)
        elif draw(st.booleans()):
            at = draw(st.none() | st.integers(T0 - 10, T0 + 300))
            board.want_seal(one, program, KEEP, at=at)
        if i and draw(st.booleans()):
            board.tasks.offers.append(PlannedOffer(one, known[0], draw(st.none() | st.just(T0))))
    return board


moments = st.integers(T0 + 30, T0 + 400)


@given(boards(), moments, moments, st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_every_plan(board: Board, head: int, now: int, shallow: int) -> None:
    """`now` and the chain's head need not agree: either may be wrong."""
    situation = board.situation(now, head=head, deep=head - shallow)
    actions = plan(situation, board.tasks, board.settings)
    state = situation.state

    # It is a function, and nothing is to be done twice.
    assert actions == plan(situation, board.tasks, board.settings)
    assert len({action.key for action in actions}) == len(actions)

    for action in actions:
        # Everything falls into its window, and its window is not over.
        assert action.opens <= action.due
        if action.closes is not None:
            assert action.due <= action.closes
            assert head <= action.closes
        # What only the owner may send is sent by an account that there is.
        assert action.sender in (None, ALICE)

    opened = {action.ids[0]: action for action in actions if action.kind is Kind.OPEN}
    for known in board.openings:
        one = state.commitments[known]
        last = one.freeze + board.parameters.reveal_window
        # No opening is forgotten while its window lasts; none is sent that could be an exposure.
        if head <= last:
            action = opened[known]
            assert action.due >= one.freeze
            if head < one.freeze:
                assert action.blocked is not None
            margin = board.settings.safe_margin(board.parameters.reveal_window, board.parameters)
            assert action.due <= last - margin
        else:
            assert known not in opened

    sealed = {action.ids[0] for action in actions if action.kind is Kind.SEAL}
    for known in board.tasks.seals:
        one = state.commitments[known]
        assert (known in sealed) == (head < one.freeze and one.key.committer == ALICE)

    # What is settled is what the registry would settle, in an order that it would accept.
    for action in actions:
        if action.kind is Kind.RESOLVE:
            final = {i for i in state.commitments if state.model.record(i).phase.final}
            for known in action.ids:
                assert known not in final
                record = state.model.record(known)
                for atom in decisions.atoms(record.decision or KEEP):
                    assert atom in final or state.phase(atom, head).final
                final.add(known)


@given(boards(), moments)
@settings(max_examples=100, deadline=None)
def test_lateness_grows_from_nothing_to_all(board: Board, now: int) -> None:
    for action in board.plan(now):
        shares = [action.lateness(now + later) for later in range(0, 500, 7)]
        assert shares == sorted(shares)
        assert all(0 <= share <= 1 for share in shares)
        assert action.lateness(action.due) == 0
        if action.closes is not None:
            assert action.lateness(action.closes + 1) == 1
        else:
            assert set(shares) == {0}
