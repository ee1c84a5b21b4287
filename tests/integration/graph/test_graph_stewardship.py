"""What stewards ask, on a platform that has run: traces, coverage, and what an edit would do."""

import csv
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from running_platform import FirstLight, Platform
from typer.testing import CliRunner

from omics_orchestrator import cli
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.redcap_project.fields import KEYS

SAMPLING = "datasets.gidamps__sampling"


def typed(platform: Platform, *words: str) -> str:
    """What a command prints."""
    with platform.settings():
        told = CliRunner().invoke(cli.commands(words), words)
    if told.exception:
        raise told.exception
    return told.stdout


def known_row(platform: Platform, variable: str, extra: str = "true") -> tuple[str, str]:
    """The key of a row in which a variable is known, and its value, as text."""
    ((study_id, instance, value),) = platform.ask(
        f"select study_id, sampling_instance, {variable}::text from {SAMPLING}"
        f" where {variable} is not null and {extra} order by 1, 2 limit 1"
    )
    return f"{study_id},{instance}", value


def core_with(platform: Platform, column: str) -> str:
    """The one conformed table that has a column."""
    ((table,),) = platform.ask(
        "select table_schema || '.' || table_name from information_schema.columns"
        " where table_schema = 'core' and column_name = %s",
        column,
    )
    return str(table)


def test_a_cell_is_traced_to_its_field_snapshot_and_load(first_light: FirstLight) -> None:
    platform, run = first_light
    key, _ = known_row(platform, "platelets")
    lines = typed(platform, "trace", SAMPLING, key, "platelets").splitlines()

    assert lines[0] == f"platelets of {SAMPLING}, study gidamps: known"
    core = core_with(platform, "platelets")
    stations = [line for line in lines if line.endswith(".platelets")]
    assert stations == [f"{SAMPLING}.platelets", f"{core}.platelets"]
    loads = platform.ask("select load_id, code_version, relation from ops.load")
    for load, version, relation in loads:
        told = f"  load        {load}, run {run.id}, code version {version}"
        assert (told in lines) == (relation in (SAMPLING, core))
    assert "  platelets: plt_lab" in lines
    assert "Field plt_lab: REDCap form sampling (redcap)" in lines
    ((object_key, rows),) = platform.ask(
        "select object_key, rows from ops.snapshot where relation = 'raw.gidamps__sampling'"
    )
    assert f"  snapshot    {object_key}" in lines
    assert any(f"run {run.id}, {rows:,} rows" in line for line in lines)


def test_the_account_of_the_field_is_told_with_what_is_held(first_light: FirstLight) -> None:
    platform, _ = first_light
    ((field, rule, reason, count),) = platform.ask(
        "select field, rule, reason, sum(count) from ops.quarantine"
        " where relation = 'core.gidamps__participant' and field = 'age' group by 1, 2, 3"
    )
    ((person,),) = platform.ask("select min(study_id) from core.gidamps__participant")
    told = typed(platform, "trace", "core.gidamps__participant", person, "age")
    ((cells, conformed, quarantined),) = platform.ask(
        "select cells, conformed, quarantined from ops.cell_account join ops.load using (load_id)"
        " where relation = 'core.gidamps__participant' and field = %s",
        field,
    )
    (account,) = [line for line in told.splitlines() if line.startswith("  account")]
    assert f" {cells} cells, {conformed} conformed" in account
    assert f" {quarantined} quarantined" in account
    assert f"  quarantine  {count} {reason} by the rule {rule}" in told


def test_a_trace_shows_a_value_only_to_who_asks_for_it(first_light: FirstLight) -> None:
    platform, _ = first_light
    key, value = known_row(platform, "calprotectin_date")
    words = ("trace", SAMPLING, key, "calprotectin_date")
    assert value not in typed(platform, *words)
    year, month, day = map(int, value.split("-"))
    assert f"datetime.date({year}, {month}, {day})" in typed(platform, *words, "--show-values")


def test_why_a_cell_is_empty_is_told(first_light: FirstLight) -> None:
    platform, _ = first_light
    ((person, why),) = platform.ask(
        "select study_id, missing_reasons from core.gidamps__participant"
        " where missing_reasons not like '%%quarantined%%' order by 1 limit 1"
    )
    variable, reason = next(iter(json.loads(why).items()))
    told = typed(platform, "trace", "core.gidamps__participant", f"study_id={person}", variable)
    assert told.splitlines()[0].endswith(f": declared missing: {reason}")


def test_what_a_derived_cell_is_made_of_is_told_each_with_its_state(
    first_light: FirstLight,
) -> None:
    platform, _ = first_light
    ((person,),) = platform.ask(
        "select study_id from core.gidamps__participant where aza and not mp limit 1"
    )
    table, variable = "core.gidamps__participant", "baseline_thiopurine_exposure"
    lines = typed(platform, "trace", table, person, variable).splitlines()
    assert "  baseline_thiopurine_exposure: {derive: aza or mp}  (known)" in lines
    assert "  aza: {field: aza, codes: yes_1_no_2}  (known)" in lines
    assert "  mp: {field: mp, codes: yes_1_no_2}  (known)" in lines
    assert "Field aza: REDCap form ibd_background_clinician (redcap)" in lines


def test_a_cell_that_stands_beside_by_its_date_is_traced_to_the_nearest_row(
    first_light: FirstLight,
) -> None:
    platform, _ = first_light
    key, value = known_row(platform, "cucq_total")
    words = ("trace", SAMPLING, key, "cucq_total", "--show-values")
    lines = typed(platform, *words).splitlines()
    assert "core.gidamps__cucq32.cucq_total" in lines
    assert f"  value       {float(value):g}" in "\n".join(lines).replace(".0 ", " ")


@pytest.mark.parametrize(
    ("table", "key", "variable", "told"),
    [
        ("datasets.gidamps__samplin", "x,1", "platelets", "datasets.gidamps__sampling"),
        (SAMPLING, "x,1", "platelet", "did you mean platelets"),
        (SAMPLING, "nobody,1", "platelets", "; 0 have this study_id"),
    ],
)
def test_what_is_not_there_is_told_without_a_value(
    first_light: FirstLight, table: str, key: str, variable: str, told: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        typed(first_light.platform, "trace", table, key, variable)
    assert told in str(refused.value)
    assert "nobody" not in str(refused.value)


def test_coverage_is_what_the_ledger_and_the_tables_say(
    first_light: FirstLight, tmp_path: Path
) -> None:
    platform, _ = first_light
    core = core_with(platform, "platelets")
    told = typed(platform, "dictionary", "coverage", "--json", str(tmp_path / "coverage.json"))
    found = {
        (each["table"], each["variable"]): each
        for each in json.loads((tmp_path / "coverage.json").read_text())
    }
    ((rows, filled),) = platform.ask(f"select count(*), count(platelets) from {core}")
    platelets = found[core.removeprefix("core.gidamps__"), "platelets"]
    assert (platelets["rows"], platelets["filled"]) == (rows, filled)
    held = dict(
        platform.ask(
            "select field, quarantined from ops.cell_account join ops.load using (load_id)"
            " where relation = 'core.gidamps__participant' and quarantined > 0"
        )
    )
    assert found["participant", "age"]["quarantined"] == held["age"]
    assert found["participant", "age"]["status"] == "partial"
    assert platelets["status"] in ("complete", "partial")
    assert f"Written: {tmp_path / 'coverage.json'}" in told


def test_a_dataset_shows_how_well_its_variables_are_covered(first_light: FirstLight) -> None:
    _, run = first_light
    check = run.check("variables_arrive", "datasets.gidamps__demographics")
    assert check.passed
    assert check.metadata["complete"].value > check.metadata["partial"].value > 0
    assert "| gidamps | age | partial | 1 cells are in quarantine |" in str(
        check.metadata["listed"].value
    )


def test_coverage_is_a_table_on_the_terminal_with_sums(first_light: FirstLight) -> None:
    lines = typed(first_light.platform, "dictionary", "coverage").splitlines()
    (age,) = [line for line in lines if line.startswith("age ")]
    assert "partial, " in age
    assert " quarantined" in age
    heading, sums = next(
        (line, lines[number + 1])
        for number, line in enumerate(lines)
        if line.startswith("variables of")
    )
    assert heading.split()[2:] == ["complete", "partial", "impossible", "undetermined"]
    variables = sum(line.startswith("variable ") for line in lines)
    assert variables == 1
    *listed, unlisted = lines[1 : lines.index("")]
    assert unlisted.endswith("variables of which no study file says anything are not listed.")
    counted = sum(int(count.replace(",", "")) for count in sums.split()[1:])
    assert counted == len(listed) + int(unlisted.split()[0])


def kept_in_git(folder: Path) -> None:
    """Keep a dictionary under version control, as it is now."""
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "as it was")):
        subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True)


def changes_of(lines: Sequence[str], table: str) -> dict[str, int]:
    """How many values of each variable of a table change, by the lines of `diff`."""
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{table}  "))
    found = {}
    for line in lines[start + 1 :]:
        if not line.startswith("  "):
            break
        name, *counts = line.split()
        found[name] = sum(int(count) for count in counts if count.isdigit())
    return found


def test_a_difference_is_what_the_next_run_does(platform: Platform) -> None:
    folder = Path(platform.environment["OMICS_DICTIONARY"])
    kept_in_git(folder)
    assert "Nothing changes" in typed(platform, "dictionary", "diff")

    platform.rewrite(
        "sex: {field: sex, codes: {1: male, 2: female}}",
        "sex: {field: sex, codes: {1: female, 2: male}}",
    )
    platform.rewrite("ifx: {field: ifx, codes: yes_1_no_2}", "ifx: {field: ifx, codes: {1: true}}")
    content = platform.content()
    lines = typed(platform, "dictionary", "diff", "HEAD").splitlines()
    assert platform.content() == content

    run = platform.run()
    tables = ("core.gidamps__participant", "datasets.gidamps__demographics")
    changed = dict(
        platform.ask("select relation, changed_columns from ops.load where run_id = %s", run.id)
    )
    for table in tables:
        # What was taken for a no now waits in quarantine, and the row says so.
        assert changed[table].pop("missing_reasons", 0) == (
            changed[table]["ifx"] if table == tables[0] else 0
        )
        told = changes_of([f"{line}  " for line in lines], table)
        assert told == changed[table]
    assert set(told) >= {"sex", "ifx"}
    values = sum(changed[tables[0]].values())
    variables = len(changed[tables[0]])
    assert lines[0] == (
        f"Compared with HEAD: {values:,} values in {variables:,} variables of 1 studies."
    )


def test_a_field_that_was_never_read_is_told_as_such(platform: Platform) -> None:
    kept_in_git(Path(platform.environment["OMICS_DICTIONARY"]))
    platform.rewrite("height: bmi_height", "height: a_field_that_redcap_has_not_yet_sent")
    told = typed(platform, "dictionary", "diff")
    assert "Nothing can be told of core.gidamps__participant: 1 field(s)" in told


def test_redcaps_own_api_takes_the_export_and_gives_it_back(
    platform: Platform, tmp_path: Path
) -> None:
    typed(platform, "dictionary", "export", "--format", "redcap", "--out", str(tmp_path))
    with (tmp_path / "redcap_data_dictionary.csv").open(encoding="utf-8") as file:
        rows = [dict(zip(KEYS, row, strict=True)) for row in csv.reader(file)][1:]
    assert platform.project.import_metadata(rows) == len(rows)
    given = [{key: line[key] for key in KEYS} for line in platform.project.export_metadata()]
    assert given == rows
