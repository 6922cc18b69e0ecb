"""Contact records: who exists, and how a record reads at an instant.

A merge makes a new record; the ones merged stay as they were, but for what they say of the merge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genesys_sandbox.world import people
from genesys_sandbox.world.dice import IdSpace, share
from genesys_sandbox.world.instants import DAY, from_text, to_text
from genesys_sandbox.world.merges import Merges
from genesys_sandbox.world.overlay import Merge, Overlay, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genesys_sandbox.options import SandboxOptions
    from genesys_sandbox.world.staff import Staff

_EPHEMERAL, _IDENTIFIED, _IDENTIFIED_LATER_MERGED = 20, 21, 22


def reference(identity: str) -> dict[str, str]:
    """A contact as other records refer to it."""
    return {"id": identity, "selfUri": f"/api/v2/externalcontacts/contacts/{identity}"}


class ContactBook:
    """Every contact record of the organization, computed when asked for."""

    def __init__(self, options: SandboxOptions, staff: Staff, overlay: Overlay) -> None:
        """Nothing is computed yet."""
        self._options = options
        self._staff = staff
        self._overlay = overlay
        self._now = from_text(options.now)
        self.merges = Merges(options, overlay)
        self._added = IdSpace(options.seed, "added contact")
        self.people = options.contacts

    # -- ids

    def contact_id(self, person: int) -> str:
        """Id of the record a person had before any merge."""
        return self.merges.contact_id(person)

    def new_id(self) -> str:
        """An id for a record that the generator does not know."""
        return self._added.encode(self._overlay.sequence)

    def canonical_id(self, identity: str, view: View) -> str:
        """The id at the end of the merges this one went into."""
        return self.merges.canonical_id(identity, view)

    def slots(self) -> int:
        """How many places a scan walks through."""
        return (
            self.people
            + self.merges.count
            + len(self._overlay.added_contacts)
            + len(self._overlay.merged_from)
        )

    def id_in_slot(self, slot: int) -> str:
        """The id a scan finds in a place: people first, then merges, then what was added."""
        if slot < self.people:
            return self.contact_id(slot)
        if slot < self.people + self.merges.count:
            return self.merges.result_id(slot - self.people)
        later = [*self._overlay.added_contacts, *self._overlay.merged_from]
        later.sort(key=self._sequence_of)
        return later[slot - self.people - self.merges.count]

    def _sequence_of(self, identity: str) -> int:
        added = self._overlay.added_contacts.get(identity)
        return added.sequence if added else self._overlay.merged_from[identity].sequence

    # -- records

    def record(self, identity: str, view: View) -> dict[str, Any] | None:
        """The record exactly as stored, None where there is none at that instant."""
        fields = self._fields(identity, view)
        if fields is None:
            return None
        return fields | self._merge_fields(identity, view) | {"selfUri": reference(identity)["selfUri"]}

    def _fields(self, identity: str, view: View) -> dict[str, Any] | None:
        fields = self._first_fields(identity, view)
        if fields is None:
            return None
        for change in self._overlay.changes_of_contact(identity, view):
            if change.fields is None:
                return None
            fields = fields | change.fields | {"modifyDate": to_text(change.at)}
        return fields

    def _first_fields(self, identity: str, view: View) -> dict[str, Any] | None:
        person = self.merges.person_of(identity)
        if person is not None:
            return self._person_fields(identity, person, view)
        added = self._overlay.added_contacts.get(identity)
        if added is not None:
            return (
                self._added_fields(identity, added.at, added.fields or {})
                if added.sequence <= view.sequence
                else None
            )
        merge = self.merges.merge_that_made(identity)
        return None if merge is None or not merge.is_seen(view) else self._merged_fields(merge)

    def _person_fields(self, identity: str, person: int, view: View) -> dict[str, Any] | None:
        seed = self._options.seed
        created = self._now - self._options.days * DAY - int(400 * DAY * share(seed, person, 11)) - 1
        if created > view.at:
            return None
        modified = created
        fields = {
            "id": identity,
            "division": self._staff.division(person % 3),
            **people.personal_fields(seed, person),
        }
        took = self.merges.merge_that_took(identity)
        lived_until = took.at if took is not None and took.is_seen(view) else view.at
        for number, moment in enumerate(self._modifications(person)):
            if moment <= lived_until:
                modified, fields["title"] = moment, f"Title {number + 1}"
        fields["type"] = contact_type(person)
        return (
            fields | self._links(person) | {"createDate": to_text(created), "modifyDate": to_text(modified)}
        )

    def _modifications(self, person: int) -> Iterator[int]:
        seed, span = self._options.seed, self._options.days * DAY
        if share(seed, person, 21) < 0.3:  # noqa: PLR2004 - three in ten were changed in the history
            yield self._now - int(span * share(seed, person, 22))
        if share(seed, person, 23) < 0.1:  # noqa: PLR2004 - one in ten will be changed after it
            yield self._now + 1 + int(2 * DAY * share(seed, person, 24))

    def _links(self, person: int) -> dict[str, Any]:
        links: dict[str, Any] = {}
        external = [
            {"externalSource": self._staff.source_ref(number), "value": value}
            for number, value in enumerate(_external_values(person))
        ]
        if external:
            links["externalIds"] = external
        if person % 6 == 0:
            organization = self._staff.identity("external organization", person % 12)
            links["externalOrganization"] = {
                "id": organization,
                "selfUri": f"/api/v2/externalcontacts/organizations/{organization}",
            }
        schema = self._staff.identity("contact schema", 0)
        links["schema"] = {
            "id": schema,
            "version": 1,
            "selfUri": f"/api/v2/externalcontacts/contacts/schemas/{schema}/versions/1",
        }
        return links

    def _added_fields(self, identity: str, at: int, fields: dict[str, Any]) -> dict[str, Any]:
        dates = {"createDate": to_text(at), "modifyDate": to_text(at)}
        return {"id": identity, "division": self._staff.division(0), "type": "Curated", **dates, **fields}

    def _merged_fields(self, merge: Merge) -> dict[str, Any]:
        before = View(merge.at, merge.sequence)
        parts = [
            part for part in (self._fields(member, before) for member in merge.members) if part is not None
        ]
        fields: dict[str, Any] = {}
        for part in parts:
            fields = {**fields, **part}
        if len(parts) > 1 and "cellPhone" in parts[0]:
            fields["otherPhone"] = parts[0]["cellPhone"]
        if len(parts) > 1 and "personalEmail" in parts[0]:
            fields["otherEmail"] = parts[0]["personalEmail"]
        external = [external_id for part in parts for external_id in part.get("externalIds", ())]
        if external:
            fields["externalIds"] = external
        curated = any(part.get("type") == "Curated" for part in parts)
        dates = {"createDate": to_text(merge.at), "modifyDate": to_text(merge.at)}
        return {**fields, "id": merge.result, "type": "Curated" if curated else "Identified", **dates}

    def _merge_fields(self, identity: str, view: View) -> dict[str, Any]:
        canonical = self.canonical_id(identity, view)
        members = self.merges.merge_set(canonical, view)
        if len(members) == 1:
            return {}
        fields: dict[str, Any] = {
            "canonicalContact": reference(canonical),
            "mergeSet": [reference(member) for member in members],
            "mergeOperation": None,
        }
        made, took = self.merges.merge_that_made(identity), self.merges.merge_that_took(identity)
        if made is not None and made.is_seen(view):
            fields["mergedFrom"] = [reference(member) for member in made.members]
        if took is not None and took.is_seen(view):
            fields["mergedTo"] = reference(took.result)
        return fields

    # -- finding

    def is_listed(self, record: dict[str, Any]) -> bool:
        """Whether a scan lists the record: curated and not merged away, unless the options say more."""
        if "mergedTo" in record and not self._options.scan_lists_ancestors:
            return False
        return record["type"] == "Curated" or self._options.scan_lists_auto_created

    def carried_id(self, person: int, start: int) -> str:
        """The contact id that a conversation of the person carries when it starts at an instant."""
        return self.canonical_id(self.contact_id(person), View(start))

    def candidates(self, kind: str, value: str) -> list[str]:
        """Ids of the records that may hold an identifier; the caller looks whether they do."""
        touched = [*self._overlay.added_contacts, *self._overlay.contact_changes]
        found: list[int] = []
        if kind == "ExternalId" and value[:4] in {"CRM-", "ERP-"} and value[4:].isdigit():
            found = [int(value[4:])]
        elif kind == "Phone":
            found = list(people.people_of_phone(value, self.people))
        elif kind == "Email":
            digits = value.partition("@")[0].rpartition(".")[2]
            found = [int(digits)] if digits.isdigit() else []
        return [*touched, *(self.contact_id(person) for person in found if person < self.people)]


def contact_type(person: int) -> str:
    """How the person's record came to be."""
    place = person % people.BLOCK
    if place == _EPHEMERAL:
        return "Ephemeral"
    return "Identified" if place in {_IDENTIFIED, _IDENTIFIED_LATER_MERGED} else "Curated"


def _external_values(person: int) -> list[str]:
    values = [people.crm_id(person)] if people.has_crm_id(person) else []
    return [*values, people.erp_id(person)] if people.has_erp_id(person) else values
