"""The extraction without a process around it: an organization in memory, and streams that remember."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from tap_genesys_journey.api.surface import ContactPage, ConversationPage, People, Window
from tap_genesys_journey.domain.contacts import decode_contact
from tap_genesys_journey.domain.payloads import Payloads
from tap_genesys_journey.domain.platform import read_conversation
from tap_genesys_journey.domain.schemas import PRIMARY_KEYS
from tap_genesys_journey.exceptions import GoneError
from tap_genesys_journey.extraction.bookmarks import Bookmark, read_bookmark, write_bookmark
from tap_genesys_journey.extraction.sinks import Output

DAY_ONE = datetime(2026, 1, 1, tzinfo=timezone.utc)


def at(day: float) -> datetime:
    """Instant so many days after the first of January 2026."""
    return DAY_ONE + timedelta(days=day)


def text(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def conversation(
    name: str, start: float, end: float | None, contact: str | None = None, ani: str | None = None
) -> dict[str, Any]:
    """A voice conversation of a customer alone; days since the first of January."""
    segment = {"segmentType": "interact", "segmentStart": text(at(start))}
    customer: dict[str, Any] = {"participantId": f"p-{name}", "purpose": "customer"}
    payload: dict[str, Any] = {"conversationId": name, "conversationStart": text(at(start))}
    if end is not None:
        segment["segmentEnd"] = payload["conversationEnd"] = text(at(end))
    if contact:
        customer["externalContactId"] = contact
    session = {"sessionId": f"s-{name}", "mediaType": "voice", "direction": "inbound", "segments": [segment]}
    if ani:
        session["ani"] = f"tel:{ani}"
    return payload | {"participants": [customer | {"sessions": [session]}]}


SECOND = 1 / 86_400
"""In days."""


def some_conversations(dice: random.Random, count: int, phones: Sequence[str]) -> list[dict[str, Any]]:
    """Conversations of twenty days; of six contacts or of nobody, from these phones or from none."""
    rows = []
    for n in range(count):
        start = dice.uniform(0, 20) if n % 3 else dice.choice([3, 7, 11, 15]) + dice.randrange(300) * SECOND
        owner = dice.choice([None, None, *(f"c{k}" for k in range(6))])
        ani = dice.choice([None, *phones])
        rows.append(conversation(f"v{n:02}", start, start + dice.randrange(1, 900) * SECOND, owner, ani))
    return rows


def contact(
    name: str,
    modified: float,
    *,
    canonical: str | None = None,
    ancestors: Sequence[str] = (),
    phone: str | None = None,
) -> dict[str, Any]:
    """A contact as stored: one of its own, an ancestor (`canonical`), or a survivor (`ancestors`)."""
    record: dict[str, Any] = {
        "id": name,
        "type": "Curated",
        "modifyDate": text(at(modified)),
        "workPhone": {"e164": phone or f"+1415555{1000 + sum(name.encode()) % 9000}"},
    }
    if canonical:
        record |= {"canonicalContact": {"id": canonical}, "mergedTo": {"id": canonical}}
    if ancestors:
        members = [{"id": member} for member in ancestors]
        record |= {
            "canonicalContact": {"id": name},
            "mergedFrom": members,
            "mergeSet": [{"id": name}, *members],
        }
    return record


@dataclass
class Organization:
    """A surface in memory. Contacts in `hidden` are in no scan; jobs and cursors can be made to end."""

    decode_contact = staticmethod(decode_contact)
    read_conversation = staticmethod(read_conversation)

    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    conversations: list[dict[str, Any]] = field(default_factory=list)
    settled_until: datetime = DAY_ONE + timedelta(days=10)
    clock: datetime = DAY_ONE + timedelta(days=10)
    page_rows: int = 2
    jobs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    submitted: list[Window] = field(default_factory=list)
    asked_for: list[People | None] = field(default_factory=list)
    scans_begun: int = 0
    fetched: list[tuple[str, ...]] = field(default_factory=list)
    cursor_epoch: int = 0
    external_ids: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def served_at(self) -> datetime:
        return self.clock

    def fetch_contact_page(self, cursor: str | None) -> ContactPage:
        epoch, _, offset = (cursor or f"{self.cursor_epoch}/0").partition("/")
        if int(epoch) != self.cursor_epoch:
            raise GoneError("cursor ended")
        self.scans_begun += cursor is None
        rows = [self.contacts[name] for name in sorted(self.contacts) if name not in self.hidden]
        start, end = int(offset), int(offset) + self.page_rows
        following = f"{self.cursor_epoch}/{end}" if end < len(rows) else None
        return ContactPage(_raw(rows[start:end]), following, self.clock)

    def fetch_contacts_as_stored(self, contact_ids: Sequence[str]) -> list[msgspec.Raw]:
        self.fetched.append(tuple(contact_ids))
        return _raw(self.contacts[name] for name in contact_ids if name in self.contacts)

    def fetch_contact_by_external_id(self, external_id: str) -> msgspec.Raw | None:
        self.asked.append(external_id)
        name = self.external_ids.get(external_id)
        record = self.contacts.get(name or "")
        if record is None:
            return None
        canonical = record.get("canonicalContact", record)["id"]
        return _raw([self.contacts[canonical]])[0]

    def fetch_settled_until(self) -> datetime:
        return self.settled_until

    def submit_job(self, window: Window, people: People | None = None) -> str:
        self.submitted.append(window)
        self.asked_for.append(people)
        job_id = f"job-{len(self.submitted)}"
        start, end = text(window.start), text(window.end)
        self.jobs[job_id] = [
            json.loads(json.dumps(row))
            for row in sorted(self.conversations, key=lambda row: row["conversationStart"])
            if row["conversationStart"] < end and row.get("conversationEnd", "9") >= start
            if people is None or self._is_of(row, people)
        ]
        return job_id

    def _is_of(self, row: dict[str, Any], people: People) -> bool:
        (customer,) = row["participants"]
        contact_id = customer.get("externalContactId")
        record = self.contacts.get(contact_id, {})
        ids = {contact_id, record.get("canonicalContact", {}).get("id")} - {None}
        ani = customer["sessions"][0].get("ani", "").removeprefix("tel:")
        return bool(ids & set(people.contact_ids)) or ani in people.addresses

    def is_job_done(self, job_id: str) -> bool:
        if job_id not in self.jobs:
            raise GoneError("no such job")
        return True

    def fetch_job_page(self, job_id: str, cursor: str | None) -> ConversationPage:
        if job_id not in self.jobs:
            raise GoneError("no such job")
        start = int(cursor or 0)
        end = start + self.page_rows
        rows = self.jobs[job_id]
        following = str(end) if end < len(rows) else None
        return ConversationPage(Payloads(_raw(rows[start:end])), following, self.settled_until, 100)


def _raw(rows: Iterable[dict[str, Any]]) -> list[msgspec.Raw]:
    return [msgspec.Raw(json.dumps(row).encode()) for row in rows]


class KilledError(Exception):
    """The process is gone; nothing after this line of output was written."""


class Lines:
    """What reached standard output, and a point at which the process is killed."""

    def __init__(self, kill_after: int | None = None) -> None:
        self.kill_after = kill_after
        self.rows: list[tuple[str, dict[str, Any]]] = []
        self.states: list[dict[str, Any]] = []
        self.count = 0

    def tick(self) -> None:
        self.count += 1
        if self.kill_after is not None and self.count > self.kill_after:
            raise KilledError


class RememberingSink:
    """A stream whose rows go to `lines`."""

    is_stream = True

    def __init__(self, name: str, state: dict[str, Any], lines: Lines) -> None:
        self.name = self.kind = name
        self.state = state
        self.lines = lines
        self.bookmark = read_bookmark(name, state)

    def write(self, rows: Iterable[dict[str, Any]]) -> None:
        for row in rows:
            self.lines.tick()
            self.lines.rows.append((self.name, json.loads(msgspec.json.encode(row))))

    def save(self, bookmark: Bookmark) -> None:
        self.bookmark = bookmark
        write_bookmark(self.state, bookmark)


class RememberingOutput:
    """The selected streams, their state, and what they wrote."""

    def __init__(
        self, streams: Iterable[str], state: dict[str, Any] | None = None, kill_after: int | None = None
    ) -> None:
        self.state = json.loads(json.dumps(state or {}))
        self.lines = Lines(kill_after)
        self.sinks = [RememberingSink(name, self.state.setdefault(name, {}), self.lines) for name in streams]

    def as_output(self) -> Output:
        return Output(list(self.sinks), self.checkpoint)

    def checkpoint(self) -> None:
        self.lines.tick()
        self.lines.states.append(json.loads(json.dumps(self.state)))

    @property
    def last_state(self) -> dict[str, Any]:
        return self.lines.states[-1] if self.lines.states else {}

    def ids(self, stream: str) -> list[str]:
        """First key of every row of a stream, in order of emission."""
        key = PRIMARY_KEYS[stream][0]
        return [row[key] for name, row in self.lines.rows if name == stream]


def upsert(*outputs: RememberingOutput) -> dict[tuple[str, ...], dict[str, Any]]:
    """What a target holds after it took the outputs one after the other."""
    table: dict[tuple[str, ...], dict[str, Any]] = {}
    for output in outputs:
        for name, row in output.lines.rows:
            stored = {key: value for key, value in row.items() if key != "detected_at_utc"}
            table[(name, *(str(row[key]) for key in PRIMARY_KEYS[name]))] = stored
    return table


def conversation_as_of(row: dict[str, Any], stop: float) -> dict[str, Any]:
    """A conversation as it stood so many days after the first of January: open if it had not ended."""
    if row["conversationEnd"] <= text(at(stop)):
        return row
    (customer,) = row["participants"]
    (session,) = customer["sessions"]
    segment = {k: v for k, v in session["segments"][0].items() if k != "segmentEnd"}
    open_row = {k: v for k, v in row.items() if k != "conversationEnd"}
    return open_row | {"participants": [customer | {"sessions": [session | {"segments": [segment]}]}]}
