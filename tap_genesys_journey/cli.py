"""The command: the SDK's, with every error of ours told in one line and an honest exit code."""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable
from functools import partial
from io import StringIO
from pathlib import Path
from traceback import extract_tb
from typing import IO, Any, Final

import click
from singer_sdk.exceptions import (
    InvalidReplicationKeyException,
    MapExpressionError,
    StreamMapConfigError,
)

from tap_genesys_journey.exceptions import JourneyError, SettingError
from tap_genesys_journey.process import tune_memory
from tap_genesys_journey.tap import TapGenesysJourney

_LOG_LEVELS: Final = ("TAP_GENESYS_JOURNEY_LOGLEVEL", "LOGLEVEL")

_logger = logging.getLogger(TapGenesysJourney.name)


class _Command(TapGenesysJourney):
    # The tap as a command: a file that cannot be read is told in one line, before anything else.
    __doc__ = TapGenesysJourney.__doc__  # `--about` says it

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:  # noqa: ANN401  # private to the SDK
        """Read `--config`."""
        for path in value:
            if path != "ENV":
                _check_config_file(path)
        return super().cb_config(ctx, param, value)

    @classmethod
    def invoke(
        cls,
        *,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
        **options: Any,  # noqa: ANN401  # the SDK's own
    ) -> None:
        """Run with what the command line says."""
        super().invoke(
            state=state and StringIO(json.dumps(_read_state_file(state))),
            catalog=catalog and StringIO(json.dumps(_read_catalog_file(catalog))),
            **options,
        )


def main() -> None:
    """Run the tap as a command; exits with 0 only when all selected streams are complete."""
    tune_memory()
    _silence_urllib3()
    warnings.formatwarning = _on_one_line
    try:
        sys.exit(_get_command()(standalone_mode=False))
    except JourneyError as error:
        _fail(str(error))
    except click.ClickException as error:
        _fail(error.format_message())
    except InvalidReplicationKeyException as error:
        _fail(f"catalog: {' '.join(str(error).split())}; allowed: what --discover writes, edited")
    except (MapExpressionError, StreamMapConfigError) as error:
        _fail(f"stream_maps: {' '.join(str(error).split())}")
    except OSError as error:
        _fail(f"{error.strerror or type(error).__name__}: {error.filename or 'a file or socket'}")
    except Exception as error:  # noqa: BLE001  # the last place: say where, never what, for it may be a person
        frame = extract_tb(error.__traceback__)[-1]
        _fail(
            f"unexpected {type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno};"
            " the state stands at its last STATE; please report this"
        )


def _on_one_line(message: Warning | str, category: type[Warning], *_: object, **__: object) -> str:
    """A warning as the log shows it: without the file and the line of code that it came from."""
    return f"{category.__name__}: {' '.join(str(message).split())}"


def _silence_urllib3() -> None:
    """Let it say nothing at any level: its lines hold queries, so people.

    A filter outlives every configuration of logging; what went wrong is told by our own errors.
    """
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "urllib3":
            logging.getLogger(name).addFilter(lambda _: False)


def _get_command() -> click.Command:
    """The command; getting it configures logging.

    Raises:
        SettingError: The file that SINGER_SDK_LOG_CONFIG names cannot be used, or there is no such level.
    """
    for variable in _LOG_LEVELS:
        level = os.environ.get(variable)
        if level and not isinstance(logging.getLevelName(level.upper()), int):
            raise SettingError(f"{variable}: {level!r} is no level; allowed: DEBUG, INFO, WARNING or ERROR")
    try:
        command: click.Command = _Command.cli
    except Exception:  # noqa: BLE001  # the file decides what is imported and called
        raise SettingError(
            f"SINGER_SDK_LOG_CONFIG: {os.environ.get('SINGER_SDK_LOG_CONFIG')} cannot be used;"
            " allowed: a YAML file with a configuration for logging.config.dictConfig"
        ) from None
    return command


def _fail(line: str) -> None:
    _logger.error("%s", line)
    sys.exit(1)


def _check_config_file(path: str) -> None:
    """Look whether a file of settings can be read.

    Raises:
        SettingError: It cannot, or holds no JSON object.
    """
    try:
        _parse_object("config", path, partial(Path(path).read_text, encoding="utf-8-sig"))
    except OSError as error:
        raise SettingError(f"config: {path} cannot be read ({error.strerror})") from None


def _read_state_file(file: IO[str]) -> dict[str, Any]:
    """State in an open file.

    Raises:
        SettingError: It does not have the shape that singer-sdk takes for granted.
    """
    state = _read_object("state", file)
    if state.get("type") == "STATE":  # the SDK would find no bookmark in it, and read everything again
        raise SettingError("state: a whole STATE message; allowed: its value alone")
    bookmarks = state.get("bookmarks", {})
    entries = bookmarks.values() if isinstance(bookmarks, dict) else [bookmarks]
    if not all(isinstance(entry, dict) for entry in entries):
        raise SettingError(
            "state: bookmarks is no object of objects; allowed: the value of a STATE message of this tap"
        )
    return state


def _read_catalog_file(file: IO[str]) -> dict[str, Any]:
    """Catalog in an open file.

    Raises:
        SettingError: It does not have the shape that singer-sdk takes for granted.
    """
    catalog = _read_object("catalog", file)
    streams = catalog.get("streams")
    if not isinstance(streams, list) or not all(_is_stream(each) for each in streams):
        raise SettingError("catalog: streams is no list of streams; allowed: what --discover writes, edited")
    return catalog


def _is_stream(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("tap_stream_id"), str)
        and isinstance(value.get("schema"), dict)
        and isinstance(value.get("metadata", []), list)
    )


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _read_object(option: str, file: IO[str]) -> dict[str, Any]:
    return _parse_object(option, file.name, file.read)


def _parse_object(option: str, path: str, read: Callable[[], str]) -> dict[str, Any]:
    try:
        value = json.loads(read(), parse_constant=_refuse_constant)
    except ValueError as error:
        where = f" ({error})"
        if isinstance(error, json.JSONDecodeError):
            where = f" (line {error.lineno})"
        elif isinstance(error, UnicodeDecodeError):
            where = " in UTF-8"
        raise SettingError(f"{option}: {path} is not JSON{where}; allowed: a JSON object") from None
    if not isinstance(value, dict):
        raise SettingError(f"{option}: {path} holds JSON that is no object; allowed: a JSON object")
    return value
