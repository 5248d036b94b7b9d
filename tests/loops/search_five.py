"""Every history of five commitments, and of four with declines; minutes, so `make loops-five`.

What a history is, and what is left out, is as in test_search.py.
"""

from __future__ import annotations

from loops.machine import search


def test_five_commitments_never_loop() -> None:
    found = search(5)
    assert found.looping == found.overlong == 0
    assert (found.shapes, found.states, found.ends) == (81, 1_552_325, 162_751)
    assert len(found.graphs) == 3_183


def test_four_commitments_that_may_decline_never_loop() -> None:
    found = search(4, declines=True)
    assert found.looping == found.overlong == 0
    assert (found.shapes, found.states, found.ends) == (27, 486_574, 7_764)
    assert len(found.graphs) == 252
