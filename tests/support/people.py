"""Who a sandbox's people are, told by their values alone, and where these can be read.

Names of fields are written down here once more, for a test that took them from the tap could not find one
that the tap has forgotten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from genesys_sandbox import Sandbox

Row = dict[str, Any]

OF_CONTACTS = {
    "names": {"firstName", "middleName", "lastName", "salutation"},
    "phones": {"workPhone", "cellPhone", "homePhone", "otherPhone", "phoneNumbers"},
    "e-mails": {"workEmail", "personalEmail", "otherEmail", "emails"},
    "addresses": {"address"},
    "social ids": {"twitterId", "lineId", "whatsAppId", "facebookId", "instagramId", "appleOpaqueIds"},
    "external ids": {"externalIds", "externalId", "externalSystemUrl", "externalDataSources"},
    "custom fields": {"customFields"},
}
OF_CONVERSATIONS = {
    "names": {"participantName", "remoteNameDisplayable", "callbackUserName"},
    "phones": {
        *("ani", "dnis", "sessionDnis", "callbackNumbers", "addressFrom", "addressTo", "addressSelf"),
        *(
            "addressOther",
            "remote",
            "destinationAddresses",
            "entryReason",
            "transferTargetAddress",
            "address",
        ),
    },
    "e-mails": {"cc", "bcc"},
    "external ids": {"externalTag", "journeyCustomerId"},
    "free text": {"subject", "wrapUpNote"},
    "attributes": {"attributes"},
}
KINDS = tuple(dict.fromkeys([*OF_CONTACTS, *OF_CONVERSATIONS]))

_MADE_BY_GENESYS = {"externalSource", "platform", "type"}
_ROLES = {"Supervisor"}
_PERSONS = {"customer", "external", "agent", "user"}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SEPARATORS = b" ().+/-"
_NOTHING = re.compile(rb"\0+")
_SHORTEST = 5
"""Shorter values (a state, a tier) stand in other words by chance."""

_FEWEST_DIGITS = 9
"""Shorter numbers are counts and parts of instants, too."""


def personal_texts(contacts: Iterable[Row], conversations: Iterable[Row]) -> dict[str, set[str]]:
    """Every personal value of these payloads, by kind, as it is written there."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for record in contacts:
        for kind, names in OF_CONTACTS.items():
            found[kind].update(_below(record, names))
    for record in conversations:
        for participant in record["participants"]:
            is_person = participant.get("purpose", "customer").lower() in _PERSONS
            for kind, names in OF_CONVERSATIONS.items():
                found[kind].update(_below(participant, names if is_person else names - {"participantName"}))
    return found


def people_of(sandbox: Sandbox) -> dict[str, set[str]]:
    """Every personal value of a sandbox's people."""
    return personal_texts(sandbox.truth.contacts(), sandbox.truth.conversations())


def _below(value: Any, names: set[str]) -> Iterator[str]:
    """The telling texts and numbers under fields of these names."""
    if isinstance(value, list):
        for item in value:
            yield from _below(item, names)
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item) if name in names else _below(item, names)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name not in _MADE_BY_GENESYS:
                yield from _leaves(item)
    elif isinstance(value, (str, int)) and not isinstance(value, bool) and _is_telling(str(value)):
        yield str(value)


def _is_telling(text: str) -> bool:
    if _UUID.fullmatch(text) or text in _ROLES or len(text) < _SHORTEST:
        return False
    return not text.isdigit() or len(text) >= _FEWEST_DIGITS


class Written:
    """Bytes in which a value can be looked for, in every spelling."""

    def __init__(self, written: bytes) -> None:
        """Look in these."""
        dense = _NOTHING.sub(b"\0", written)
        self._text = dense.decode("utf-8", "replace").casefold().encode()
        self._squeezed = self._text.translate(None, _SEPARATORS)

    def holds(self, text: str) -> bool:
        """Whether a value can be read there: written out, escaped, quoted, or as a number's bare digits."""
        spellings, digits = _spellings(text)
        return any(spelling in self._text for spelling in spellings) or bool(
            digits and digits in self._squeezed
        )


@cache
def _spellings(text: str) -> tuple[frozenset[bytes], bytes]:
    ways = {text, text.strip(), quote(text, safe="")}
    ways |= {json.dumps(text, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False)}
    return frozenset(way.casefold().encode() for way in ways), _digits(text).encode()


def _digits(text: str) -> str:
    """The last digits of a phone number, without what differs from one spelling to another."""
    bare = re.sub(r"^(tel|sips?):", "", text).partition("@")[0].partition(";")[0].partition(" ext")[0]
    digits = re.sub(r"\D", "", bare)
    return digits[-10:] if re.fullmatch(r"[+0-9 ().\-]+", bare) and len(digits) >= _FEWEST_DIGITS else ""


def read_store(path: Path) -> bytes:
    """Every value of every table of a store, as text: what compression hides from a look at the file."""
    with duckdb.connect(str(path), read_only=True) as store:
        tables = store.execute(
            "select database_name, schema_name, table_name from duckdb_tables()"
        ).fetchall()
        rows = [
            row
            for database, schema, table in tables
            for row in store.execute(f'select * from "{database}"."{schema}"."{table}"').fetchall()  # noqa: S608
        ]
    return "\n".join(str(row) for row in rows).encode()


def read_folder(path: Path) -> bytes:
    """Every byte of every file below a folder, and the files' names."""
    files = sorted(each for each in path.rglob("*") if each.is_file())
    return b"\n".join(
        [*(str(each.relative_to(path)).encode() for each in files), *map(Path.read_bytes, files)]
    )
