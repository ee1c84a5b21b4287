"""What the words promise: every setting, command and target is there to be found."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from omics_orchestrator import cli, settings
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.dictionary.model import RedcapSource, SheetSource, SqlSource

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text()
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text()
REDCAP = (REPOSITORY / "docs/redcap.md").read_text()
DICTIONARY = (REPOSITORY / "data_dictionary/README.md").read_text()
MAKEFILE = (REPOSITORY / "Makefile").read_text()
EXAMPLE = (REPOSITORY / ".env.example").read_text()
PAGES = [
    *REPOSITORY.glob("*.md"),
    *REPOSITORY.glob("docs/*.md"),
    *REPOSITORY.glob("data_dictionary/*.md"),
]


def environment_names() -> list[str]:
    book = load(REPOSITORY / "data_dictionary")
    named = [
        value
        for study in book.studies.values()
        for source in study.sources.values()
        for field, value in source
        if field in ("url", "token", "folder")
    ]
    ours = [f"OMICS_{name.upper()}" for name in settings.Settings.model_fields]
    return sorted({*named, *ours, *(each.store for each in book.collections.values())})


@pytest.mark.parametrize("name", environment_names())
def test_every_setting_is_in_the_example(name: str) -> None:
    assert re.search(rf"^{name}=", EXAMPLE, re.MULTILINE)


def test_the_example_has_no_setting_that_nobody_reads() -> None:
    deployed = "".join(
        (REPOSITORY / name).read_text()
        for name in ("docker-compose.yml", "Caddyfile", "dagster.yaml")
    )
    listed = re.findall(r"^([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE)
    unread = [name for name in listed if name not in environment_names() and name not in deployed]
    assert [name for name in unread if name != "DAGSTER_HOME"] == []


@pytest.mark.parametrize("key", [key for key in RedcapSource.model_fields if key != "kind"])
def test_every_key_of_a_redcap_source_is_explained(key: str) -> None:
    assert re.search(rf"^\|.*`{key}`.*\|", REDCAP, re.MULTILINE)


@pytest.mark.parametrize(
    "key", sorted({*SheetSource.model_fields, *SqlSource.model_fields} - {"kind"})
)
def test_every_key_of_another_source_is_explained(key: str) -> None:
    assert re.search(rf"^\|.*`{key}`.*\|", DICTIONARY, re.MULTILINE)


def commands() -> list[str]:
    found = []
    for name, command in get_command(cli.commands([])).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", {})
        found += [f"omics {name} {each}" for each in inner] or [f"omics {name}"]
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme(command: str) -> None:
    target = command.replace("omics ", "make ")
    assert command in README or target in README


def targets() -> list[str]:
    return re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("target", targets())
def test_every_target_of_make_is_explained_and_named_where_people_look(target: str) -> None:
    assert re.search(rf"^{target}:.*## \S", MAKEFILE, re.MULTILINE)
    assert re.search(rf"make {target}\b", README + CONTRIBUTING)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    lost = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert lost == []


def test_a_command_imports_what_it_needs_and_no_more() -> None:
    """A steward asks for a hundred traces a day; the tools of other commands take seconds each."""
    program = (
        "import sys; from omics_orchestrator.cli import commands; commands(['trace']);"
        "print(sorted({'sqlalchemy', 'redcap', 'pandas', 'starlette', 'dagster'} & {*sys.modules}))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ran.stdout.decode().strip() == "[]"
