"""The scenario format: what is read, and what is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from boomerang.parameters import Parameters
from boomerang.scenarios import ScenarioError, library_files, load, locate, parse
from boomerang.scenarios.scalars import parse_amount, parse_seconds
from boomerang.scenarios.steps import Open, Publish, Resolve, Seal

HEAD = "agents: {alice: 1000, bob: 1000}\nsteps:\n"


def steps(*lines: str, tail: str = "") -> str:
    return HEAD + "".join(f"  - {{{line}}}\n" for line in lines) + tail


PUBLISH = "at: 1, by: alice, do: publish, as: A1"
EMPTY = HEAD.replace("steps:", "steps: []")


def test_the_least_that_a_scenario_says() -> None:
    scenario = parse("agents: {}\nsteps: []\n")
    assert scenario.steps == ()
    assert scenario.parameters == Parameters()
    assert scenario.until == 0


def test_a_whole_scenario() -> None:
    scenario = parse(
        "name: all\ngame: Chicken\nregistry: {period: 100, exposerShare: 1}\n"
        + steps(
            PUBLISH + ", bond: 100, pay: {bob: 3}, statement: yes, nonce: 0x10",
            "at: 0:50, by: bob, do: seal, what: A1, decision: keep, salt: 0x0001",
            "at: 1:41, do: open, what: A1, refused: yes",
            "at: 101, do: resolve, what: A1",
            tail="draw: [[A1]]\nuntil: 2:00\nexpect: {A1: {reason: [kept, pending], finalAt: 7}}\n"
            "payoffs: {alice: -20}\nbalances: {bob: 1}\nconflicts: [[A1, A1]]\n",
        )
    )
    publish, seal, opening, resolve = scenario.steps
    assert isinstance(publish, Publish)
    assert (publish.statement, publish.nonce, publish.pay[0].to) == ("yes", 16, "bob")
    assert isinstance(seal, Seal)
    assert (seal.at, seal.salt) == (50, "0x0001")
    assert isinstance(opening, Open)
    assert (opening.by, opening.refused, opening.at) == ("bystander", True, 101)
    assert isinstance(resolve, Resolve)
    assert resolve.what == ("A1",)
    assert (scenario.game, scenario.until, scenario.draw) == ("chicken", 120, ("A1",))
    assert scenario.parameters.period == 100
    assert scenario.expect["A1"].reason == ("Kept", "Pending")
    assert scenario.expect["A1"].final_at == 7
    assert scenario.payoffs == {"alice": -20}


def test_escrows_payments_and_tips_in_every_spelling() -> None:
    tokens = "tokens: {GOLD: {alice: 7}, LEAD: }\n"
    long = (
        "escrow: [{amount: 3}, {token: GOLD, amount: 4}], tip: {token: GOLD, amount: 1}, "
        "pay: [{to: bob, amount: 3}, {to: bob, token: GOLD, amount: 2}]"
    )
    short = "escrow: {ETH: 3, GOLD: 4}, tip: {GOLD: 1}, pay: {bob: {ETH: 3, GOLD: 2}}"
    found = [
        parse(tokens + steps(f"{PUBLISH}, {given}")).publications["A1"] for given in (long, short)
    ]
    assert found[0] == found[1]
    assert [(part.token, part.amount) for part in found[0].escrow or ()] == [
        ("ETH", 3),
        ("GOLD", 4),
    ]
    (plain,) = parse(steps(PUBLISH + ", escrow: 5, pay: {bob: 3}, tip: 2")).steps
    assert isinstance(plain, Publish)
    assert plain.escrow is not None
    assert plain.tip is not None
    assert [plain.escrow[0].amount, plain.pay[0].amount, plain.tip.amount] == [5, 3, 2]
    assert parse(steps(PUBLISH + ", pay: {bob: 3}")).publications["A1"].escrow is None
    assert parse(steps(PUBLISH + ", escrow: 0")).publications["A1"].escrow == ()
    calls = "calls: [{target: GOLD, token: GOLD, amount: 4}, {target: bob, value: 4}]"
    made = parse(tokens + steps(f"{PUBLISH}, {calls}")).publications["A1"].calls
    assert [(one.token, one.value) for one in made] == [("GOLD", 4), ("ETH", 4)]


def test_json_is_read_too_with_its_lines() -> None:
    text = json.dumps({"agents": {"alice": 5}, "steps": [{"at": 1, "do": "publish", "as": "X"}]})
    assert parse(text).steps[0].do == "publish"
    indented = json.dumps({"agents": {"alice": 5}, "steps": [{"at": 1, "do": "fly"}]}, indent="\t")
    with pytest.raises(ScenarioError, match="nobody can 'fly'") as caught:
        parse(indented)
    assert caught.value.line == 8


def test_until_is_by_default_when_everything_is_decided() -> None:
    scenario = parse("registry: {maxDepth: 2, revealWindow: 7}\n" + steps(PUBLISH))
    assert scenario.until == 1 + 60 + 2 * (60 - 20) + 7 + 1


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "the file is empty"),
        ("a: [1", 1, "not YAML"),
        ("- 1\n", 1, "a scenario is a mapping"),
        ("agents: {alice: 1}\n", 1, "'steps' is missing"),
        ("agents: [alice]\nsteps: []\n", 1, "agents: must be a mapping"),
        ("agents: {alice: 1}\nsteps: {}\n", 2, "steps: must be a list"),
        ("agents: {alice: 1}\nagents: {}\nsteps: []\n", 2, "'agents' is given twice"),
        ("agents: {alice: -1}\nsteps: []\n", 1, "alice: must be a whole number"),
        ("agents: {alice: 1.5}\nsteps: []\n", 1, "alice: must be a whole number"),
        ("agents: {alice: 1}\nstpes: []\nsteps: []\n", 2, "unknown key 'stpes', did you mean 's"),
        ("agents: {}\nregistry:\n  sealDealy: 5\nsteps: []\n", 3, "did you mean 'sealDelay'"),
        ("agents: {}\nregistry:\n  period: 60\n  sealDelay: 60\nsteps: []\n", 4, "sealDelay"),
        ("agents: {}\ngame: chikcen\nsteps: []\n", 2, "did you mean 'chicken'"),
        ("agents: {}\nsteps: []\npayoffs: {}\n", 3, "no game is named"),
        (steps("at: 1, do: pubish, as: A"), 3, "nobody can 'pubish', did you mean 'publish'"),
        (steps("at: 1, by: alice"), 3, "'do' is missing"),
        (steps("do: revoke, what: A1"), 3, "'at' is missing"),
        (steps("at: 1, do: revoke"), 3, "'what' is missing"),
        (steps("at: x, do: revoke, what: A"), 3, "at: must be a whole number"),
        (steps("at: -1, do: revoke, what: A"), 3, "at: must be a whole number"),
        (steps("at: 99999999, do: revoke, what: A"), 3, "at: '99999999' is more than a year"),
        (steps(PUBLISH + ", stament: x"), 3, "unknown key 'stament' in a 'publish' step, did you"),
        (steps(PUBLISH, "at: 1, by: alcie, do: revoke, what: A"), 4, "did you mean 'alice'"),
        (steps(PUBLISH, "at: 2, do: revoke, what: B1"), 4, "nobody publishes 'B1', did you mean"),
        (steps(PUBLISH, "at: 0, do: revoke, what: B1"), 4, "nobody publishes 'B1', did you mean"),
        (steps(PUBLISH, "at: 2, do: draw, what: [A1, Zed]"), 4, "nobody publishes 'Zed'"),
        (steps(PUBLISH, "at: 2, do: offer, of: A1, to: A2"), 4, "nobody publishes 'A2', did you"),
        (steps(PUBLISH, "at: 2, do: decline, what: A1, offer: A2"), 4, "nobody publishes 'A2', di"),
        (steps("at: 1, by: alice, do: publish, as: A1, pay: {alcie: 5}"), 3, "mean 'alice'?"),
        (steps("at: 1, do: publish, as: A1, pay: [{to: bbo, amount: 5}]"), 3, "did you mean 'bob'"),
        (steps(PUBLISH, PUBLISH), 4, "'A1' is published twice"),
        (steps("at: 1, by: alice, do: publish"), 3, "'as' is missing"),
        (steps(PUBLISH + ", bond: 79228162514264337593543950336"), 3, "bond: is larger than"),
        (steps(PUBLISH + ", topic: " + "x" * 33), 3, "topic: must be at most 32 bytes"),
        (steps(PUBLISH + ", body: hello"), 3, "body: must be bytes, as 0x"),
        (steps(PUBLISH + ", pay: {0x12: 5}"), 3, "is not an address"),
        (steps(PUBLISH, "at: 6, by: alice, do: seal, what: A1"), 4, "'decision' is missing"),
        (steps("at: 6, do: seal, what: A1, decision: 'kep if kept(A)'"), 3, "did you mean 'keep'"),
        (steps("at: 6, do: seal, what: A1, decision: keep if"), 3, "decision, column 8"),
        (steps(PUBLISH + ", guard: 'kept('"), 3, "guard, column 6"),
        (steps(PUBLISH, tail="expect: {A2: Kept}\n"), 4, "nobody publishes 'A2', did you mean 'A"),
        (steps(PUBLISH, tail="expect:\n  A1: Kepd\n"), 5, "'Kepd' is no reason, did you mean 'K"),
        (steps(PUBLISH, tail="expect: {A1: Keptt}\n"), 4, "did you mean 'Kept'?"),
        (steps(PUBLISH, tail="expect:\n  A1: {final: 7}\n"), 5, "unknown key 'final'"),
        (steps(PUBLISH, tail="draw: [B1]\n"), 4, "nobody publishes 'B1'"),
        (steps(PUBLISH, tail="draw: [A1, A1]\n"), 4, "a name stands twice"),
        (steps(PUBLISH, tail="balances: {carol: 1}\n"), 4, "no agent is called 'carol'"),
        (steps("at: 1, do: draw, what: {a: b}"), 3, "what: must be text"),
        ("agents: &a {x: *a}\nsteps: []\n", 1, "an alias inside what it stands for"),
        ("agents: {}\nsteps: [oops]\n", 2, "a step is a mapping"),
        ("agents: {}\n? [a]\n: 1\nsteps: []\n", 2, "a key must be a word"),
        ("agents: {}\nsteps: []\n\x00", 3, "not text"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(text, "file.yaml")
    assert problem in caught.value.problem
    assert caught.value.line == line
    assert str(caught.value).startswith(f"file.yaml:{line}: ")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (steps(PUBLISH + ", pay: {bob: {GOLD: 1}}"), 3, "no token is called 'GOLD'"),
        (
            "tokens: {GOLD: }\n" + steps(PUBLISH + ", tip: {GOLDS: 1}"),
            *(4, "no token is called 'GOLDS', did you mean 'GOLD'?"),
        ),
        ("tokens: {GOLD: }\n" + steps("at: 1, do: approve, token: X, amount: 1"), 4, "'X'"),
        ("tokens: {GOLD: {carol: 1}}\n" + EMPTY, 1, "no agent is called 'carol'"),
        ("tokens: {ETH: {alice: 1}}\n" + EMPTY, 1, "already stands for something else"),
        ("tokens: {alice: }\n" + EMPTY, 1, "already stands for something else"),
        (EMPTY + "tokenBalances: {GOLD: {alice: 1}}", 3, "no token is called 'GOLD'"),
        (steps("at: 1, do: execute, what: X"), 3, "nobody publishes 'X'"),
        (steps("at: 1, do: retry, what: X, calls: 1"), 3, "unknown key 'calls' in a 'retry' step"),
        (steps(PUBLISH + ", escrow: 0, pay: {bob: 1}"), 3, "the escrow has 0 wei left"),
        (steps(PUBLISH + ', pay: {bob: "1e39"}'), 3, "does not fit into 16 bytes"),
    ],
)
def test_tokens_and_escrows_that_make_no_sense(text: str, line: int, problem: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    assert caught.value.line == line
    assert problem in str(caught.value)


def test_anchors_and_merge_keys() -> None:
    scenario = parse(
        "agents: {alice: 1}\nsteps:\n  - &p {at: 1, by: alice, do: publish, as: A1, bond: 5}\n"
        "  - {<<: *p, as: A2}\n"
    )
    assert [step.name for step in scenario.steps if isinstance(step, Publish)] == ["A1", "A2"]
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for i in range(1, 9):
        bomb += f"b{i}: &b{i} [{','.join(['*' + ('a' if i == 1 else f'b{i - 1}')] * 9)}]\n"
    with pytest.raises(ScenarioError, match="grows without end"):
        parse(bomb)


def test_a_refused_publication_may_be_repeated_under_its_name() -> None:
    scenario = parse(
        steps(PUBLISH + ", bond: 1, refused: true", PUBLISH + ", bond: 2", PUBLISH + ", refused: X")
    )
    published = scenario.publications["A1"]
    assert published.bond == 2


def test_a_name_that_nobody_publishes_is_no_error_where_a_refusal_is_wanted() -> None:
    for verb in ("seal", "open", "expose"):
        line = f"at: 1, do: {verb}, what: Nobody, decision: keep if kept(Else)"
        assert parse(steps(line + ", refused: true")).publications == {}
        with pytest.raises(ScenarioError, match=":3: nobody publishes 'Nobody'"):
            parse(steps(line))
    assert len(parse(steps(PUBLISH, "at: 9, do: seal, what: A1, decision: keep if kept(X)")).steps)


def test_agents_may_be_missing() -> None:
    scenario = parse("steps:\n  - {at: 1, do: publish, as: A1}\n")
    assert scenario.agents == {}
    assert parse("agents:\nsteps: []\n").agents == {}
    with pytest.raises(ScenarioError, match=":2: no agent is called 'alice'"):
        parse("steps:\n  - {at: 1, by: alice, do: publish, as: A1}\n")


def test_who_can_be_paid() -> None:
    payees = f"{{alice: 1, bystander: 2, registry: 3, '0x{'ab' * 20}': 4}}"
    (step,) = parse(steps(PUBLISH + f", pay: {payees}")).steps
    assert isinstance(step, Publish)
    assert [part.amount for part in step.pay] == [1, 2, 3, 4]


def test_steps_are_played_in_the_order_of_time_and_keep_their_lines() -> None:
    late, early = "at: 9, do: publish, as: L", "at: 2, do: publish, as: E"
    scenario = parse(steps(late, early, PUBLISH, "at: 2, do: publish, as: F"))
    names = [step.name for step in scenario.steps if isinstance(step, Publish)]
    assert names == ["A1", "E", "F", "L"]
    assert [scenario.line(index) for index in range(4)] == [5, 4, 6, 3]
    assert str(scenario.step_error(0, "x")) == "scenario:5: x"


def test_until_is_never_before_the_last_step() -> None:
    assert parse(steps(PUBLISH, tail="until: 0\n")).until == 1
    assert parse(steps(PUBLISH, tail="until: 7\n")).until == 7


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("1_000", 1000),
        ("1e18", 10**18),
        ("0.5 ether", 5 * 10**17),
        ("340282366920938463463374607431768211455", 2**128 - 1),  # over Decimal's 28 digits
        ("123456789012.345678901234567891 ether", 123456789012345678901234567891),
        ("3gwei", 3 * 10**9),
        ("2 wei", 2),
        ("0x64", 100),
        ("1.50e1", 15),
        (7, 7),
    ],
)
def test_amounts(text: str | int, amount: int) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize("text", ["", "x", "1.5", "-1", "1 dollar", "1e999", "0.1 wei", True, None])
def test_what_is_no_amount(text: object) -> None:
    with pytest.raises(ValueError, match=r"number|negative"):
        parse_amount(text)


def test_seconds_also_as_minutes() -> None:
    assert [parse_seconds(text) for text in ("7", "0:07", "1:07", "10:00")] == [7, 7, 67, 600]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.yaml: cannot be read"):
        load(tmp_path / "nowhere.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="is not UTF-8 text"):
        load(binary)


def test_the_library_is_found_by_name(tmp_path: Path) -> None:
    assert locate("chicken").name == "chicken.yaml"
    assert locate("examples/chicken") == locate("chicken")
    assert locate("no-such-scenario") == Path("no-such-scenario")
    own = tmp_path / "chicken"
    own.write_text("x", encoding="utf-8")
    assert locate(str(own)) == own


def test_every_file_of_the_library_has_a_name_of_its_own() -> None:
    names = [load(path).name for path in library_files()]
    stems = [path.stem for path in library_files()]
    assert len(names) >= 80
    assert len(set(names)) == len(names)
    assert len(set(stems)) == len(stems)
