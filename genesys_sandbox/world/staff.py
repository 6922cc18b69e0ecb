"""The organization's own side: divisions, queues, users, codes and the other reference lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genesys_sandbox.world.dice import IdSpace
from genesys_sandbox.world.instants import DAY, from_text, to_text

if TYPE_CHECKING:
    from genesys_sandbox.options import SandboxOptions

DIVISIONS = ("Home", "North", "South")
TEAMS = ("Daytime", "Evening", "Weekend")
SKILLS = ("Billing", "Orders", "Returns", "Technical", "Retention")
LANGUAGES = ("English", "Spanish", "French")
SOURCES = ("Sandbox CRM", "Sandbox ERP", "Retired Source")
WRAPUPS = (
    "Issue Resolved",
    "Follow-up Needed",
    "Wrong Number",
    "Order Placed",
    "Refund Granted",
    "Escalated",
    "No Answer",
    "Retired Code",
)
FLOWS = (
    ("Main Menu", "INBOUNDCALL"),
    ("Waiting Music", "INQUEUECALL"),
    ("Chat Greeter", "INBOUNDCHAT"),
    ("Mail Sorter", "INBOUNDEMAIL"),
    ("Message Greeter", "INBOUNDSHORTMESSAGE"),
    ("Helper Bot", "DIGITALBOT"),
    ("Voicemail Box", "VOICEMAIL"),
    ("Campaign Calls", "OUTBOUNDCALL"),
)
QUEUE_NAMES = (
    "Billing",
    "Orders",
    "Returns",
    "Technical",
    "Retention",
    "Travel",
    "Loans",
    "Claims",
    "Parcels",
    "Misc",
)
SUPERVISORS = 3


def _ref(path: str, identity: str) -> dict[str, str]:
    return {"id": identity, "selfUri": f"/api/v2/{path}/{identity}"}


class Staff:
    """Reference entities, each a function of the seed and its number."""

    def __init__(self, options: SandboxOptions) -> None:
        """Prepare the ids of every kind."""
        self._options = options
        self._epoch = from_text(options.now) - 500 * DAY
        self._ids: dict[tuple[str, int], str] = {}

    def identity(self, kind: str, number: int) -> str:
        """The id of the entity with this number; there are few, so they are kept."""
        known = self._ids.get((kind, number))
        if known is None:
            known = self._ids[kind, number] = IdSpace(self._options.seed, kind).encode(number)
        return known

    def queue_id(self, number: int) -> str:
        """Id of a queue, numbers wrapping around."""
        return self.identity("queue", number % self._options.queues)

    def user_id(self, number: int) -> str:
        """Id of an agent, numbers wrapping around."""
        return self.identity("user", number % self._options.agents)

    def supervisor_id(self, number: int) -> str:
        """Id of a supervisor; supervisors follow the agents in the list of users."""
        return self.identity("user", self._options.agents + number % SUPERVISORS)

    def wrapup_id(self, number: int) -> str:
        """Id of a wrap-up code, numbers wrapping around."""
        return self.identity("wrapup", number % len(WRAPUPS))

    def flow(self, number: int) -> tuple[str, str, str]:
        """Id, name and type of a flow."""
        name, kind = FLOWS[number]
        return self.identity("flow", number), name, kind

    def division_id(self, number: int) -> str:
        """Id of a division, numbers wrapping around."""
        return self.identity("division", number % len(DIVISIONS))

    def division(self, number: int) -> dict[str, str]:
        """A division as other entities refer to it."""
        reference = _ref("authorization/divisions", self.division_id(number))
        return {
            "id": reference["id"],
            "name": DIVISIONS[number % len(DIVISIONS)],
            "selfUri": reference["selfUri"],
        }

    def source(self, number: int) -> dict[str, Any]:
        """An external source, whole."""
        return {
            **_ref("externalcontacts/externalsources", self.identity("source", number)),
            "name": SOURCES[number],
            "active": number < len(SOURCES) - 1,
            "linkConfiguration": {"uriTemplate": f"https://crm{number}.example.com/{{externalId.value}}"},
        }

    def source_ref(self, number: int) -> dict[str, Any]:
        """An external source as an external id refers to it."""
        return _ref("externalcontacts/externalsources", self.identity("source", number))

    def _dates(self, number: int) -> dict[str, str]:
        created = self._epoch + number * DAY
        return {"dateCreated": to_text(created), "dateModified": to_text(created + 100 * DAY)}

    def divisions(self) -> list[dict[str, Any]]:
        """All divisions."""
        return [
            {**self.division(number), "description": f"{name} division", "homeDivision": number == 0}
            for number, name in enumerate(DIVISIONS)
        ]

    def queues(self) -> list[dict[str, Any]]:
        """All queues."""
        return [
            {
                **_ref("routing/queues", self.queue_id(number)),
                "name": f"{QUEUE_NAMES[number % len(QUEUE_NAMES)]} {number}",
                "division": self.division(number),
                "description": "made-up queue",
                **self._dates(number),
                "memberCount": self._options.agents,
                "skillEvaluationMethod": "ALL",
                "autoAnswerOnly": True,
                "enableTranscription": False,
            }
            for number in range(self._options.queues)
        ]

    def users(self) -> list[dict[str, Any]]:
        """Agents, then supervisors; the last agent was deleted, the one before is inactive."""
        return [self._user(number) for number in range(self._options.agents + SUPERVISORS)]

    def _user(self, number: int) -> dict[str, Any]:
        left = {self._options.agents - 1: "deleted", self._options.agents - 2: "inactive"}
        role = "Agent" if number < self._options.agents else "Supervisor"
        return {
            **_ref("users", self.identity("user", number)),
            "name": f"{role} Number-{number:03}",
            "division": self.division(number),
            "department": TEAMS[number % len(TEAMS)],
            "email": f"{role.lower()}.{number:03}@example.com",
            "username": f"{role.lower()}.{number:03}@example.com",
            "title": role,
            "state": left.get(number, "active"),
            "version": 1 + number % 7,
            "acdAutoAnswer": False,
        }

    def wrapup_codes(self) -> list[dict[str, Any]]:
        """All wrap-up codes."""
        return [
            {
                **_ref("routing/wrapupcodes", self.wrapup_id(number)),
                "name": name,
                "division": self.division(0),
                **self._dates(number),
            }
            for number, name in enumerate(WRAPUPS)
        ]

    def teams(self) -> list[dict[str, Any]]:
        """All teams."""
        return [
            {
                **_ref("teams", self.identity("team", number)),
                "name": name,
                "division": self.division(number),
                "description": f"{name} shift",
                **self._dates(number),
                "memberCount": self._options.agents // len(TEAMS),
            }
            for number, name in enumerate(TEAMS)
        ]

    def skills(self) -> list[dict[str, Any]]:
        """All routing skills."""
        return [
            {
                **_ref("routing/skills", self.identity("skill", number)),
                "name": name,
                "division": self.division(0),
                "dateModified": self._dates(number)["dateModified"],
                "state": "active",
                "version": "1",
            }
            for number, name in enumerate(SKILLS)
        ]

    def languages(self) -> list[dict[str, Any]]:
        """All routing languages."""
        return [
            {
                **_ref("routing/languages", self.identity("language", number)),
                "name": name,
                "dateModified": self._dates(number)["dateModified"],
                "state": "active",
                "version": "1",
            }
            for number, name in enumerate(LANGUAGES)
        ]

    def flows(self, *, deleted: bool = False) -> list[dict[str, Any]]:
        """The flows in use, or the deleted ones."""
        live = [self._flow_entity(number, gone=False) for number in range(len(FLOWS))]
        return [self._flow_entity(len(FLOWS), gone=True)] if deleted else live

    def _flow_entity(self, number: int, *, gone: bool) -> dict[str, Any]:
        name, kind = ("Old Menu", "INBOUNDCALL") if gone else FLOWS[number]
        return {
            **_ref("flows", self.identity("flow", number)),
            "name": name,
            "division": self.division(0),
            "description": f"{name} flow",
            "type": kind,
            "active": not gone,
            "system": False,
            "deleted": gone,
        }

    def external_organizations(self) -> list[dict[str, Any]]:
        """All external organizations."""
        return [
            {
                **_ref("externalcontacts/organizations", self.identity("external organization", number)),
                "name": f"Fictional Company {number:02}",
                "division": self.division(number),
                "companyType": "Private",
                "industry": "Testing",
                "employeeCount": 10 * (number + 1),
                "websites": [f"https://company{number:02}.example.com"],
                "modifyDate": to_text(self._epoch + 200 * DAY),
                "createDate": to_text(self._epoch),
            }
            for number in range(12)
        ]

    def sources(self) -> list[dict[str, Any]]:
        """All external sources."""
        return [self.source(number) for number in range(len(SOURCES))]

    def organization(self) -> dict[str, Any]:
        """The organization itself."""
        return {
            **_ref("organizations", self.identity("organization", 0)),
            "name": "Sandbox Organization",
            "defaultLanguage": "en-us",
            "defaultCountryCode": "US",
            "domain": "sandbox-example",
            "version": 1,
            "state": "active",
            "voicemailEnabled": True,
            "productPlatform": "PureCloud",
            "features": {"directory": True, "purecloud": True},
        }
