"""What the repository promises about itself."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
TAP = ROOT / "tap_genesys_journey"
LAYERS = (
    "exceptions",
    "domain",
    "settings",
    "http",
    "api",
    "store",
    "extraction",
    "streams",
    "process",
    "tap",
    "cli",
)
"""Each may import what stands before it."""

OWN_TO_DOMAIN = {"tap_genesys_journey", "ahocorasick_rs", "msgspec", "phonenumbers"}


def tracked() -> list[Path]:
    command = ["git", "ls-files"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def modules_of(package: Path) -> list[Path]:
    return sorted(package.rglob("*.py"))


def generate_docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "scripts" / "generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_texts_say_what_the_code_says():
    for path, text in generate_docs().generate_files(ROOT).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run make docs"


def test_every_endpoint_of_the_table_is_in_its_document_which_the_readme_names():
    from tap_genesys_journey.api.endpoints import ENDPOINTS  # noqa: PLC0415

    document = (ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8")
    for endpoint in ENDPOINTS:
        assert f"### `{endpoint.method} {endpoint.path}`" in document
    assert "(docs/endpoints.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_tap_and_sandbox_share_nothing():
    for path in modules_of(TAP):
        assert not [name for name in imported(path) if name.startswith("genesys_sandbox")], path
    for path in modules_of(ROOT / "genesys_sandbox"):
        assert not [name for name in imported(path) if name.startswith("tap_genesys_journey")], path


def test_imports_point_one_way():
    for path in modules_of(TAP):
        layer = path.relative_to(TAP).parts[0].removesuffix(".py")
        if layer not in LAYERS:
            continue
        for name in imported(path):
            parts = name.split(".")
            if parts[0] != TAP.name or len(parts) == 1:
                continue
            assert LAYERS.index(parts[1]) <= LAYERS.index(layer), f"{path.relative_to(ROOT)} imports {name}"


def test_the_domain_is_pure():
    standard = sys.stdlib_module_names
    impure = {"socket", "subprocess", "logging", "os", "pathlib", "threading", "time", "random"}
    for path in modules_of(TAP / "domain"):
        for name in imported(path):
            top = name.split(".")[0]
            assert top in OWN_TO_DOMAIN or top in standard, f"{path.name} imports {name}"
            assert top not in impure, f"{path.name} imports {name}"
            if top == TAP.name:
                assert name.split(".")[1] in {"domain", "exceptions"}, f"{path.name} imports {name}"


def test_lock_files_hold_hashes_and_no_address():
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text, path
        assert not re.search(r"https?://|index-url|find-links", text), path
    assert not (ROOT / "uv.lock").exists()


def test_no_file_names_a_path_of_somebodys_machine():
    pattern = re.compile(r"(?<![\w.])/(?:home|root|Users)/\w")
    for path in tracked():
        if path != Path(__file__):
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            assert not pattern.search(text), path


def test_the_licence_is_the_one_that_is_declared():
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")[:200]
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_the_journey_models_and_all_that_dbt_needs_to_build_them(wheel):
    names = wheel.namelist()

    for path in tracked():
        if path.is_relative_to(ROOT / "dbt") and path.suffix != ".md":
            assert f"tap_genesys_journey/{path.relative_to(ROOT).as_posix()}" in names


def test_the_wheel_holds_both_packages_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "tap_genesys_journey",
        "genesys_sandbox",
    }
    assert "tap_genesys_journey/py.typed" in wheel.namelist()


def test_the_readme_names_every_stream():
    from tap_genesys_journey.streams import STREAMS  # noqa: PLC0415

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for stream in STREAMS:
        assert f"`{stream.name}`" in readme


def test_the_documents_name_only_make_targets_that_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"):
        named = re.findall(r"`(?:\$ )?make ([a-z-]+)", path.read_text(encoding="utf-8"))
        assert set(named) <= targets, path.name


def test_workflows_pin_every_action_by_commit():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
        assert used
        assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) for action in used), path.name


def test_the_workflow_audits_what_is_locked():
    workflow = (ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert "- run: make audit" in workflow
    assert "cron:" in workflow
    assert "pip-audit --strict --require-hashes" in makefile


def test_every_dependency_is_locked():
    tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = declared["dependency-groups"]
    wanted = {
        "tap": declared["project"]["dependencies"],
        "dev": [*declared["project"]["optional-dependencies"]["sandbox"], *groups["dev"]],
    } | {name: groups[name] for name in groups if name != "dev"}
    for lock, requirements in wanted.items():
        text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").lower()
        for requirement in requirements:
            if isinstance(requirement, str):
                name = re.match(r"[\w-]+", requirement)[0].lower()
                assert re.search(rf"^{name}(\[[\w,]+\])?==", text, re.MULTILINE), f"{name}: run make lock"
