"""Timelines are the same under every policy, over a chain of runs as well, and the store shows nobody."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.extraction import Organization, RememberingOutput, at, contact, conversation, text, upsert
from support.virtual_time import VirtualTime

from tap_genesys_journey.exceptions import StoreError
from tap_genesys_journey.extraction.run import extract
from tap_genesys_journey.settings import load_settings

JOURNEYS = ("timeline_events", "timelines")
CONTACTS = ("contact_addresses", "external_contacts")
SECOND = 1 / 86_400
PHONES = [f"+141555501{n:02}" for n in range(5)]
OWN = PHONES[4]
KEEP: dict[str, Any] = {}
HASH = {"policy": "hash", "key": "a made-up key"}
REDACT = {"policy": "redact"}
HIDING = [HASH, REDACT, REDACT | {"key": "a made-up key"}, {"fields": {"address": "redact"}}]


def run(
    organization: Organization,
    pii: dict[str, Any],
    state: dict[str, Any] | None = None,
    store: Path | None = None,
    streams: tuple[str, ...] = JOURNEYS,
    **settings: Any,
) -> RememberingOutput:
    output = RememberingOutput(streams, state)
    config = {
        "access_token": "made-up",
        "api_url": "http://127.0.0.1:1",
        "start_date": text(at(0)),
        "pii": pii,
    }
    config |= {"concurrency": 1, "window_days": 5, "history_window_days": 20, "lookback_days": 1}
    config |= {"store_path": str(store)} if store else {}
    organization.page_rows = 50
    extract(
        organization,  # type: ignore[arg-type]
        output.as_output(),
        load_settings(config | settings),
        VirtualTime(organization.clock),
    )
    return output


def timelines(*outputs: RememberingOutput) -> dict[tuple[str, ...], dict[str, Any]]:
    rows = {}
    for key, row in upsert(*outputs).items():
        if row.get("contact_id", "") is not None:
            row.pop("extraction_timestamp_utc", None)
            row.get("metadata", {}).pop("extractionTimestampUTC", None)
            rows[key] = row
    return rows


def people(dice: random.Random, until: float) -> Organization:
    """Contacts who share numbers; conversations with a contact, with a number alone, with neither.

    One contact has a number to himself, and a conversation that was adopted by it.
    """
    contacts = [contact("own", 0, phone=OWN), *(contact(f"c{n}", 0, phone=PHONES[n % 3]) for n in range(6))]
    conversations = [
        conversation("known", 8, 8.1, "own"),
        conversation("unknown", 8.1 + 10 * SECOND, 8.2, ani=OWN),
    ]
    for n in range(60):
        start = dice.uniform(0, 20) if n % 3 else dice.choice([3, 7, 11, 15]) + dice.randrange(300) * SECOND
        owner = dice.choice([None, None, *(f"c{k}" for k in range(6))])
        end = start + dice.randrange(1, 900) * SECOND
        conversations.append(conversation(f"v{n:02}", start, end, owner, dice.choice([None, *PHONES[:3]])))
    return Organization(
        contacts={record["id"]: record for record in contacts},
        conversations=[row for row in conversations if row["conversationStart"] < text(at(until))],
        settled_until=at(until),
        clock=at(until),
    )


@pytest.mark.parametrize("pii", [HASH, REDACT])
@pytest.mark.parametrize("store", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_a_chain_of_runs_ends_where_one_run_without_privacy_does(seed, store, pii, tmp_path):
    path = tmp_path / "store.duckdb" if store else None
    outputs: list[RememberingOutput] = []
    state: dict[str, Any] = {}
    for stop in (6, 13, 21):
        outputs.append(run(people(random.Random(seed), stop), pii, state, path))  # noqa: S311
        state = outputs[-1].last_state

    expected = timelines(run(people(random.Random(seed), 21), KEEP))  # noqa: S311
    assert timelines(*outputs) == expected
    assert any(row.get("is_adopted") for row in expected.values())


@pytest.mark.parametrize("pii", HIDING)
def test_the_store_holds_no_address(pii, tmp_path):
    store = tmp_path / "store.duckdb"
    run(people(random.Random(1), 21), pii, store=store)  # noqa: S311

    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    with duckdb.connect(str(store), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        shown = str([connection.execute(f"from {table}").fetchall() for table in tables])
    for phone in PHONES:
        assert phone not in shown
        assert phone.encode() not in content


def test_without_privacy_the_store_holds_addresses_as_they_are(tmp_path):
    store = tmp_path / "store.duckdb"
    run(people(random.Random(1), 21), KEEP, store=store)  # noqa: S311

    with duckdb.connect(str(store), read_only=True) as connection:
        found = connection.execute("select distinct address from contact_addresses").fetchall()
    assert {address for (address,) in found} <= set(PHONES)


@pytest.mark.parametrize(
    ("before", "after"),
    [(KEEP, HASH), (HASH, KEEP), (HASH, HASH | {"key": "another"}), (KEEP, REDACT), (REDACT, KEEP)],
)
def test_a_store_filled_under_another_policy_or_key_is_refused_and_left_alone(before, after, tmp_path):
    store = tmp_path / "store.duckdb"
    run(people(random.Random(1), 6), before, store=store)  # noqa: S311
    content = store.read_bytes()

    with pytest.raises(
        StoreError, match=r"^store_path: the store was filled under another pii policy or key"
    ):
        run(people(random.Random(1), 13), after, store=store)  # noqa: S311

    assert store.read_bytes() == content


def test_a_policy_that_leaves_addresses_alone_does_not_concern_the_store(tmp_path):
    store = tmp_path / "store.duckdb"
    run(people(random.Random(1), 6), KEEP, store=store)  # noqa: S311

    run(people(random.Random(1), 13), {"fields": {"first_name": "redact"}}, store=store)  # noqa: S311


@pytest.mark.parametrize(
    ("before", "after"),
    [(KEEP, {"fields": {"attributes": "redact"}}), (HASH, HASH | {"fields": {"ani": "keep"}})],
)
def test_rows_shaped_by_another_policy_count_as_changed(before, after, tmp_path):
    store, streams = tmp_path / "store.duckdb", ("conversations",)
    first = run(people(random.Random(1), 21), before, store=store, streams=streams)  # noqa: S311
    lookback = {"lookback_days": 30}

    same = run(people(random.Random(1), 21), before, first.last_state, store, streams, **lookback)  # noqa: S311
    other = run(people(random.Random(1), 21), after, first.last_state, store, streams, **lookback)  # noqa: S311

    assert same.lines.rows == []
    assert len(other.lines.rows) == len(first.lines.rows)


def test_an_address_of_a_contact_and_of_a_conversation_have_one_pseudonym():
    organization = Organization(
        contacts={"c1": contact("c1", 0, phone=PHONES[0])},
        conversations=[conversation("v1", 1, 1.1, ani=PHONES[0])],
    )
    output = run(organization, HASH, streams=("contact_addresses", "interactions", "conversations"))

    rows = dict(output.lines.rows)
    pseudonym = rows["contact_addresses"]["address"]
    assert len(pseudonym) == 64
    assert rows["interactions"]["address"] == pseudonym
    (customer,) = rows["conversations"]["raw"]["participants"]
    assert customer["sessions"][0]["ani"] == pseudonym


def test_redacted_addresses_of_contacts_keep_their_keys_apart_and_join_with_nothing():
    organization = Organization(
        contacts={name: contact(name, 0, phone=PHONES[0]) for name in ("c1", "c2")},
        conversations=[conversation("v1", 1, 1.1, ani=PHONES[0])],
    )

    first, second = (
        run(organization, REDACT, streams=("contact_addresses", "interactions")) for _ in range(2)
    )

    addresses = [row["address"] for name, row in first.lines.rows if name == "contact_addresses"]
    assert len(set(addresses)) == 2
    assert [row["address"] for name, row in first.lines.rows if name == "interactions"] == [None]
    assert first.lines.rows == second.lines.rows


def test_ids_that_lead_nowhere_are_listed_only_where_they_may_be_shown(tmp_path):
    settings = {"external_ids": ["CRM-1"], "store_path": str(tmp_path / "store.duckdb")}
    organization = Organization()
    organization.fetch_contact_by_external_id = lambda _: None  # type: ignore[attr-defined]

    run(organization, {"fields": {"external_ids": "redact"}}, **settings)
    assert [path.name for path in tmp_path.iterdir()] == ["store.duckdb"]

    run(organization, KEEP, **settings)
    assert (tmp_path / "store.duckdb.unresolved.txt").read_text() == "CRM-1\n"
