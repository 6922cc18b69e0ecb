"""No byte that the tap leaves behind tells who the people are, where a policy says so; and joins hold.

Records, state, log, store and the files beside it are searched for every personal value of a made-up
organization. Under `keep` the same search finds them all, so it could find them under the others.
"""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
from support.people import KINDS, Written, people_of, personal_texts, read_folder, read_store
from support.processes import Run, command, run_forked

from genesys_sandbox import Sandbox, SandboxOptions

SURFACES = ("platform", "guide")
KEY = "made-up-key-of-pseudonyms"
POLICIES = {
    "keep": {"policy": "keep"},
    "hash": {"policy": "hash", "key": KEY},
    "redact": {"policy": "redact"},
}
HIDING = ("hash", "redact")
UNRESOLVED = "CRM Planted/90009 ä"

CONTACT = {
    "salutation": "Dame Planted",
    "firstName": 'Zoë "Zed" Planted\\90001',
    "lastName": "Plänted-Underfoot",
    "workPhone": {
        "display": "020 7946 0958 ext. 12",
        "userInput": "(020) 7946-0958",
        "e164": "+442079460958",
    },
    "homePhone": {"userInput": "+1 (415) 555-0142"},
    "middleName": ["Planted-Middle"],
    "otherEmail": "Zoe.Planted+90001@Example.COM",
    "address": {"address1": "1 Planted Close", "city": "Plantedville", "postalCode": "PL4 NT3D"},
    "lineId": {"displayName": "line-planted", "ids": [{"userId": "line-user-90001"}]},
    "instagramId": {"ids": [{"scopedId": "instagram-user-90001"}]},
    "twitterId": {"id": "9000190001", "screenName": "planted-handle"},
    "appleOpaqueIds": [{"opaqueId": "apple-opaque-90001"}],
    "externalIds": [{"externalSource": {"id": "source-1"}, "value": "CRM Planted/90001 ä"}],
    "externalSystemUrl": "https://crm.example.com/people/90001",
    "externalDataSources": [{"platform": "MadeUp", "url": "https://data.example.com/90001"}],
    "customFields": {"notes_longtext": "likes planted roses", "list": ["planted-a", {"deep": 9000190002}]},
    "modifyDate": "2026-03-15T12:00:00.000Z",
}
"""Of every field that the organization itself does not fill, and in spellings that are hard to find."""

CUSTOMER = {
    "participantName": "Zoë Planted-90002",
    "attributes": {
        "planted_note": 'said "call +1 (415) 555-0143"',
        "json": '{"caller":"Planted 90003","phone":"4155550144"}',
        "number": 9000190004,
    },
}
SESSION = {
    "mediaType": "email",
    "direction": "inbound",
    "addressFrom": "Planted.Sender@Example.COM",
    "addressOther": "planted.other@example.com",
    "addressSelf": "planted.self@example.com",
    "cc": ["planted.cc@example.com"],
    "bcc": ["planted.bcc@example.com"],
    "remote": "planted-remote",
    "destinationAddresses": ["sip:+14155550145@198.51.100.9;user=phone"],
    "flow": {"entryReason": "tel:+14155550146", "transferTargetAddress": "+1 415 555 0147"},
}
SEGMENT = {
    "segmentType": "interact",
    "segmentStart": "2026-03-15T10:00:00.000Z",
    "segmentEnd": "2026-03-15T10:05:00.000Z",
    "subject": "Planted: about my roses",
    "wrapUpNote": "planted note, call back",
}
CONVERSATION = {
    "conversationStart": SEGMENT["segmentStart"],
    "conversationEnd": SEGMENT["segmentEnd"],
    "externalTag": "planted-tag-90005",
    "participants": [
        CUSTOMER
        | {"participantId": "planted-p1", "purpose": "customer"}
        | {"sessions": [SESSION | {"sessionId": "planted-s1", "segments": [SEGMENT]}]}
    ],
}
GUIDE_CONVERSATION = {
    "id": "planted-conversation",
    "state": "TERMINATED",
    "type": "EMAIL",
    "createdTime": SEGMENT["segmentStart"],
    "updatedTime": SEGMENT["segmentEnd"],
    "participants": [
        CUSTOMER
        | {"participantId": "planted-p1", "address": "Planted.Sender@Example.COM", "subject": "Roses!"}
    ],
}


@pytest.fixture(scope="module")
def sandbox():
    """An organization whose people fill every field, as a process of its own."""
    options = SandboxOptions(contacts=30, conversations=50, days=6, job_polls=0, requests_per_minute=0)
    with Sandbox(options, process=True) as running:
        planted = running.control.add_contact(**CONTACT)
        carried = {"externalContactId": planted}
        (customer,) = CONVERSATION["participants"]
        running.control.add_conversation(payload=CONVERSATION | {"participants": [customer | carried]})
        (customer,) = GUIDE_CONVERSATION["participants"]
        running.control.add_conversation(
            contact_id=planted, guide_payload=GUIDE_CONVERSATION | {"participants": [customer | carried]}
        )
        yield running


@pytest.fixture(scope="module")
def people(sandbox):
    """Every personal value, by kind."""
    found = people_of(sandbox)
    for kind, texts in personal_texts([], [GUIDE_CONVERSATION]).items():
        found[kind] |= texts
    found["free text"].add(CONVERSATION["externalTag"])
    return found


class Left:
    """What a run with a store left behind, and others that went on from it.

    Attributes:
        runs: All of them, at the most telling level.
        folder: Holds the store, and nothing that a test wrote.
    """

    def __init__(self, folder: Path, config: dict[str, Any], *, runs: int) -> None:
        self.folder = folder / "store"
        self.folder.mkdir()
        given = config | {"store_path": str(self.folder / "store.duckdb")}
        self.runs: list[Run] = []
        for _ in range(runs):
            state = self.runs[-1].state if self.runs else None
            run = run_forked(command(folder, given, state=state), TAP_GENESYS_JOURNEY_LOGLEVEL="DEBUG")
            assert run.exit_code == 0, run.log
            assert " DEBUG " in run.log
            self.runs.append(run)

    @cached_property
    def places(self) -> dict[str, Written]:
        """Everything written, by place."""
        by_type = {
            kind: b"\n".join(
                line for run in self.runs for line in run.output.splitlines() if mark in line[:40]
            )
            for kind, mark in (("records", b'"RECORD"'), ("state", b'"STATE"'), ("schemas", b'"SCHEMA"'))
        }
        others = {
            "log": "".join(run.log for run in self.runs).encode(),
            "files": read_folder(self.folder),
            "store": read_store(self.folder / "store.duckdb"),
        }
        return {place: Written(written) for place, written in (by_type | others).items()}

    def told(self, people: dict[str, set[str]]) -> set[tuple[str, str]]:
        """Which values can be read in which place."""
        texts = frozenset(text for kind in people.values() for text in kind)
        return self._told(texts)

    @cache  # noqa: B019  # lives as long as the module's fixture
    def _told(self, texts: frozenset[str]) -> set[tuple[str, str]]:
        return {
            (place, text) for place, written in self.places.items() for text in texts if written.holds(text)
        }

    def rows(self, stream: str, *names: str) -> set[tuple[str, ...]]:
        """Values of these columns in all rows of a stream, as text."""
        return {tuple(str(row[name]) for name in names) for run in self.runs for row in run.rows(stream)}


@pytest.fixture(scope="module")
def left(sandbox, people, tmp_path_factory):
    """Gives what runs over a surface left behind, under a policy; each is made once."""
    of_crm = sorted(text for text in people["external ids"] if text.startswith("CRM-"))

    @cache
    def made(api: str, policy: str, *, following: bool = False) -> Left:
        config = sandbox.config | {"api": api, "include_system_participants": True}
        config["pii"] = {"policy": policy} | ({"key": KEY} if policy == "hash" else {})
        if following:
            config["external_ids"] = [*of_crm, UNRESOLVED]
            config |= {"external_source": "Sandbox CRM"} if api == "platform" else {}
        return Left(
            tmp_path_factory.mktemp(f"{api}-{policy}"), config, runs=1 + (api == "platform" and not following)
        )

    return made


on_both = pytest.mark.parametrize("api", SURFACES)
hiding = pytest.mark.parametrize("policy", HIDING)


def test_the_people_of_the_organization_fill_every_kind_of_field(people):
    assert {kind for kind in KINDS if len(people[kind]) < 2} == set()
    assert sum(map(len, people.values())) > 300


@on_both
@hiding
def test_no_byte_that_was_written_tells_who_the_people_are(left, people, api, policy):
    assert left(api, policy).told(people) == set()


@on_both
@hiding
def test_no_byte_that_was_written_tells_who_was_followed(left, people, api, policy):
    asked_for = people | {"asked for": {UNRESOLVED}}

    assert left(api, policy, following=True).told(asked_for) == set()
    assert [path.name for path in left(api, policy, following=True).folder.iterdir()] == ["store.duckdb"]


def test_the_same_search_finds_every_kept_value_of_what_was_read(left):
    found = left("platform", "keep")
    contacts = [row["raw"] for row in found.runs[0].rows("external_contacts")]
    read = personal_texts(contacts, [row["raw"] for row in found.runs[0].rows("conversations")])

    assert {kind for kind in KINDS if len(read[kind]) < 2} == set()
    records = found.places["records"]
    assert {text for kind in KINDS for text in read[kind] if not records.holds(text)} == set()


@on_both
def test_the_same_search_finds_kept_values_of_every_kind_and_in_every_place(left, people, api):
    told = left(api, "keep").told(people)

    for kind in ("names", "phones", "e-mails", "external ids", "attributes"):
        assert any(("records", text) in told for text in people[kind]), kind
    for place in ("store", "files"):
        assert sum((place, text) in told for text in people["e-mails"]) > 10, place


@on_both
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("following", [False, True])
def test_state_log_and_schemas_tell_nobody_under_any_policy(left, people, api, policy, following):
    told = left(api, policy, following=following).told(people | {"asked for": {UNRESOLVED}})

    assert {each for each in told if each[0] in {"state", "log", "schemas"}} == set()


@on_both
def test_kept_ids_that_lead_nowhere_are_listed_beside_the_store(left, api):
    listed = left(api, "keep", following=True).folder / "store.duckdb.unresolved.txt"

    assert UNRESOLVED in listed.read_text(encoding="utf-8").splitlines()


@on_both
@hiding
def test_secrets_and_the_key_are_written_nowhere(left, sandbox, api, policy):
    for written in left(api, policy).places.values():
        assert not written.holds(sandbox.config["client_secret"])
        assert not written.holds(KEY)


@on_both
@hiding
def test_timelines_are_the_same_as_those_of_kept_values(left, api, policy):
    columns = (
        *("conversation_id", "participant_id", "contact_id", "source_contact_id", "journey_node_id"),
        *("node_leg", "node_legs", "state", "start_time_utc", "customer_end_utc", "end_time_utc"),
        *("handoff_type", "correlated_by", "gap_seconds", "is_adopted", "on_timeline"),
    )
    kept, hidden = left(api, "keep"), left(api, policy)

    assert hidden.rows("timeline_events", *columns) == kept.rows("timeline_events", *columns)
    assert len(kept.rows("timeline_events", *columns)) > 30
    assert hidden.rows("timelines", "contactId", "timeline") == kept.rows(
        "timelines", "contactId", "timeline"
    )


@on_both
def test_pseudonyms_join_interactions_with_contacts_as_the_addresses_do(left, api):
    assert joined(left(api, "hash")) == joined(left(api, "keep"))
    assert len(joined(left(api, "keep"))) > 20


@on_both
def test_redacted_addresses_join_nothing(left, api):
    assert joined(left(api, "redact")) == set()
    assert left(api, "redact").rows("interactions", "address") == {("None",)}


def joined(found):
    """Conversations and the contacts at whose address they were, as a warehouse finds them."""
    owners = found.rows("contact_addresses", "address", "contact_id")
    return {
        (conversation, contact)
        for address, conversation in found.rows("interactions", "address", "conversation_id")
        for owned, contact in owners
        if owned == address
    }


@on_both
@hiding
def test_rows_and_ids_stay_as_they_are(left, api, policy):
    kept, hidden = left(api, "keep"), left(api, policy)

    for stream, *names in (
        ("external_contacts", "id", "modify_date_utc"),
        ("contact_aliases", "contact_id", "canonical_contact_id"),
        ("conversations", "conversation_id", "updated_time_utc"),
        ("interactions", "conversation_id", "participant_id"),
    ):
        assert hidden.rows(stream, *names) == kept.rows(stream, *names)
    addresses = ("contact_addresses", "contact_id", "address")
    assert len(hidden.rows(*addresses)) == len(kept.rows(*addresses))
