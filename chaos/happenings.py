"""What happens in an organization while somebody reads it: one thing after the other, drawn by lot."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from support.wire_facts import contacts as contacts_on

from genesys_sandbox import Sandbox
from genesys_sandbox.client import RefusedError

MINUTE = 60
PAUSE_SECONDS = 0.3
LOOKBACK = timedelta(days=3)
"""What `lookback_days` is by default: a conversation that ended longer ago changes no more, for the tap does
not promise to find that."""


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
        self._now = self._control.advance(0)
        self._random = random.Random(seed)  # noqa: S311  # the same changes every time
        conversations = list(sandbox.truth.conversations())
        self._ends = {row["conversationId"]: row.get("conversationEnd") for row in conversations}
        self._nameless = [row["conversationId"] for row in conversations if not contacts_on(row)]
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
            self._now = self._control.advance(MINUTE)
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

    def _drawn(self, names: Iterable[str]) -> str | None:
        """One of these, in an order that does not depend on what happened to them."""
        candidates = sorted(names)
        return self._random.choice(candidates) if candidates else None

    def _open(self) -> list[str]:
        return [name for name, end in self._ends.items() if end is None]

    def _ended(self) -> list[str]:
        """Those that ended within the lookback."""
        earliest = f"{_instant(self._now) - LOOKBACK:%Y-%m-%dT%H:%M:%S}"
        return [name for name, end in self._ends.items() if end is not None and end >= earliest]

    def _begin(self) -> None:
        """A conversation, of somebody or of nobody known yet."""
        contact = self._random.choice([None, *self._contacts[:20]])
        media = self._random.choice(["voice", "chat", "email"])
        is_open = self._random.random() < 0.5  # noqa: PLR2004  # as often as not
        name = self._control.add_conversation(media=media, open=is_open, contact_id=contact)
        self._ends[name] = None if is_open else self._now
        if contact is None:
            self._nameless.append(name)

    def _end(self) -> None:
        if name := self._drawn(self._open()):
            disconnect = self._random.choice(["peer", "transfer", "client"])
            self._control.end_conversation(name, wrap_up_code="chaos", disconnect_type=disconnect)
            self._ends[name] = self._now

    def _reopen(self) -> None:
        if name := self._drawn(self._ended()):
            self._control.reopen_conversation(name)
            self._ends[name] = None

    def _link(self) -> None:
        alive = {*self._open(), *self._ended()}
        if self._contacts and (name := self._drawn(alive.intersection(self._nameless))):
            self._control.link_conversation(name, self._random.choice(self._contacts))
            self._nameless.remove(name)

    def _wrap_up(self) -> None:
        if name := self._drawn(self._ended()):
            self._control.wrap_up_conversation(name, "late")

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
        if len(self._contacts) > 1:
            members = self._random.sample(self._contacts, 2)
            self._contacts = [each for each in self._contacts if each not in members]
            with contextlib.suppress(RefusedError):
                self._contacts.append(self._control.merge_contacts(members))


def _instant(clock: str) -> datetime:
    return datetime.strptime(clock, "%Y-%m-%dT%H:%M:%S.%fZ")  # noqa: DTZ007  # all here is UTC
