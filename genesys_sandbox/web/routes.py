"""The table of endpoints: method, path, what answers, and which permissions open it (any one is enough)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from genesys_sandbox.web import analytics, contacts, guide, journey, reference
from genesys_sandbox.world.staff import Staff

if TYPE_CHECKING:
    from collections.abc import Callable

    from genesys_sandbox.web.desk import Desk
    from genesys_sandbox.web.wire import Answer, Ask

    Endpoint = Callable[[Desk, Ask], Answer]

CONTACT = ("externalContacts:contact:view", "relate:contact:view")
CONTACT_ONLY = ("externalContacts:contact:view",)
DETAILS = ("analytics:conversationDetail:view", "analytics:agentConversationDetail:view")


class Route(NamedTuple):
    """One endpoint; permissions as the fact sheet, section 1, lists them."""

    method: str
    path: str
    endpoint: Endpoint
    permissions: tuple[str, ...] = ()
    is_guide: bool = False
    """Whether the answer tells the budget as the guide's surface does."""


_CONTACTS = "/api/v2/externalcontacts"
_JOBS = "/api/v2/analytics/conversations/details/jobs"

PLATFORM: tuple[Route, ...] = (
    Route("GET", f"{_CONTACTS}/scan/contacts", contacts.scan_contacts, CONTACT),
    Route("GET", f"{_CONTACTS}/contacts/{{id}}", contacts.contact, CONTACT),
    Route("GET", f"{_CONTACTS}/contacts/{{id}}/unresolved", contacts.unresolved_contact, CONTACT_ONLY),
    Route("GET", f"{_CONTACTS}/contacts/{{id}}/identifiers", contacts.contact_identifiers, CONTACT_ONLY),
    Route("POST", f"{_CONTACTS}/bulk/contacts", contacts.bulk_contacts, CONTACT_ONLY),
    Route("POST", f"{_CONTACTS}/bulk/contacts/unresolved", contacts.bulk_unresolved_contacts, CONTACT_ONLY),
    Route("POST", f"{_CONTACTS}/identifierlookup/contacts", contacts.identifier_lookup, CONTACT_ONLY),
    Route(
        "GET",
        f"{_CONTACTS}/externalsources",
        contacts.external_sources,
        (
            "externalContacts:externalSource:view",
            "externalContacts:contact:view",
            "externalContacts:externalOrganization:view",
        ),
    ),
    Route(
        "GET",
        f"{_CONTACTS}/scan/organizations",
        contacts.scan_organizations,
        ("externalContacts:externalOrganization:view", "relate:externalOrganization:view"),
    ),
    Route("POST", _JOBS, analytics.submit_job, DETAILS),
    Route("GET", f"{_JOBS}/availability", analytics.availability, ("analytics:conversationDetail:view",)),
    Route("GET", f"{_JOBS}/{{id}}", analytics.poll_job, DETAILS),
    Route("DELETE", f"{_JOBS}/{{id}}", analytics.cancel_job, DETAILS),
    Route("GET", f"{_JOBS}/{{id}}/results", analytics.job_results, DETAILS),
    Route(
        "GET",
        f"{_CONTACTS}/contacts/{{id}}/journey/sessions",
        journey.sessions_of_contact,
        ("externalContacts:session:view",),
    ),
    Route(
        "GET",
        "/api/v2/journey/sessions/{id}",
        journey.session,
        ("journey:session:view", "externalContacts:session:view"),
    ),
    Route("GET", "/api/v2/journey/sessions/{id}/events", journey.session_events, ("journey:event:view",)),
    Route("GET", "/api/v2/users", reference.users),
    Route("GET", "/api/v2/routing/queues", reference.numbered(Staff.queues), ("routing:queue:view",)),
    Route(
        "GET",
        "/api/v2/routing/wrapupcodes",
        reference.numbered(Staff.wrapup_codes),
        ("routing:wrapupCode:view",),
    ),
    Route("GET", "/api/v2/routing/skills", reference.numbered(Staff.skills), ("routing:skill:view",)),
    Route("GET", "/api/v2/routing/languages", reference.numbered(Staff.languages)),
    Route("GET", "/api/v2/authorization/divisions", reference.numbered(Staff.divisions)),
    Route("GET", "/api/v2/flows", reference.flows, ("architect:flow:view",)),
    Route("GET", "/api/v2/teams", reference.teams, ("groups:team:view",)),
    Route("GET", "/api/v2/organizations/me", reference.organization),
    Route("GET", "/api/v2/tokens/me", reference.token),
)

GUIDE: tuple[Route, ...] = (
    Route("GET", guide.ROOT, guide.contacts, CONTACT, is_guide=True),
    Route("GET", f"{guide.ROOT}/{{id}}", guide.contact, CONTACT, is_guide=True),
    Route("GET", f"{guide.ROOT}/{{id}}/unresolved", guide.unresolved_contact, CONTACT, is_guide=True),
    Route(
        "GET",
        "/api/v2/conversations",
        guide.conversations,
        ("conversation:communication:view",),
        is_guide=True,
    ),
)
