"""Generated organizations: few names and few instants, so that everything meets everything.

Contacts share addresses, are merged in chains and circles or into themselves; conversations overlap,
start together, stay open, end before they begin, lack a start, a contact, an address or a queue, or have
several customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.oracle_timelines import Organization, Row

# Byte order, not a language's order, decides between equal instants: these names tell them apart.
CONTACTS = ("a-1", "a1", "B-1", "b_1", "c0", "C0", "z")
CONVERSATIONS = tuple(f"{mark}{number}" for mark in ("v-", "V", "v_", "ä") for number in range(4))
ADDRESSES = ("+12025550101", "+12025550102", "pat@example.com")
STATES = ("TERMINATED", "TERMINATED", "TRANSFERRED", "MERGED", "DRAFT", "CONNECTED", "SOMETHING_NEW")
CHANNELS = ("VOICE", "CHAT", "MESSAGE", "EMAIL", "CALLBACK", "HOLOGRAM", None)
QUEUES = ("billing", "sales", None)

EPOCH = datetime(2024, 3, 30, 23, 58, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Names:
    """What an organization is made of: the fewer, the more often they meet."""

    contacts: Sequence[str]
    addresses: Sequence[str]
    queues: Sequence[str | None]


names = st.builds(
    Names,
    st.lists(st.sampled_from(CONTACTS), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=2, unique=True),
    st.sampled_from((QUEUES, (None,), ("billing",))),
)

# Instants meet at the edges of the window and on both sides of them.
_starts = st.builds(
    lambda steps, ms: steps * 30_000 + ms, st.integers(0, 20), st.sampled_from((0,) * 12 + (1, 500, 999))
)
_lengths = st.sampled_from((0, 30_000, 30_000, 60_000, 90_000, 90_000, 120_000, 60_001, 600_000, -30_000))


@st.composite
def interactions(
    draw: st.DrawFn, names: Names, conversation_id: str, participant_id: str, start_ms: int
) -> Row:
    end_ms = start_ms + draw(_lengths)
    wrap_up_ms = draw(st.sampled_from((0, 30_500)))
    is_open = draw(st.integers(0, 7)) == 0
    state = draw(st.sampled_from(STATES))
    return {
        "conversation_id": conversation_id,
        "participant_id": participant_id,
        "contact_id": draw(st.sampled_from((*names.contacts, *names.contacts, None, None, None))),
        "address": draw(st.sampled_from((*names.addresses * 3, None))),
        "channel_type": draw(st.sampled_from(CHANNELS)),
        "state": state,
        "is_open": is_open,
        "start_time_utc": text(start_ms) if draw(st.integers(0, 19)) else None,
        "customer_end_utc": text(end_ms) if draw(st.integers(0, 9)) else None,
        "end_time_utc": None if is_open else text(end_ms + wrap_up_ms),
        "updated_time_utc": text(max(start_ms, end_ms) + wrap_up_ms),
        "duration_seconds": None if is_open else max(0, end_ms + wrap_up_ms - start_ms) // 1000,
        "routing_queue": draw(st.sampled_from(names.queues)),
        "agent_id": draw(st.sampled_from(("agent-1", "agent-2", None))),
        "wrap_up_code": draw(st.sampled_from(("solved", None))),
        "ended_in_transfer": state == "TRANSFERRED",
        "originating_direction": "inbound",
        "participant_kind": draw(st.sampled_from(("customer",) * 9 + ("bot",))),
    }


@st.composite
def _interactions(draw: st.DrawFn, names: Names, at_least: int, at_most: int) -> list[Row]:
    rows: list[Row] = []
    ids = st.lists(st.sampled_from(CONVERSATIONS), unique=True, min_size=at_least, max_size=at_most)
    for conversation_id in draw(ids):
        start_ms = draw(_starts)
        participants = draw(st.sampled_from((("p-1",),) * 5 + (("P2", "p-1"),)))
        rows += [draw(interactions(names, conversation_id, name, start_ms)) for name in participants]
    return rows


@st.composite
def _aliases(draw: st.DrawFn, names: Names, at_most: int) -> list[Row]:
    """Any target for any contact: chains, merges of merges, circles, itself, or a contact never seen."""
    targets = st.sampled_from((*names.contacts, "unseen", None))
    return [
        {
            "contact_id": contact_id,
            "canonical_contact_id": draw(st.sampled_from((contact_id, contact_id, draw(targets)))),
            "merged_to_id": draw(st.sampled_from((None, None, None, *names.contacts))),
            "detected_at_utc": text(0),
        }
        for contact_id in draw(st.lists(st.sampled_from(names.contacts), unique=True, max_size=at_most))
    ]


@st.composite
def _contact_addresses(draw: st.DrawFn, names: Names, at_most: int) -> list[Row]:
    pairs = st.tuples(st.sampled_from(names.contacts), st.sampled_from(names.addresses))
    return [
        {"contact_id": contact_id, "address": address, "kind": "email" if "@" in address else "phone"}
        for contact_id, address in draw(st.lists(pairs, unique=True, max_size=at_most))
    ]


@st.composite
def organizations(draw: st.DrawFn) -> Organization:
    known = draw(names)
    return draw(_parts(known, (4, 14), 4))


@st.composite
def histories(draw: st.DrawFn) -> list[Organization]:
    """An organization as a first run finds it, and what later runs bring: little, and of the same names."""
    known = draw(names)
    changes = [draw(_parts(known, (0, 2), draw(st.sampled_from((0, 0, 1))))) for _ in range(3)]
    return [draw(_parts(known, (4, 14), 4)), *changes]


def _parts(names: Names, conversations: tuple[int, int], at_most: int) -> st.SearchStrategy[Organization]:
    return st.builds(
        Organization,
        _interactions(names, *conversations).flatmap(st.permutations),
        _aliases(names, at_most),
        _contact_addresses(names, at_most),
    )


def side_by_side(several: Iterable[Organization]) -> Organization:
    """Several organizations in one set of tables, their ids kept apart, so that one run covers them all."""
    apart = [_marked(organization, f"{number}:") for number, organization in enumerate(several)]
    return Organization(
        [row for one in apart for row in one.interactions],
        [row for one in apart for row in one.contact_aliases],
        [row for one in apart for row in one.contact_addresses],
    )


def _marked(organization: Organization, mark: str) -> Organization:
    columns = ("conversation_id", "contact_id", "canonical_contact_id", "merged_to_id", "address")

    def marked(rows: Iterable[Row]) -> list[Row]:
        return [
            {
                column: mark + value if column in columns and value is not None else value
                for column, value in row.items()
            }
            for row in rows
        ]

    return Organization(
        marked(organization.interactions),
        marked(organization.contact_aliases),
        marked(organization.contact_addresses),
    )


def text(ms: int) -> str:
    """An instant as rows carry it, so many milliseconds after `EPOCH`."""
    return (EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def example_organization(count: int) -> Organization:
    """So many generated organizations side by side, always the same ones."""
    found: list[Organization] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(organizations())
    def collect(organization: Organization) -> None:
        found.append(organization)

    collect()
    return side_by_side(found)
