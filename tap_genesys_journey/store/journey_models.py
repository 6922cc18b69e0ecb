"""Renders the journey models of `dbt/` for DuckDB, so that the tap runs the very files that dbt runs.

The models name relations by `source()` and `ref()`, settings by `var()`, and leave to dbt's
cross-database macros what warehouses spell differently. This module gives those names their DuckDB
meaning. It knows no rule of a journey: those stand in the SQL alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined, Template

from tap_genesys_journey.exceptions import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SOURCES = ("interactions", "contact_aliases", "contact_addresses")

_STATE = re.compile(r"[A-Za-z_]+")


@dataclass(frozen=True)
class JourneyRules:
    """The settings that shape a timeline.

    Attributes:
        correlation_window_seconds: How far apart a start and a customer end may lie to belong
            together, in whole seconds; 0 asks for the same instant.
        timeline_states: Conversation states that enter a timeline.
    """

    correlation_window_seconds: int = 60
    timeline_states: Sequence[str] = ("TERMINATED", "TRANSFERRED", "MERGED")

    def __post_init__(self) -> None:
        """Refuse values that have no place in a statement: they are written into it, not bound."""
        if self.correlation_window_seconds < 0:
            raise ValueError("correlation_window_seconds must not be negative")
        if not self.timeline_states or not all(map(_STATE.fullmatch, self.timeline_states)):
            raise ValueError("timeline_states must name at least one state, in letters")


@dataclass(frozen=True)
class Model:
    """One journey model, ready to run.

    Attributes:
        name: The file's name without its suffix.
        materialized: `view` or `table`, as the model's own `config()` says.
        sql: The query, without the statement that creates its relation.
        refs: Names of the models it reads.
    """

    name: str
    materialized: str
    sql: str
    refs: frozenset[str]


def dbt_project_path() -> Path:
    """The folder that holds `models/` and `macros/`: beside the package in a checkout, in it once built."""
    package = Path(__file__).resolve().parent.parent
    for candidate in (package / "dbt", package.parent / "dbt"):
        if (candidate / "models").is_dir():
            return candidate
    raise StoreError(f"the journey models are missing: {package / 'dbt'} is not there; install the tap again")


def render_models(
    sources: Mapping[str, str], rules: JourneyRules, *, relation: Callable[[str], str] = str
) -> dict[str, Model]:
    """Every journey model as a DuckDB query.

    Args:
        sources: For each of `SOURCES` the relation to read, as it stands in a FROM clause.
        rules: Settings the models ask for by `var()`.
        relation: Gives the relation that holds a model, from the model's name.

    Returns:
        Models by name, each after the models it reads.
    """
    models = (_render(name, template, sources, rules, relation) for name, template in _templates().items())
    return _in_dependency_order({model.name: model for model in models})


@cache
def _templates() -> dict[str, Template]:
    """The model files by name, read once a process."""
    project = dbt_project_path()
    environment = _load_macros(project)
    paths = sorted((project / "models").rglob("*.sql"))
    return {path.stem: environment.from_string(path.read_text(encoding="utf-8")) for path in paths}


def _render(
    name: str,
    template: Template,
    sources: Mapping[str, str],
    rules: JourneyRules,
    relation: Callable[[str], str],
) -> Model:
    """The model of one file; what it reads and how it is kept is noted while it is rendered."""
    refs: set[str] = set()
    config: dict[str, str] = {}

    def ref(model: str) -> str:
        refs.add(model)
        return relation(model)

    def configure(**settings: str) -> str:
        config.update(settings)
        return ""

    sql = template.render(
        ref=ref,
        source=lambda _source, table: sources[table],
        var=lambda setting: getattr(rules, setting),
        config=configure,
    )
    return Model(name, config["materialized"], sql.strip(), frozenset(refs))


def _in_dependency_order(models: dict[str, Model]) -> dict[str, Model]:
    ordered: dict[str, Model] = {}
    while len(ordered) < len(models):
        ready = [
            model for model in models.values() if model.name not in ordered and model.refs <= ordered.keys()
        ]
        if not ready:
            raise StoreError("the journey models read each other in a circle")
        ordered.update((model.name, model) for model in ready)
    return ordered


def _load_macros(project: Path) -> Environment:
    """An environment that knows DuckDB's reading of `dbt.*` and the macros of the project itself."""
    # The output is SQL: escaping it for HTML would break it.
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701
    environment.globals.update(dbt=_DuckDbMacros(), adapter=_Adapter(environment))
    for path in sorted((project / "macros").glob("*.sql")):
        module = environment.from_string(path.read_text(encoding="utf-8")).module
        environment.globals.update({name: getattr(module, name) for name in _public(module)})
    return environment


def _public(module: object) -> list[str]:
    return [name for name in vars(module) if not name.startswith("_")]


class _Adapter:
    """What dbt calls `adapter`, as far as a macro needs it to find its variant for a warehouse."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def dispatch(self, name: str, _package: str) -> Any:  # noqa: ANN401 (a Jinja macro has no type)
        macros = self._environment.globals
        return macros.get(f"duckdb__{name}") or macros[f"default__{name}"]


class _DuckDbMacros:
    """The cross-database macros that the models use, in DuckDB's words.

    Source: https://docs.getdbt.com/reference/dbt-jinja-functions/cross-database-macros
    """

    def type_timestamp(self) -> str:
        return "timestamp"

    def type_bigint(self) -> str:
        return "bigint"

    def type_string(self) -> str:
        return "text"

    def datediff(self, first: str, second: str, part: str) -> str:
        return f"date_diff('{part}', {first}, {second})"

    def concat(self, fields: Sequence[str]) -> str:
        return " || ".join(fields)

    def hash(self, field: str) -> str:
        return f"md5(cast({field} as text))"

    def position(self, part: str, text: str) -> str:
        return f"position({part} in {text})"

    def listagg(self, measure: str, delimiter: str, order_by: str) -> str:
        return f"string_agg({measure}, {delimiter} {order_by})"

    def string_literal(self, value: str) -> str:
        return f"'{value}'"
