"""Following cursors from page to page, and noticing when they lead nowhere new."""

from __future__ import annotations

from tap_genesys_journey.exceptions import ApiError


class Trail:
    """The cursors, or page tokens, of one reading: one that comes twice leads round in a circle."""

    def __init__(self, what: str, cursor: str | None = None) -> None:
        """Begin.

        Args:
            what: Names the reading in the error.
            cursor: Where it goes on from; None at its first page.
        """
        self._what = what
        self._met = {hash(cursor)}

    def follow(self, cursor: str) -> str:
        """Give the next page's cursor back, noted.

        Raises:
            ApiError: It was followed before: the pages would never end.
        """
        if hash(cursor) in self._met:
            raise ApiError(f"{self._what}: the same cursor came twice, so the pages would never end")
        self._met.add(hash(cursor))
        return cursor
