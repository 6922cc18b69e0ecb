"""The connection test: asks each endpoint that the selected streams need once, and says what came back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from tap_genesys_journey.api.guide import GuideSurface
from tap_genesys_journey.api.platform import PlatformSurface
from tap_genesys_journey.api.surface import ALL_KINDS, CONTACT_KINDS, CONVERSATION_KINDS
from tap_genesys_journey.domain.decoding import UnreadableError
from tap_genesys_journey.domain.oddities import Oddities
from tap_genesys_journey.exceptions import AbortError, AmbiguousError, GoneError, SkipError
from tap_genesys_journey.settings import Settings


@dataclass(frozen=True)
class Finding:
    """What a probe found, for one stream.

    Attributes:
        stream: Name of the stream.
        is_good: Whether the stream would work as far as this probe sees.
        text: What to tell.
    """

    stream: str
    is_good: bool
    text: str


@dataclass(frozen=True)
class _Probe:
    """One question.

    Attributes:
        name: What is asked for, in a word.
        kinds: Streams that need it.
        ask: Asks; gives what is worth showing, an empty text if nothing.
    """

    name: str
    kinds: Collection[str]
    ask: Callable[[], str]


def probe_streams(
    surface: PlatformSurface | GuideSurface, settings: Settings, streams: Sequence[str]
) -> Iterator[Finding]:
    """Ask what a run would ask first, once, and report it for each of the streams that need it.

    A failure that would end a run ends the questions: the others would meet it too. Submitting a job is
    left out, for it is work for the platform; it takes the permission that is asked for here.
    """
    is_over = False
    for probe in _Probing(surface, settings).probes():
        needing = [stream for stream in streams if stream in probe.kinds]
        if not needing:
            continue
        is_good, text, is_over = (False, "not asked", True) if is_over else _ask(probe)
        yield from (Finding(stream, is_good, f"{probe.name}: {text}") for stream in needing)


def _ask(probe: _Probe) -> tuple[bool, str, bool]:
    try:
        shown = probe.ask()
    except SkipError as error:
        return False, str(error), False
    except AbortError as error:
        return False, str(error), True
    return True, "reachable and permitted" + (f", {shown}" if shown else ""), False


class _Probing:
    """Asks as a run would: for all contacts, or for those that the settings name."""

    def __init__(self, surface: PlatformSurface | GuideSurface, settings: Settings) -> None:
        self._surface = surface
        self._settings = settings
        self._contact_id: str | None = None

    def probes(self) -> list[_Probe]:
        """The questions, in the order of a run."""
        follows = self._settings.follows_customers
        needs_contacts = follows or isinstance(self._surface, GuideSurface)
        ask = self._ask_followed if follows else self._ask_contacts
        return [
            _Probe("contacts", ALL_KINDS if needs_contacts else CONTACT_KINDS, ask),
            _Probe("conversations", CONVERSATION_KINDS, self._ask_conversations),
        ]

    def _ask_contacts(self) -> str:
        """All contacts, and the first of them by its id."""
        page = self._surface.fetch_contact_page(None)
        self._contact_id = next(filter(None, map(self._id_of, page.contacts)), None)
        self._ask_by_id()
        return ""

    def _ask_followed(self) -> str:
        """The first of the customers to follow."""
        self._contact_id = next(iter(self._settings.contact_ids), None)
        shown = ""
        if external_id := next(iter(self._settings.external_ids), None):
            contact_id = self._look_up(external_id)
            self._contact_id = contact_id or self._contact_id
            shown = f"the first external id leads to {'a' if contact_id else 'no'} contact"
        self._ask_by_id()
        return shown

    def _look_up(self, external_id: str) -> str | None:
        try:
            found = self._surface.fetch_contact_by_external_id(external_id)
        except AmbiguousError:
            return None
        return None if found is None else self._id_of(found)

    def _ask_by_id(self) -> None:
        if self._contact_id:
            self._surface.fetch_contacts_as_stored([self._contact_id])

    def _ask_conversations(self) -> str:
        """Until when they are settled; on the guide's surface those of a contact, if one is known."""
        if isinstance(self._surface, PlatformSurface):
            return f"settled until {self._surface.fetch_settled_until():%Y-%m-%d %H:%M} UTC"
        if self._contact_id is None:
            return "no contact is known to ask for"
        try:
            self._surface.fetch_conversation_page(self._contact_id, None)
        except GoneError:
            return "the contact asked for is gone"
        return ""

    def _id_of(self, raw: msgspec.Raw) -> str | None:
        try:
            return self._surface.decode_contact(raw, Oddities()).id
        except UnreadableError:
            return None
