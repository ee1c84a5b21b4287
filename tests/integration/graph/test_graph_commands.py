"""The commands of the README, as a person types them."""

import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from running_platform import Platform
from tables import LOADED, OF_A_PARTICIPANT
from typed_commands import REPOSITORY, Desk

NEW = "GID-900"
MATERIALISE = ("dagster", "asset", "materialize", "--select", "*")
COMMANDS = {
    "dagster asset materialize": (*MATERIALISE, "-m", "omics_orchestrator.definitions"),
    "dg launch": ("dg", "launch", "--assets", "*"),
}


@pytest.mark.proof
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_the_whole_graph_runs_from_the_command_line_with_the_settings_of_the_env_file(
    platform: Platform, desk: Desk, command: tuple[str, ...]
) -> None:
    platform.record(NEW, sex="2")
    done = desk.types(*command, DAGSTER_HOME=str(desk.folder))
    assert done.returncode == 0, done.stderr
    ((run, status),) = desk.asks("select run_id, status from runs")
    assert status == "SUCCESS"
    loads = dict(
        platform.ask("select relation, inserted from ops.load where run_id = %s", run),
    )
    assert loads == dict.fromkeys(LOADED, 0) | dict.fromkeys(OF_A_PARTICIPANT, 1)
    assert "elemetry" not in done.stderr


def test_a_run_is_shown_step_by_step_with_what_failed_and_what_waits_for_it(
    platform: Platform, desk: Desk
) -> None:
    desk.settle(GIDAMPS_REDCAP_TOKEN="DEADBEEF" * 4)
    run = str(uuid.uuid4())
    shown = desk.types("python", "-m", "omics_orchestrator.run", run, **desk.settings)
    assert shown.returncode == 1
    lines = shown.stdout.splitlines()
    assert any(re.fullmatch(r"  gidamps_olink +done +\d+\.\d s", line) for line in lines)
    assert any(re.fullmatch(r"  omics / file +done +\d+\.\d s", line) for line in lines)
    failed = next(i for i, line in enumerate(lines) if line.startswith("  gidamps_redcap"))
    assert re.search(r" failed +\d+\.\d s$", lines[failed])
    assert lines[failed + 1].startswith("    study gidamps, source redcap")
    assert "To mend: " in "".join(lines[failed:])
    assert any(
        re.match(r"  core / gidamps / participant +waits  for what failed", line) for line in lines
    )
    assert shown.stderr == ""
    assert platform.ask("select distinct run_id from ops.load where status = 'failed'") == [(run,)]


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    """A data dictionary of the test's own."""
    folder = tmp_path / "data_dictionary"
    shutil.copytree(REPOSITORY / "data_dictionary", folder)
    return folder


def _check(dictionary: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("omics"), "dictionary", "check"],
        env={"OMICS_DICTIONARY": str(dictionary), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_sound_dictionary_is_told_to_be_sound(dictionary: Path) -> None:
    told = _check(dictionary)
    assert told.returncode == 0, told.stdout
    assert re.match(r"The dictionary is sound: \d+ variables, .*2 studies", told.stdout)


def test_every_mistake_of_a_dictionary_is_told_at_once_with_its_place(dictionary: Path) -> None:
    study = dictionary / "studies/gidamps.yaml"
    study.write_text(
        study.read_text().replace("  sampling:\n    description", "  sampling:\n    descripton", 1)
    )
    with (dictionary / "variables/samples.csv").open("a") as lines:
        lines.write("sample_id,once more,text\n")
    (dictionary / "collections/gidamps.yaml").write_text("collection: gidamps\n  label: [")
    told = _check(dictionary)
    assert told.returncode == 1
    assert "Traceback" not in told.stdout + told.stderr
    for place in (
        "tables.sampling.descripton: this key is not known here; did you mean `description`?",
        "variables/samples.csv line",
        "collections/gidamps.yaml line 2",
    ):
        assert place in told.stdout
    assert "To mend: correct the lines named above" in told.stdout


def test_a_run_on_a_wrong_dictionary_tells_the_mistake_and_not_where_python_was(
    dictionary: Path, tmp_path: Path
) -> None:
    (dictionary / "collections/gidamps.yaml").write_text("collection: gidamps\n  label: [")
    here = Desk(tmp_path, tmp_path)
    told = here.types(
        *("python", "-m", "omics_orchestrator.run", str(uuid.uuid4())),
        OMICS_DICTIONARY=str(dictionary),
    )
    assert told.returncode == 1
    assert told.stdout.startswith("1 problem in the data dictionary:\n  collections/gidamps.yaml")
    assert told.stderr == ""


@pytest.mark.parametrize(
    ("service", "setting"), [("postgres", "OMICS_WAREHOUSE_URL"), ("redcap", "GIDAMPS_REDCAP_URL")]
)
def test_a_missing_setting_is_one_line_that_names_it(
    tmp_path: Path, service: str, setting: str
) -> None:
    here = Desk(tmp_path, tmp_path)
    # Blank, not absent: what a `.env` in the repository says of it then counts for nothing.
    given = {"OMICS_EMBEDDED": service, "OMICS_HOME": str(tmp_path), setting: ""}
    told = here.types("omics", "up", **given)
    assert told.returncode == 1
    assert told.stderr == ""
    (line,) = [line for line in told.stdout.splitlines() if line != "Starting"]
    assert setting in line
    assert "To mend: set it in `.env`" in line
