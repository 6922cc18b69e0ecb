"""Policies of single fields: every name is known, or refused with the nearest one."""

from __future__ import annotations

import pytest

from tap_genesys_journey.exceptions import SettingError
from tap_genesys_journey.settings import load_settings


def load(**fields: str) -> dict[str, str]:
    pii = {"policy": "redact", "key": "made-up", "fields": fields}
    config = {
        "access_token": "made-up",
        "api_url": "http://127.0.0.1:9",
        "start_date": "2026-01-01",
        "pii": pii,
    }
    return dict(load_settings(config).privacy.fields)


@pytest.mark.parametrize(
    "name", ["first_name", "firstName", "email", "attributes.case no", "raw.shoeSize", "raw"]
)
def test_a_known_name_is_taken(name):
    assert load(**{name: "hash"}) == {name: "hash"}


def test_a_misspelt_name_is_refused_with_the_nearest_one():
    with pytest.raises(SettingError, match=r"^pii\.fields\.first_nam: .*did you mean first_name\?$"):
        load(first_nam="keep")


def test_a_name_like_no_other_is_refused_with_what_is_allowed():
    with pytest.raises(SettingError, match=r"^pii\.fields\.zzz: .*allowed: a column or wire name"):
        load(zzz="keep")
