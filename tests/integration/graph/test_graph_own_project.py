"""A person's own project, from the file that REDCap exports to typed tables, without a line of code.

Three real projects that nothing was built for; what the tables hold is compared with what the server
exports, cell by cell.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import requests
import yaml
from local_http import Redcap, serving
from running_platform import KEY, Platform

from omics_orchestrator.demo import own_project
from omics_orchestrator.demo.redcap import odm_read
from omics_orchestrator.errors import ConfigurationError

REPOSITORY = Path(__file__).parents[3]
PROJECTS = (
    "IUREDCap__redcap-etl/tests/projects/RepeatingForms.REDCap.xml",
    "IUREDCap__redcap-etl/tests/projects/RepeatingEvents.REDCap.xml",
    "IUREDCap__phpcap/tests/projects/PHPCapLongitudinalData.REDCap.xml",
)
KEYS = ("redcap_event_name", "redcap_repeat_instance")
Cells = Counter[tuple[str, str, int, str, str]]


@contextmanager
def platform_of(file: Path, home: Path, warehouse_url: str) -> Iterator[Platform]:
    machine = own_project.laptop(home, REPOSITORY, file, dict(os.environ))
    redcap = Redcap(machine.redcap_database)
    with serving(redcap) as address, dg.DagsterInstance.ephemeral() as instance:
        environment = {
            "OMICS_WAREHOUSE_URL": warehouse_url,
            "OMICS_STORE_URL": str(machine.home / "store"),
            "OMICS_KEY": KEY,
            "OMICS_REDCAP_WAIT_SECONDS": "0",
            "OMICS_DICTIONARY": machine.environment["OMICS_DICTIONARY"],
            "PROJECT_REDCAP_URL": f"{address}/api/",
            "PROJECT_REDCAP_TOKEN": machine.environment["PROJECT_REDCAP_TOKEN"],
        }
        (machine.home / "store").mkdir()
        yield Platform(machine.home, environment, redcap, instance)


@pytest.mark.fixtures
@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: Path(path).stem)
def test_a_project_nobody_knew_becomes_typed_tables_cell_for_cell(
    path: str, shared: Path, tmp_path: Path, warehouse: str
) -> None:
    file = shared / "fixtures/redcap" / path
    with platform_of(file, tmp_path, warehouse) as platform:
        run = platform.run()
        assert run.failures == {}
        forms = odm_read.read(file).definition.forms
        kept = sum((typed(platform, form) for form in forms), Counter())
        exported = said(platform, withheld=withheld_fields(run))
        quarantined = platform.ask("select coalesce(sum(count), 0)::int from ops.quarantine")
        assert kept <= exported
        assert (exported - kept).total() == quarantined[0][0]
        assert kept


def withheld_fields(run: Any) -> set[str]:
    """The fields that were not asked for, as the checks list them."""
    check = next(
        each
        for each in run.result.get_asset_check_evaluations()
        if each.check_name == "no_identifier" and each.asset_key.path[0] == "raw"
    )
    lines = str(check.metadata["withheld"].value).splitlines()[2:]
    return {line.split("|")[1].strip() for line in lines}


def typed(platform: Platform, form: str) -> Cells:
    """What a form's typed table says, written as REDCap writes it."""
    (columns,) = platform.ask(
        "select array_agg(column_name::text order by ordinal_position) from"
        " information_schema.columns where table_schema = 'tidy' and table_name = %s",
        f"project__{form}",
    )[0]
    names = [name for name in columns if not name.startswith("_") and name != "missing_reasons"]
    listed = ", ".join(f'"{name}"' for name in names)
    found: Cells = Counter()
    for row in platform.ask(f"select {listed} from tidy.project__{form}"):
        told = dict(zip(names, row, strict=True))
        record = str(row[0])
        event, instance = (
            told.pop(name, default) for name, default in zip(KEYS, ("", 0), strict=True)
        )
        for name, value in list(told.items())[1:]:
            if is_told(name, written(value)):
                found[record, event, instance, name, written(value)] += 1
    return found


def written(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case float():
            return f"{value:g}"
        case datetime():
            return value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
    return str(value)


def said(platform: Platform, withheld: set[str]) -> Cells:
    """What the server's own flat export says of the fields that may be asked for."""
    form = {
        "token": platform.environment["PROJECT_REDCAP_TOKEN"],
        "content": "record",
        "format": "json",
        "exportBlankForGrayFormStatus": "true",
    }
    rows = requests.post(platform.environment["PROJECT_REDCAP_URL"], data=form, timeout=60).json()
    found: Cells = Counter()
    for row in rows:
        record, *_ = row.values()
        place = (record, row.get(KEYS[0], ""), int(row.get(KEYS[1]) or 0))
        for name, cell in list(row.items())[1:]:
            is_key = name.startswith("redcap_") or name.partition("___")[0] in withheld
            if not is_key and is_told(name, cell):
                found[*place, name, number(cell)] += 1
    return found


def number(cell: str) -> str:
    try:
        return f"{float(cell):g}"
    except ValueError:
        return cell


def is_told(column: str, cell: str) -> bool:
    """Tell whether somebody filled the cell: a 0 is what an untouched box shows."""
    return cell != "" and not ("___" in column and cell == "0")


@pytest.mark.parametrize(
    "content", ["<ODM/>", "not XML", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"]
)
def test_a_file_that_is_no_project_is_refused_and_leaves_nothing(
    content: str, tmp_path: Path
) -> None:
    file = tmp_path / "other.xml"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match="export it in REDCap"):
        own_project.laptop(tmp_path / "homes", REPOSITORY, file, {})
    assert not (tmp_path / "homes").exists()


@pytest.mark.fixtures
def test_what_a_person_changed_in_the_study_file_stays(shared: Path, tmp_path: Path) -> None:
    file = shared / "fixtures/redcap" / PROJECTS[0]
    first = own_project.laptop(tmp_path, REPOSITORY, file, {})
    draft = Path(first.environment["OMICS_DICTIONARY"]) / "studies/project.yaml"
    study = yaml.safe_load(draft.read_text())
    assert study["sources"]["redcap"]["instruments"] == list(odm_read.read(file).definition.forms)
    draft.write_text(draft.read_text() + "# mine\n")
    again = own_project.laptop(tmp_path, REPOSITORY, file, {})
    assert again.environment == first.environment
    assert draft.read_text().endswith("# mine\n")
