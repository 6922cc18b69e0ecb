from __future__ import annotations

import click
import msgspec
import pytest

from genesys_sandbox import SandboxOptions
from genesys_sandbox.cli import main, read_options


def test_every_option_can_be_set_on_the_command_line():
    flags = {flag.lstrip("-").replace("-", "_") for option in main.params for flag in option.opts}
    fields = {field.name for field in msgspec.structs.fields(SandboxOptions)} - {
        "faults",
        "denied_permissions",
    }
    assert fields <= flags
    faults = {f"fault_{field.name}" for field in msgspec.structs.fields(type(SandboxOptions().faults))}
    assert faults <= flags


def test_single_options_win_over_the_whole():
    options = read_options('{"seed": 3, "contacts": 9}', ("a:b:view",), {"seed": 5, "fault_slow": 0.5})
    assert (options.seed, options.contacts, options.faults.slow) == (5, 9, 0.5)
    assert options.denied_permissions == ("a:b:view",)


def test_options_cannot_be_changed():
    with pytest.raises(AttributeError):
        SandboxOptions().seed = 2


@pytest.mark.parametrize(
    "wrong", [{"seed": "x"}, {"contacts": -1}, {"faults": {"slow": 2}}, {"colour": "red"}]
)
def test_a_wrong_option_is_refused(wrong):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, SandboxOptions)


def test_a_clock_that_stands_at_no_instant_is_refused():
    with pytest.raises(click.UsageError, match="not an ISO 8601 instant: 'yesterday'"):
        read_options(None, (), {"now": "yesterday"})
