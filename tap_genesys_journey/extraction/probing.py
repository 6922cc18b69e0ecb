"""The connection test: asks each endpoint that the selected streams need once, and says what came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tap_genesys_journey.api.surface import Probe
from tap_genesys_journey.exceptions import AbortError, ForbiddenError, SkipError


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


def probe_streams(probes: Sequence[Probe], streams: Sequence[str]) -> Iterator[Finding]:
    """Ask every probe that some stream needs, once, and report it for each of these streams.

    A failure that would end a run ends the questions: the others would meet it too.
    """
    is_over = False
    for probe in probes:
        needing = [stream for stream in streams if stream in probe.kinds]
        if not needing:
            continue
        is_good, text, is_over = (False, "not asked", True) if is_over else _ask(probe)
        yield from (Finding(stream, is_good, f"{probe.name}: {text}") for stream in needing)


def _ask(probe: Probe) -> tuple[bool, str, bool]:
    try:
        shown = probe.ask()
    except ForbiddenError:
        return False, f"permission missing: {probe.permission}", False
    except SkipError as error:
        return False, str(error), False
    except AbortError as error:
        return False, str(error), True
    return True, "reachable and permitted" + (f", {shown}" if shown else ""), False
