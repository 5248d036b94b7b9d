"""The player: claims that fail, what the scenario holds, blocks, money, the end."""

from __future__ import annotations

import pytest

from boomerang.chains.base import NotSupported
from boomerang.chains.embedded import EmbeddedChain
from boomerang.scenarios import (
    ChainWorld,
    ModelWorld,
    Report,
    ScenarioError,
    open_world,
    parse,
    play,
)
from boomerang.scenarios.plan import plan
from boomerang.scenarios.worlds import TooManyAgents, UnknownWorld, assign_accounts


def played(text: str) -> Report:
    """On the model and on a chain, which must agree."""
    scenario = parse(text)
    model = play(scenario, ModelWorld(scenario))
    chain = play(scenario, ChainWorld(scenario, EmbeddedChain()))
    replayed = play(scenario, ModelWorld(scenario, chain.draw or None))
    assert chain.answer() == replayed.answer()
    return model


def scenario(*steps: str, head: str = "", tail: str = "") -> str:
    lines = "".join(f"  - {{{step}}}\n" for step in steps)
    return f"{head}agents: {{alice: 1000, bob: 1000}}\nsteps:\n{lines}{tail}"


A1 = "at: 1, by: alice, do: publish, as: A1, bond: 10"
SEAL = "at: 30, by: alice, do: seal, what: A1, decision: keep"
OPEN = "at: 61, by: alice, do: open, what: A1"


# ---- claims ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        (
            scenario(A1, "at: 2, by: bob, do: revoke, what: A1"),
            "line 4: revoke A1 by bob at 2 was refused with Boomerang_NotCommitter (bob published",
        ),
        (
            scenario(A1, SEAL + ", refused: true"),
            "line 4: seal A1 by alice at 30 was accepted, and must be refused",
        ),
        (
            scenario(A1, SEAL + ", refused: TooLate"),
            "was accepted, and must be refused with TooLate",
        ),
        (
            scenario(A1, "at: 5, by: alice, do: seal, what: A1, decision: keep, refused: TooLate"),
            "was refused with Boomerang_TooEarly, not with TooLate",
        ),
        (
            scenario(A1, "at: 5, by: alice, do: seal, what: A1, decision: keep, refused: TooEraly"),
            "not with TooEraly: there is no error TooEraly; did you mean TooEarly?",
        ),
        (
            scenario(A1, SEAL + ", refused: Zzz"),
            "was accepted, and must be refused with Zzz: there is no error Zzz",
        ),
        (scenario(A1, SEAL, OPEN, tail="expect: {A1: Exposed}"), "A1 is Kept, not Exposed"),
        (scenario(A1, SEAL, OPEN, tail="expect: {A1: REVERTED}"), "A1 is KEPT, not REVERTED"),
        (
            scenario(A1, SEAL, OPEN, tail="expect: {A1: [Revoked, Exposed]}"),
            "A1 is Kept, not Revoked or Exposed",
        ),
        (
            scenario(A1, SEAL, OPEN, tail="expect: {A1: {finalAt: 62}}"),
            "finalAt of A1 is 61, not 62",
        ),
        (scenario(A1, tail="expect: {A1: {depth: 1}}"), "depth of A1 is 0, not 1"),
        (scenario(A1, tail="expect: {A1: {floor: B1}}"), "floor of A1 is A1, not B1"),
        (
            scenario(A1.replace("10", "2000"), tail="expect: {A1: Kept}"),
            "A1 is Unpublished, not Kept",
        ),
        (scenario(A1, tail="balances: {alice: 990}"), "the balance of alice is 1000, not 990"),
        (
            scenario(A1, head="game: chicken\n", tail="payoffs: {alice: 10}"),
            "the payoff of alice is 0, not 10",
        ),
        (
            scenario(A1, tail="conflicts: [[A1, B1]]"),
            "the conflicts are [], not [['A1', 'B1']]",
        ),
    ],
)
def test_a_claim_that_does_not_hold_is_a_failure(text: str, failure: str) -> None:
    report = played(text)
    assert not report.ok
    assert any(failure in one for one in report.failures), report.failures


def test_claims_about_tokens() -> None:
    head = "tokens: {GOLD: {alice: 9}}\n"
    pays = "at: 1, by: alice, do: publish, as: A1, pay: {bob: {GOLD: 4}}"
    run = "at: 62, do: execute, what: A1"
    report = played(
        scenario(
            *(pays, SEAL, OPEN, run),
            head=head,
            tail="tokenBalances: {GOLD: {alice: 5, bob: 3}}",
        )
    )
    assert report.failures == ("the balance of bob in GOLD is 4, not 3",)
    assert report.to_json()["tokenBalances"] == {"GOLD": {"alice": 5, "bob": 4}}
    assert "tokenBalances" not in played(scenario(A1)).to_json()


def test_nothing_is_executed_but_by_a_step() -> None:
    pays = "at: 1, by: alice, do: publish, as: A1, pay: {bob: 4}"
    report = played(scenario(pays, SEAL, OPEN, tail="balances: {alice: 996, bob: 1000}"))
    assert report.ok
    assert "execute" not in [step.do for step in report.closing]


def test_refusals_speak_of_the_scenarios_names_and_seconds() -> None:
    head = "tokens: {GOLD: {alice: 9}}\n"
    steps = (
        "at: 1, by: alice, do: approve, token: GOLD, amount: 3",
        "at: 2, by: alice, do: publish, as: A1, pay: {bob: {GOLD: 4}}, refused: true",
        "at: 3, by: alice, do: publish, as: A2, calls: [{target: bob}], deadline: 7, refused: true",
    )
    (_, short, early) = played(scenario(*steps, head=head)).steps
    assert (short.error, short.detail) == (
        "ERC20InsufficientAllowance",
        "enforcer may move 3 of the token; 4 are needed",
    )
    assert early.error == "Boomerang_DeadlineTooEarly"
    assert "must be second 453 or later" in str(early.detail)
    assert "it is 7" in str(early.detail)


def test_claims_that_hold_are_none() -> None:
    report = played(
        scenario(
            A1,
            "at: 5, by: alice, do: seal, what: A1, decision: keep, refused: tooearly",
            "at: 5, by: alice, do: seal, what: A1, decision: keep, refused: Boomerang_TooEarly",
            "at: 5, by: alice, do: seal, what: A1, decision: keep, refused: true",
            SEAL,
            OPEN,
            tail="expect: {A1: {reason: Kept, outcome: kept, freezeAt: 61, finalAt: 61, "
            "floor: A1, depth: 0}}",
        )
    )
    assert report.ok
    assert [step.ok for step in report.steps] == [True, False, False, False, True, True]


# ---- what the scenario holds -------------------------------------------------------------------


def test_the_opening_is_that_of_the_accepted_seal() -> None:
    report = played(
        scenario(
            A1,
            "at: 5, by: alice, do: seal, what: A1, decision: keep, refused: true",
            "at: 30, by: bob, do: seal, what: A1, decision: keep, refused: NotCommitter",
            "at: 30, by: alice, do: seal, what: A1, decision: revert",
            "at: 30, by: alice, do: seal, what: A1, decision: keep, refused: WrongPhase",
            "at: 31, by: alice, do: seal, what: A1, decision: keep, refused: WrongPhase",
            OPEN,
            tail="expect: {A1: RevertedByDecision}",
        )
    )
    assert report.failures == ()
    assert report.steps[-1].note == "revert"


def test_an_opening_of_nothing_is_refused_by_name() -> None:
    report = played(scenario(A1, "at: 61, do: open, what: A1", "at: 61, do: expose, what: A1"))
    assert [step.error for step in report.steps[1:]] == ["Boomerang_WrongPhase"] * 2


def test_names_may_be_used_before_they_are_published() -> None:
    report = played(
        scenario(
            "at: 1, by: alice, do: publish, as: A1",
            "at: 6, by: alice, do: seal, what: A1, decision: keep if kept(B1)",
            "at: 20, by: bob, do: publish, as: B1",
            "at: 20, by: bob, do: offer, of: B1, to: A1",
            "at: 30, by: bob, do: seal, what: B1, decision: keep",
            "at: 80, by: bob, do: open, what: B1",
            "at: 80, by: alice, do: open, what: A1",
            tail="expect: {A1: Kept, B1: Kept}",
        )
    )
    assert report.failures == ()


def test_a_name_that_is_published_again_after_a_refusal_is_the_accepted_one() -> None:
    report = played(
        scenario(
            "at: 1, by: alice, do: publish, as: A1, bond: 5, cover: 6, refused: CoverExceedsBond",
            "at: 2, by: alice, do: publish, as: A1, bond: 5",
            "at: 30, by: alice, do: seal, what: A1, decision: keep",
            "at: 62, do: open, what: A1",
            tail="expect: {A1: Kept}",
        )
    )
    assert report.failures == ()
    assert report.commitments["A1"].published_at == 2


# ---- blocks ------------------------------------------------------------------------------------


def test_one_block_for_each_second_and_one_at_the_end() -> None:
    blocks = plan(parse(scenario(A1, SEAL, SEAL + ", refused: true", OPEN, tail="until: 70")))
    assert [(block.at, block.steps, block.closing) for block in blocks] == [
        (1, [0], False),
        (30, [1, 2], False),
        (61, [3], False),
        (70, [], True),
    ]


def test_the_last_step_and_the_end_may_share_a_block() -> None:
    blocks = plan(parse(scenario(A1, SEAL, OPEN, tail="until: 61")))
    assert [(block.at, block.steps, block.closing) for block in blocks][-1] == (61, [2], True)


def test_a_shared_block_is_drawn_as_soon_as_its_hash_is_there() -> None:
    two = (A1, A1.replace("A1", "A2"))
    other = "at: 3, by: alice, do: revoke, what: A1"
    blocks = plan(parse(scenario(*two, other, head="registry: {drawDelay: 3}\n", tail="until: 9")))
    assert [(block.at, block.draws) for block in blocks] == [
        (1, []),
        (2, []),
        (3, []),
        (4, []),
        (5, [1]),
        (9, []),
    ]


@pytest.mark.parametrize(
    ("delay", "until", "drawn"), [(58, 90, True), (59, 90, False), (30, 31, False)]
)
def test_no_draw_from_the_freeze_on_or_after_the_end(delay: int, until: int, drawn: bool) -> None:
    two = (A1, A1.replace("A1", "A2"))
    head, tail = f"registry: {{drawDelay: {delay}}}\n", f"draw: [A2, A1]\nuntil: {until}"
    text = scenario(*two, head=head, tail=tail)
    assert any(block.draws for block in plan(parse(text))) is drawn
    assert played(text).draw == (("A2", "A1") if drawn else ())


def test_without_a_draw_the_model_s_tie_is_permanent() -> None:
    two = (A1, "at: 1, by: bob, do: publish, as: B1")
    offer = "at: 10, by: bob, do: offer, of: B1, to: A1, refused: Undrawn"
    text = scenario(*two, offer)
    report = play(parse(text), ModelWorld(parse(text)))
    assert report.failures == ()
    assert report.draw == ()


def test_a_draw_may_be_refused_for_one_and_made_for_the_others() -> None:
    """The model draws those that it was given an order for."""
    three = (A1, A1.replace("A1", "A2"), A1.replace("A1", "A3"))
    text = scenario(*three, tail="draw: [A3, A1]")
    assert play(parse(text), ModelWorld(parse(text))).draw == ("A3", "A1")


# ---- the end -----------------------------------------------------------------------------------


def test_at_the_end_everything_is_resolved_that_can_be() -> None:
    """A chain of three, opened in the wrong order, and one that lapsed: all by the bystander."""
    report = played(
        scenario(
            "at: 1, by: alice, do: publish, as: A, bond: 7",
            "at: 2, by: bob, do: publish, as: B",
            "at: 3, by: alice, do: publish, as: C",
            "at: 30, by: bob, do: seal, what: B, decision: keep if not kept(A)",
            "at: 30, by: alice, do: seal, what: C, decision: keep if kept(B)",
            "at: 30, by: alice, do: seal, what: A, decision: keep",
            "at: 70, do: open, what: C",
            "at: 70, do: open, what: B",
            tail="until: 100\nexpect: {A: Unrevealed, B: Kept, C: Kept}",
        )
    )
    assert report.failures == ()
    assert [step.what for step in report.closing] == [("A",), ("B",), ("C",)]
    assert {step.at for step in report.closing} == {100}
    assert report.commitments["A"].final_at == 92
    assert report.commitments["C"].final_at == 100
    assert report.balances == {"alice": 993, "bob": 1000}


LAPSED = (
    "at: 1, by: alice, do: publish, as: A1",
    "at: 2, by: bob, do: publish, as: B1",
    "at: 3, by: bob, do: publish, as: B2",
    "at: 30, by: alice, do: seal, what: A1, decision: keep",
    "at: 30, by: bob, do: seal, what: B1, decision: revert if kept(A1)",
)


def test_of_a_list_to_resolve_what_is_settled_is_left_out() -> None:
    """Also what is settled earlier in the same block; a lapse waits for somebody to settle it."""
    report = played(
        scenario(
            *LAPSED,
            "at: 62, by: bob, do: open, what: B1",
            "at: 67, by: alice, do: open, what: A1",
            "at: 67, do: resolve, what: [A1, B1]",
            "at: 68, do: resolve, what: [A1, B1, B2]",
            "at: 69, do: resolve, what: [A1, B1, B2], refused: WrongPhase",
            "at: 69, do: resolve, what: A1, refused: WrongPhase",
            tail="until: 69\nexpect: {A1: Kept, B1: {reason: RevertedByDecision, finalAt: 67}}",
        )
    )
    assert report.failures == ()
    assert report.closing == ()


def test_an_empty_play() -> None:
    report = played("agents: {alice: 5}\nsteps: []\n")
    assert report.to_json()["commitments"] == {}
    assert report.balances == {"alice": 5}
    assert report.outcome_line == ""


# ---- answers -----------------------------------------------------------------------------------


def test_the_answer_as_json() -> None:
    report = played(scenario(A1, SEAL, OPEN, head="name: n\ngame: chicken\n"))
    assert report.to_json() == {
        "name": "n",
        "chain": "model",
        "steps": [
            {"at": at, "by": "alice", "do": do, "what": ["A1"], "ok": True, "error": None}
            | {"gas": None}
            for at, do in ((1, "publish"), (30, "seal"), (61, "open"))
        ],
        "commitments": {
            "A1": {
                "owner": "alice",
                "reason": "Kept",
                "outcome": "KEPT",
                "freezeAt": 61,
                "finalAt": 61,
                "floor": "A1",
                "depth": 0,
            }
        },
        "balances": {"alice": 1000, "bob": 1000},
        "game": "chicken",
        "payoffs": {"alice": 0, "bob": 0},
        "conflicts": [],
        "draw": [],
        "failures": [],
    }


def test_refusals_speak_the_scenario_s_language() -> None:
    report = played(
        scenario(A1, "at: 5, by: alice, do: seal, what: A1, decision: keep", "at: 9, do: withdraw")
    )
    assert report.steps[1].detail == (
        "for A1 this is possible from second 6; it is 5, 1 s too early"
    )
    assert report.steps[2].detail == "nothing is owed to bystander"


# ---- worlds ------------------------------------------------------------------------------------


def test_accounts_go_to_their_namesakes_first() -> None:
    chain = EmbeddedChain()
    accounts = chain.accounts()
    given = assign_accounts(["zoe", "Bob", "bystander"], accounts, more=False)
    assert given == {"Bob": accounts[1], "zoe": accounts[0], "bystander": accounts[-1]}
    many = assign_accounts([f"agent{i}" for i in range(30)], accounts, more=True)
    assert len(set(many.values())) == 31


def test_more_agents_than_a_chain_has_keys() -> None:
    agents = ", ".join(f"a{i}: 1" for i in range(20))
    many = parse(f"agents: {{{agents}}}\nsteps: [{{at: 1, by: a19, do: publish, as: X}}]")
    assert play(many, ChainWorld(many, EmbeddedChain())).ok
    with pytest.raises(TooManyAgents, match="acts for 20 accounts"), open_world("tester", many):
        pass


def test_a_world_by_a_name_that_is_none() -> None:
    with (
        pytest.raises(UnknownWorld, match="no chain is called 'ganache'"),
        open_world("ganache", parse(scenario(A1))),
    ):
        pass


def test_a_chain_that_keeps_its_own_time_plays_nothing() -> None:
    class Live(EmbeddedChain):
        def set_balance(self, address: str, wei: int) -> None:
            raise NotSupported("node", "set balances")

    with pytest.raises(NotSupported, match="cannot set balances"):
        ChainWorld(parse(scenario(A1)), Live())


def test_a_decision_that_is_too_large_has_its_line() -> None:
    names = " and ".join(["kept(A1)"] * 33)
    with pytest.raises(ScenarioError, match="has 33 atoms; at most 32 are allowed") as caught:
        parse(scenario(A1, f"at: 6, by: alice, do: seal, what: A1, decision: keep if {names}"))
    assert caught.value.line == 4


# ---- what need not be said ---------------------------------------------------------------------


def test_a_bystander_alone() -> None:
    report = played(
        "steps:\n  - {at: 1, do: publish, as: A1}\n"
        "  - {at: 30, do: seal, what: A1, decision: keep}\n"
        "  - {at: 61, do: open, what: A1}\nexpect: {A1: Kept}\n"
    )
    assert report.failures == ()
    assert report.commitments["A1"].owner == "bystander"
    assert report.balances == {}


def test_steps_in_another_order_are_played_in_that_of_time() -> None:
    report = played(scenario(OPEN, SEAL, A1, tail="until: 5\nexpect: {A1: Kept}"))
    assert report.failures == ()
    assert [(step.at, step.do, step.line) for step in report.steps] == [
        (1, "publish", 5),
        (30, "seal", 4),
        (61, "open", 3),
    ]
    assert report.until == 61


@pytest.mark.parametrize("what", ["A1", "[A1]", "[A1, B1]", "[A1, A1]", "[B1, A1, B1]"])
def test_what_is_final_already_is_left_out_and_nothing_is_sent(what: str) -> None:
    b1 = "at: 2, by: bob, do: publish, as: B1"
    steps = (A1, b1, SEAL, OPEN, "at: 9, by: bob, do: revoke, what: B1")
    report = played(scenario(*steps, f"at: 70, do: resolve, what: {what}"))
    assert report.failures == ()
    last = report.steps[-1]
    assert (last.do, last.ok, last.gas, last.error) == ("resolve", True, None, None)
    marked = f"at: 70, do: resolve, what: {what}, refused: WrongPhase"
    assert played(scenario(*steps, marked)).failures == ()


def test_of_a_list_with_one_name_twice_it_is_resolved_once() -> None:
    report = played(scenario(A1, "at: 70, do: resolve, what: [A1, A1]"))
    assert report.failures == ()
    assert report.commitments["A1"].reason == "Unsealed"


def test_refusals_call_what_nobody_published_by_its_name() -> None:
    report = played(
        scenario(
            A1,
            "at: 3, by: bob, do: revoke, what: Zed, refused: NotCommitter",
            "at: 3, by: bob, do: open, what: Zed, refused: UnknownCommitment",
            "at: 3, by: bob, do: offer, of: Zed, to: A1, refused: NotCommitter",
            "at: 3, by: alice, do: offer, of: A1, to: Ned, refused: UnknownCommitment",
            "at: 3, by: alice, do: decline, what: A1, offer: Ned, refused: NoOffer",
        )
    )
    assert report.failures == ()
    assert [step.detail for step in report.steps[1:]] == [
        "bob published no such commitment; it would be Zed",
        "no commitment Zed was published",
        "bob published no such commitment; it would be Zed",
        "no commitment Ned was published",
        "Ned made no offer to A1",
    ]
