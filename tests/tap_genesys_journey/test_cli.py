from __future__ import annotations

from tap_genesys_journey.cli import _on_one_line


def test_a_warning_is_one_line_without_a_path_of_the_machine():
    shown = _on_one_line(
        UserWarning("is old;\n  do   upgrade"), UserWarning, "/somewhere/module.py", 7, "code()"
    )

    assert shown == "UserWarning: is old; do upgrade"
