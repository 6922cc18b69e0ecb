from __future__ import annotations

import pytest

from tap_genesys_journey.api.trail import Trail
from tap_genesys_journey.exceptions import ApiError


def test_cursors_that_differ_lead_on():
    trail = Trail("a reading", "a")

    assert [trail.follow(cursor) for cursor in ("b", "c", "d")] == ["b", "c", "d"]


@pytest.mark.parametrize("cursors", [["a"], ["b", "b"], ["b", "c", "a"], ["b", "c", "d", "b"]])
def test_a_cursor_that_comes_again_is_an_error_that_does_not_show_it(cursors):
    trail = Trail("a reading", "a")

    with pytest.raises(ApiError) as caught:
        [trail.follow(cursor) for cursor in cursors]

    assert str(caught.value) == "a reading: the same cursor came twice, so the pages would never end"
