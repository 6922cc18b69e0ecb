"""What happens in an organization while somebody reads it: one thing after the other, drawn by lot."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator

from support.wire_facts import contacts as contacts_on

from genesys_sandbox import Sandbox
from genesys_sandbox.client import RefusedError

MINUTE = 60
PAUSE_SECONDS = 0.3
RECENT = "2026-03-15T00:00:00.000Z"
"""What ended before is left alone: three days later, as far as clocks are moved here, a change of it would be
behind `lookback_days`."""


class Happenings:
    """Changes conversations and contacts of one sandbox.

    The organization merges contacts by itself, too; what cannot be done to them any more does not happen.

    Attributes:
        count: How many changes there were.
    """

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        """Look at who is there; nothing is changed yet."""
        self.count = 0
        self._control = sandbox.control
        self._random = random.Random(seed)  # noqa: S311  # the same changes every time
        recent = [row for row in sandbox.truth.conversations() if row["conversationStart"] > RECENT]
        self._open = [row["conversationId"] for row in recent if "conversationEnd" not in row]
        self._ended = [row["conversationId"] for row in recent if "conversationEnd" in row]
        self._nameless = [row["conversationId"] for row in recent if not contacts_on(row)]
        self._contacts = sorted(
            record["id"]
            for record in sandbox.truth.contacts()
            if record["type"] == "Curated" and "mergedTo" not in record and "mergedFrom" not in record
        )
        self._kinds: tuple[Callable[[], None], ...] = (
            self._begin,
            self._end,
            self._reopen,
            self._link,
            self._wrap_up,
            self._change_contact,
            self._add_contact,
            self._merge,
        )

    def happen(self, times: int = 1) -> None:
        """Let so many things happen, a minute apart."""
        for _ in range(times):
            self._control.advance(MINUTE)
            self._random.choice(self._kinds)()
            self.count += 1

    @contextlib.contextmanager
    def going_on(self) -> Iterator[None]:
        """Let things happen all the time while the context lasts."""
        is_over = threading.Event()

        def go_on() -> None:
            while not is_over.wait(PAUSE_SECONDS):
                self.happen()

        thread = threading.Thread(target=go_on, name="happenings", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _taken(self, names: list[str]) -> str | None:
        return names.pop(self._random.randrange(len(names))) if names else None

    def _begin(self) -> None:
        """A conversation, of somebody or of nobody known yet."""
        contact = self._random.choice([None, *self._contacts[:20]])
        media = self._random.choice(["voice", "chat", "email"])
        is_open = self._random.random() < 0.5  # noqa: PLR2004  # as often as not
        name = self._control.add_conversation(media=media, open=is_open, contact_id=contact)
        (self._open if is_open else self._ended).append(name)
        if contact is None:
            self._nameless.append(name)

    def _end(self) -> None:
        if name := self._taken(self._open):
            disconnect = self._random.choice(["peer", "transfer", "client"])
            self._control.end_conversation(name, wrap_up_code="chaos", disconnect_type=disconnect)
            self._ended.append(name)

    def _reopen(self) -> None:
        if name := self._taken(self._ended):
            self._control.reopen_conversation(name)
            self._open.append(name)

    def _link(self) -> None:
        if self._contacts and (name := self._taken(self._nameless)):
            self._control.link_conversation(name, self._random.choice(self._contacts))

    def _wrap_up(self) -> None:
        if self._ended:
            self._control.wrap_up_conversation(self._random.choice(self._ended), "late")

    def _change_contact(self) -> None:
        if self._contacts:
            with contextlib.suppress(RefusedError):
                self._control.modify_contact(self._random.choice(self._contacts), title=f"Title {self.count}")

    def _add_contact(self) -> None:
        mail = f"chaos.{self.count}@example.com"
        self._contacts.append(
            self._control.add_contact(firstName="Chaos", lastName="Example", workEmail=mail)
        )

    def _merge(self) -> None:
        members = [each for each in (self._taken(self._contacts), self._taken(self._contacts)) if each]
        if len(members) > 1:
            with contextlib.suppress(RefusedError):
                self._contacts.append(self._control.merge_contacts(members))
