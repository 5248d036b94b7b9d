"""`boomerang solve` and `verify-solution` on auction files; no chain is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.test_commands import Shell, empty

__all__ = ["empty"]

AUCTION = """\
tokens: {A: {decimals: 18}, B: {decimals: 18}, C: {decimals: 18}, D: {decimals: 18}}
pools:
  - {id: AB, tokens: [A, B], reserves: ["50000e18", "50000e18"], feeBps: 30}
  - {id: BD, tokens: [B, D], reserves: ["50000e18", "50e18"]}
  - {id: AC, tokens: [A, C], reserves: ["50000e18", "50000e18"]}
  - {id: CD, tokens: [C, D], reserves: ["50000e18", "50e18"]}
prices: {A: 1, B: 1, C: 1, D: 1000}
intents:
  - id: i1
    by: alice
    text: |
      if exists swap $D -> $A at rate $A/$D <= 1000:
          swap 500 $A -> $D
      else:
          route 500 $A -> $D via A -> B -> D or A -> C -> D for at least 0.49 $D
"""
ANSWER = '  - {id: i2, by: bob, text: "swap 0.6 $D -> $A at rate $A/$D >= 990 in parts"}\n'


@pytest.fixture
def auction(tmp_path: Path) -> Path:
    path = tmp_path / "auction.yaml"
    path.write_text(AUCTION + ANSWER)
    return path


def test_a_pair_is_solved_and_verified(empty: Shell, auction: Path, tmp_path: Path) -> None:
    out = tmp_path / "solution.json"
    told = empty.json("solve", str(auction), "--time-limit", "5", "--out", str(out))
    assert told["fills"]["i1"] == [
        {"branch": 0, "sold": str(500 * 10**18), "bought": "502518907629606037", "with": ["i2"]}
    ]
    assert float(told["gap"]) >= 0
    verdict = empty.json("verify-solution", str(auction), str(out))
    assert verdict["good"]
    assert verdict["objective"] == told["objective"]
    assert verdict["bound"] == told["bound"]
    piped = tmp_path / "piped.json"
    piped.write_text(empty("solve", str(auction), "--json").stdout)
    assert "It holds: surplus 15.0" in empty("verify-solution", str(auction), str(piped)).stdout


def test_for_people(empty: Shell, auction: Path, tmp_path: Path) -> None:
    text = empty("solve", str(auction)).stdout
    for said in ("i1", "500 A", "0.502518907629606037 D", "prices", "Surplus 15.0", "at most"):
        assert said in text
    alone = tmp_path / "alone.yaml"
    alone.write_text(AUCTION)
    routed = empty("solve", str(alone)).stdout
    for said in ("AB", "CD", "pool"):
        assert said in routed
    nobody = tmp_path / "nobody.yaml"
    nobody.write_text(AUCTION.replace("0.49", "0.6"))
    assert "Nothing can be filled." in empty("solve", str(nobody)).stdout


def test_what_is_left_out_is_told(empty: Shell, auction: Path, tmp_path: Path) -> None:
    nothing = empty.json("solve", str(auction))
    nothing |= {"fills": {}, "cycles": [], "sweeps": [], "routes": [], "pools": {}}
    nothing |= {"objective": "0", "gap": nothing["bound"], "added": {}, "shares": []}
    path = tmp_path / "empty.json"
    path.write_text(json.dumps(nothing))
    told = empty.json("verify-solution", str(auction), str(path))
    assert told["leftOut"][0]["intents"] in (["i1", "i2"], ["i2", "i1"])
    text = empty("verify-solution", str(auction), str(path)).stdout
    assert "Could still be matched: i" in text


def test_a_solution_that_does_not_hold(empty: Shell, auction: Path, tmp_path: Path) -> None:
    good = empty.json("solve", str(auction))
    path = tmp_path / "solution.json"

    def refused(change: dict[str, object], code: int) -> str:
        path.write_text(json.dumps({**good, **change}))
        return empty.error("verify-solution", str(auction), str(path), code=code)

    assert refused({"objective": "3"}, 1).startswith("WrongObjective")
    assert refused({"bound": "1"}, 1).startswith("WrongBound")
    cycle = [dict(move) for move in good["cycles"][0]]
    cycle[0]["amount"] = str(int(cycle[0]["amount"]) + 10**16)
    assert refused({"cycles": [cycle]}, 1)
    assert "cycles: must be a list" in refused({"cycles": "none"}, 2)


def test_files_that_make_no_sense(empty: Shell, auction: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(AUCTION.replace("A -> B -> D", "A -> B -> Q"))
    said = empty.error("solve", str(bad), code=2)
    assert said.startswith(f"{bad}:15: ")
    bad.write_bytes(b"\xff\xfe")
    assert empty.error("solve", str(bad), code=2)
    assert "is no text" in empty.error("verify-solution", str(auction), str(bad), code=2)
    bad.write_text("{")
    assert "not JSON" in empty.error("verify-solution", str(auction), str(bad), code=2)
    assert "solve" in empty("solve", "--help").stdout
