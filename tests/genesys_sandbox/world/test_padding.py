from __future__ import annotations

import json

import pytest

from genesys_sandbox.options import SandboxOptions
from genesys_sandbox.world.organization import Organization


def rows(**options):
    organization = Organization(SandboxOptions(conversations=120, **options))
    return [json.loads(text) for text in organization.truth(organization.view)]


def length(row):
    return len(json.dumps(row, separators=(",", ":")))


@pytest.mark.parametrize("size", [8192, 20_000])
def test_records_reach_about_the_size_asked_for(size):
    for plain, full in zip(rows(), rows(record_bytes=size), strict=True):
        assert size * 0.9 < length(full) < max(size, length(plain)) * 1.1


def test_padding_adds_and_takes_nothing_away():
    for plain, full in zip(rows(), rows(record_bytes=8192), strict=True):
        assert full["participants"][0]["attributes"].items() >= plain["participants"][0]["attributes"].items()
        for before, after in zip(plain["participants"], full["participants"], strict=True):
            for one, other in zip(before["sessions"], after["sessions"], strict=True):
                assert one["segments"] == other["segments"]
                assert other["metrics"][: len(one["metrics"])] == one["metrics"]


def test_without_a_size_nothing_is_added():
    assert rows() == rows(record_bytes=100)
