"""What keeps the code livable: small modules, honest names, and one place for each kind of thing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "omics_orchestrator"
MODULES = sorted(PACKAGE.rglob("*.py"))
_LONGEST = 300
_MEDIAN = 150
_EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|base|manager|misc|common)(_|$)")
_REGISTRIES = re.compile(r"py[p]i\.org|pythonh[o]sted|registry\.np[m]js|deb\.debia[n]\.org")
_MACHINE_PATHS = re.compile(r"(^|[\s\"'=(])/(work|root|home)/\w")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [REPOSITORY / line for line in listed.stdout.splitlines()]
    return [path for path in paths if path.is_file()]


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="ignore")


def test_a_module_fits_into_a_readers_head() -> None:
    lines = sorted(len(path.read_text().splitlines()) for path in MODULES)
    assert lines[-1] <= _LONGEST
    assert lines[len(lines) // 2] <= _MEDIAN


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in MODULES if not path.read_text().startswith('"""')]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in MODULES if _EMPTY_NAMES.search(path.stem)] == []


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        path.name for path in MODULES if re.search(r"os\.(environ|getenv)", path.read_text())
    }
    assert readers == {"settings.py"}


def test_only_the_rim_imports_dagster() -> None:
    imports = re.compile(r"^(import|from) dagster", re.MULTILINE)
    users = {
        path.relative_to(PACKAGE).parts[0] for path in MODULES if imports.search(path.read_text())
    }
    assert users == {"orchestration", "definitions.py", "run.py"}


@pytest.mark.parametrize(
    "call", [r"(?<![._])\beval\(", r"\bexec\(", r"\bpickle\b", r"yaml\.load\(", r"verify=False"]
)
def test_nothing_runs_what_strangers_send(call: str) -> None:
    assert [path for path in MODULES if re.search(call, path.read_text())] == []


def test_the_layers_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run(
        [linter, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine() -> None:
    named = [
        path.relative_to(REPOSITORY)
        for path in tracked()
        if _REGISTRIES.search(text_of(path)) or _MACHINE_PATHS.search(text_of(path))
    ]
    assert named == []


@pytest.mark.parametrize(
    "lock", sorted(REPOSITORY.glob("requirements*.lock")), ids=lambda path: path.name
)
def test_a_lock_pins_every_package_by_hash_and_names_no_host(lock: Path) -> None:
    packages = re.split(r"\n(?=\S)", lock.read_text())
    pinned = [package for package in packages if re.match(r"[A-Za-z0-9_.-]+(\[\S+\])?==", package)]
    assert pinned
    assert all("--hash=sha256:" in package for package in pinned)
    assert "://" not in lock.read_text()
