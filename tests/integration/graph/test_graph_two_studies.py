"""Two studies on one platform: MUSIC beside GI-DAMPs, and the dataset that puts them together."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from running_platform import Platform, Run
from typed_commands import Desk

from omics_orchestrator.demo.music.dictionary import project_definition
from omics_orchestrator.demo.music.study import generate, redcap_rows
from omics_orchestrator.demo.redcap import project as redcap_project
from omics_orchestrator.settings import REPOSITORY

MUSIC_TOKEN = "0123456789ABCDEF" * 2
PARTICIPANTS = 30


@pytest.fixture(scope="module")
def both(workplace: tuple[Platform, object]) -> tuple[Platform, Run]:
    """A platform that has GI-DAMPs already, and is then given MUSIC and all of the dictionary."""
    platform, _ = workplace
    rows = redcap_rows(generate(PARTICIPANTS, seed=7))
    database = Path(platform.home) / "redcap.sqlite"
    redcap_project.create(database, MUSIC_TOKEN, project_definition(), rows)
    platform.environment |= {
        "OMICS_DICTIONARY": str(REPOSITORY / "data_dictionary"),
        "MUSIC_REDCAP_URL": platform.environment["GIDAMPS_REDCAP_URL"],
        "MUSIC_REDCAP_TOKEN": MUSIC_TOKEN,
    }
    return platform, platform.run()


def test_a_second_study_needs_one_file_and_no_code(both: tuple[Platform, Run]) -> None:
    platform, run = both
    assert run.failures == {}
    participants, visits = platform.ask(
        "select count(*), (select count(*) from datasets.music__main) from core.music__participant"
    )[0]
    assert 0 < participants <= PARTICIPANTS
    assert visits > participants


def test_the_first_study_is_left_as_it_was(both: tuple[Platform, Run]) -> None:
    platform, run = both
    assert {table for table in platform.changes(run) if "gidamps" in table} == set()


def test_all_rows_of_both_studies_stand_in_the_combined_dataset(
    both: tuple[Platform, Run],
) -> None:
    platform, _ = both
    found = dict(platform.ask("select study, count(*) from datasets.ibd_adult group by study"))
    assert found == dict(
        platform.ask(
            "select 'gidamps', count(*) from datasets.gidamps__sampling"
            " union all select 'music', count(*) from datasets.music__main"
        )
    )


def test_what_the_rules_read_is_what_the_project_has(both: tuple[Platform, Run]) -> None:
    _, run = both
    for study in ("gidamps", "music"):
        check = run.check("rules_fit", f"raw.{study}__redcap_dictionary")
        assert check.passed, check.metadata["listed"].value


@pytest.mark.parametrize("dataset", ["ibd_adult", "ibd_adult_laboratory"])
def test_units_of_the_studies_are_compared(both: tuple[Platform, Run], dataset: str) -> None:
    _, run = both
    check = run.check("units_agree", f"datasets.{dataset}")
    assert check.metadata["variables"].value > 10
    assert check.passed == (check.metadata["suspected"].value == 0)


def test_every_account_of_the_second_study_balances(both: tuple[Platform, Run]) -> None:
    platform, _ = both
    unbalanced = platform.ask(
        "select relation, field from ops.cell_account join ops.load using (load_id)"
        " where relation like '%%music%%'"
        " and cells <> conformed + missing + blank + quarantined + left_out"
    )
    assert unbalanced == []
    withdrawn = platform.ask(
        "select sum(excluded) from ops.row_account join ops.load using (load_id)"
        " where relation = 'core.music__visit' and reason = 'withdrawn from the study'"
    )
    assert withdrawn[0][0] > 0


def test_the_analysis_in_the_docs_gives_the_same_numbers_in_sql_and_in_pandas(
    both: tuple[Platform, Run],
) -> None:
    platform, _ = both
    page = (REPOSITORY / "docs/star.md").read_text()
    (query,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    (script,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    url = platform.environment["OMICS_WAREHOUSE_URL"]
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\nprint(medians.to_json(orient='values'))"],
        env={"STAR_URL": url.replace("postgresql:", "postgresql+psycopg:"), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    in_pandas = json.loads(done.stdout.splitlines()[-1])
    in_sql = platform.ask(query)
    assert [row[:4] for row in in_pandas] == [list(row[:4]) for row in in_sql]
    assert [row[4] for row in in_pandas] == pytest.approx([row[4] for row in in_sql])
    assert {row[0] for row in in_sql} == {"GI-DAMPs", "MUSIC"}
    assert {row[1] for row in in_sql} >= {"on", "off"}


def test_studies_share_the_sites_and_variables_of_the_star(both: tuple[Platform, Run]) -> None:
    platform, run = both
    shared = platform.ask(
        "select site_key, count(distinct study_key) from star.fact_measurement"
        " where variable_key = 'crp' and site_key in ('edinburgh', 'glasgow') group by 1 order by 1"
    )
    assert shared == [("edinburgh", 2), ("glasgow", 2)]
    twice = platform.ask(
        "select source_table, row_key, variable_key from star.fact_measurement"
        " group by 1, 2, 3 having count(*) > 1"
    )
    assert twice == []
    once = platform.ask(
        "select count(*) from star.fact_measurement where source_table like '%%visit_laboratory'"
    )
    assert once == [(0,)]
    assert {run.check("keys_resolve", "star.fact_measurement").passed} == {True}


def test_names_of_drugs_that_nobody_knows_are_listed_with_what_is_meant(
    both: tuple[Platform, Run], workplace: tuple[Platform, Desk], tmp_path: Path
) -> None:
    (platform, _), (_, desk) = both, workplace
    folder = shutil.copytree(REPOSITORY / "data_dictionary", tmp_path / "data_dictionary")
    known = (folder / "drugs.csv").read_text().splitlines(keepends=True)
    (folder / "drugs.csv").write_text(
        "".join(each for each in known if not each.startswith("miri,"))
    )
    settings = desk.settings | platform.environment | {"OMICS_DICTIONARY": str(folder)}
    done = desk.types("omics", "drugs", "unmatched", **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    typed = [line.split()[:3] for line in done.stdout.splitlines() if line.startswith("music")]
    assert typed == [["music", "Mirikizumab", "4"]]
