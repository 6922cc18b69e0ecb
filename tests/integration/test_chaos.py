"""A short campaign: what the long one of `make chaos` tries, on fewer runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaos.comparison import Differences, differences
from chaos.kills import kill_everywhere
from chaos.measured import WAYS
from chaos.trouble_list import TROUBLES
from chaos.troubles import go_wrong

PLATFORM, PLATFORM_WITH_STORE, GUIDE, GUIDE_WITH_STORE = WAYS
KILLS = 4
TRIED = {
    "all of these at once, at the login, too": GUIDE,
    "availability date that stands still, goes back, goes on": PLATFORM_WITH_STORE,
    "jobs that stay pending for ever": PLATFORM,
    "all of this at once, and kills": PLATFORM,
}


def silent(_text):
    """A test says nothing on its way."""


def test_runs_killed_at_random_moments_lose_nothing_in_a_real_target():
    found = list(kill_everywhere(KILLS, [PLATFORM, GUIDE_WITH_STORE], seed=5, say=silent))

    assert [each.killed for each in found] == [KILLS // 2] * 2
    assert [each.differences for each in found] == [Differences()] * 2


@pytest.mark.parametrize("what", TRIED)
def test_trouble_at_the_other_end_loses_nothing_in_a_real_target(what):
    trouble = next(each for each in TROUBLES if each.what == what)

    (found,) = go_wrong([replace(trouble, ways=[TRIED[what]])], seed=5, say=silent)

    assert found.hits
    assert found.differences == Differences()


def test_a_row_too_many_one_too_few_and_a_wrong_one_are_told_apart():
    expected = {"queues": {("a",): {"id": "a", "name": ""}, ("b",): {"id": "b", "name": "B"}}}
    held = {"queues": {("b",): {"id": "b", "name": "C"}, ("c",): {"id": "c", "name": "C"}}}

    found = differences(held, expected)

    assert (found.extra, found.missing, found.wrong) == (1, 1, 1)
    assert found.examples == ("extra: queues c", "missing: queues a", "wrong: queues b")
    assert not differences({"queues": {**expected["queues"], ("a",): {"id": "a", "name": None}}}, expected)
