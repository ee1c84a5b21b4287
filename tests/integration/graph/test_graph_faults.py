"""What breaks outside: one clear message, the last good rows kept, and the rest of the graph runs.

Whoever mends the fault has nothing else to do: the next run heals by itself.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import pytest
from openpyxl import Workbook
from running_platform import KEY, SHEETS, TOKEN, Platform, Run
from tables import DICTIONARY, LOADED, OF_A_PARTICIPANT, OF_OLINK, OF_REDCAP, OF_SAMPLES, PROJECT

from omics_orchestrator.demo.gidamps.dictionary import fields
from omics_orchestrator.orchestration import redcap
from omics_orchestrator.orchestration.faults import RETRY
from omics_orchestrator.warehouse.connect import connect

NEW = "GID-900"
OTHER_TOKEN = "DEADBEEF" * 4
CANARY = "ZZCANARY-CELL"
OLINK = SHEETS / "olink/gidamps_inflammation_plate_1-2.xlsx"


@dataclass(frozen=True)
class Fault:
    """What a source's fault must lead to.

    Attributes:
        source: its name in the study file.
        told: what the message says of the fault.
        error: the class in the ledger.
        failed: the tables of the source.
        skipped: what depends on it.
    """

    source: str
    told: str
    error: str
    failed: Iterable[str]
    skipped: Iterable[str]

    def is_the_only_one_of(self, run: Run, platform: Platform) -> None:
        step = f"gidamps_{self.source}"
        assert list(run.failures) == [step]
        assert run.failures[step].startswith(f"study gidamps, source {self.source}")
        assert self.told in run.failures[step]
        assert re.search(r"To mend: [a-z].+\.$", run.failures[step])
        assert platform.outcomes(run) == dict.fromkeys(self.failed, "failed") | dict.fromkeys(
            LOADED - set(self.skipped) - set(self.failed), "unchanged"
        )
        errors = "select distinct error_class from ops.load where run_id = %s and status = 'failed'"
        assert platform.ask(errors, run.id) == [(self.error,)]
        _nothing_is_told_that_must_be_hidden(run, platform)


def _nothing_is_told_that_must_be_hidden(run: Run, platform: Platform) -> None:
    """Look through every event of the run: messages, metadata and stack traces."""
    events = "\n".join(dg.serialize_value(event) for event in platform.instance.all_logs(run.id))
    assert run.id in events
    password = str(urlsplit(platform.environment["OMICS_WAREHOUSE_URL"]).password)
    for hidden in (TOKEN, OTHER_TOKEN, KEY, CANARY, password):
        assert hidden not in events


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same number of attempts, without the waiting between them."""
    monkeypatch.setattr(redcap, "RETRY", RETRY._replace(delay=0.01))


WRONG_SETTINGS = {
    "a wrong token": (
        "GIDAMPS_REDCAP_TOKEN",
        OTHER_TOKEN,
        Fault("redcap", "token", "SourceError", PROJECT, OF_REDCAP),
    ),
    "a forgotten token": (
        "GIDAMPS_REDCAP_TOKEN",
        "",
        Fault(
            "redcap", "GIDAMPS_REDCAP_TOKEN is not set", "ConfigurationError", PROJECT, OF_REDCAP
        ),
    ),
    "a forgotten database": (
        "GIDAMPS_SAMPLES_URL",
        "",
        Fault(
            "samples",
            "GIDAMPS_SAMPLES_URL is not set",
            "ConfigurationError",
            {"raw.gidamps__sample"},
            OF_SAMPLES,
        ),
    ),
    "a database address that is none": (
        "GIDAMPS_SAMPLES_URL",
        f"mysql//reader:{CANARY}@host/samples",
        Fault(
            "samples",
            "GIDAMPS_SAMPLES_URL is not a database address",
            "ConfigurationError",
            {"raw.gidamps__sample"},
            OF_SAMPLES,
        ),
    ),
}


@pytest.mark.parametrize(
    ("variable", "value", "fault"),
    # Each takes two runs of the graph, and the first stands for the others in `make test`.
    [
        pytest.param(*each, id=name, marks=[pytest.mark.proof] if number else [])
        for number, (name, each) in enumerate(WRONG_SETTINGS.items())
    ],
)
def test_a_wrong_setting_stops_its_own_source_alone_until_it_is_mended(
    platform: Platform, variable: str, value: str, fault: Fault
) -> None:
    good, before = platform.environment[variable], platform.content()
    platform.environment[variable] = value
    run = platform.run()
    fault.is_the_only_one_of(run, platform)
    assert platform.content() == before
    platform.environment[variable] = good
    assert platform.run().succeeded
    assert platform.content() == before


def test_a_form_that_is_gone_stops_the_records_and_the_dictionary_tells_where_it_went(
    platform: Platform,
) -> None:
    before = platform.content()
    of_the_form = [field.name for field in fields() if field.form == "cucq32"]
    platform.redefine(*of_the_form, form_name="quality_of_life")
    run = platform.run()
    assert list(run.failures) == ["gidamps_redcap"]
    assert "the project has no instrument cucq32" in run.failures["gidamps_redcap"]
    assert platform.outcomes(run) == {
        **dict.fromkeys(LOADED - OF_REDCAP, "unchanged"),
        **dict.fromkeys(PROJECT, "failed"),
        DICTIONARY: "ok",
    }
    after = platform.content()
    assert {table for table in after if after[table] != before[table]} == {DICTIONARY}
    assert "cucq_1 | moved from cucq32 to quality_of_life" in run.told(DICTIONARY, "changes")
    platform.redefine(*of_the_form, form_name="cucq32")
    # What REDCap forgot of the form when it was gone.
    repeating = [{"form_name": form} for form in ("sampling", "cucq32")]
    platform.project.import_repeating_instruments_events(repeating)
    assert platform.run().succeeded
    assert platform.content().items() >= {
        (table, said) for table, said in before.items() if table != DICTIONARY
    }


@pytest.mark.usefixtures("impatient")
def test_a_redcap_that_is_down_is_tried_again_and_then_named(platform: Platform, port: int) -> None:
    platform.record(NEW, sex="2")
    address, before = platform.environment["GIDAMPS_REDCAP_URL"], platform.content()
    platform.environment["GIDAMPS_REDCAP_URL"] = f"http://127.0.0.1:{port}/api/"
    run = platform.run()
    Fault(
        "redcap", "REDCap cannot be reached", "TransientError", PROJECT, OF_REDCAP
    ).is_the_only_one_of(run, platform)
    assert len(run.waits) == RETRY.max_retries
    assert platform.content() == before
    platform.environment["GIDAMPS_REDCAP_URL"] = address
    healed = platform.run()
    assert healed.succeeded
    assert platform.changes(healed) == dict.fromkeys(OF_A_PARTICIPANT, (1, 0, 0))


def test_an_excel_file_without_its_header_is_named_and_stops_its_own_table_alone(
    platform: Platform,
) -> None:
    before, good = platform.content(), (platform.home / OLINK).read_bytes()
    workbook = Workbook()
    workbook.active.append([CANARY, "Plate1", "Pass", 3.25])
    workbook.save(platform.home / "headless.xlsx")
    platform.put(OLINK, (platform.home / "headless.xlsx").read_bytes())
    run = platform.run()
    Fault(
        "olink", f"file olink/{OLINK.name}", "SourceError", {"raw.gidamps__olink"}, OF_OLINK
    ).is_the_only_one_of(run, platform)
    assert "`SampleID`" in run.failures["gidamps_olink"]
    assert platform.content() == before
    platform.put(OLINK, good)
    assert platform.run().succeeded
    assert platform.content() == before


def test_a_truncated_fastq_is_named_and_linked_to_nobody_until_it_is_sent_again(
    platform: Platform,
) -> None:
    ((known,),) = platform.ask(
        "select path from omics.file where path like '%%R1_001.fastq.gz' and status = 'whole'"
        " order by path limit 1"
    )
    inbox = Path(platform.environment["OMICS_INBOX_URL"]).relative_to(platform.home)
    arrived = known.replace("_L001_", "_L002_")
    whole = (platform.home / inbox / known).read_bytes()
    platform.put(inbox / arrived, whole[:-40])
    run = platform.run()
    assert run.succeeded
    check = run.check("every_file_is_whole", "omics.file")
    assert arrived in str(check.metadata["faults"].value)
    assert "send it again" in str(check.metadata["to_mend"].value)
    # Reads of a lane of their own lack their mates, damaged or not.
    assert platform.changes(run) == {"omics.file": (1, 0, 0), "omics.file_set": (1, 0, 0)}
    platform.put(inbox / arrived, whole)
    healed = platform.run()
    assert arrived not in str(
        healed.check("every_file_is_whole", "omics.file").metadata["faults"].value
    )
    assert platform.changes(healed) == {
        "omics.file": (0, 1, 0),
        "omics.file_sample": (1, 0, 0),
        "omics.file_set": (0, 1, 0),
    }


def test_a_table_beside_a_forms_own_stands_behind_the_same_checks(platform: Platform) -> None:
    with connect(platform.environment["OMICS_WAREHOUSE_URL"]) as owner:
        owner.execute("update tidy.gidamps__sampling_ticked set code = code || '@example.org'")
    run = platform.run("tidy/gidamps/sampling")
    assert not run.check("no_identifier", "tidy.gidamps__sampling").passed
    assert run.check("accounting_balances", "tidy.gidamps__sampling").passed


def test_a_fault_of_the_platform_shows_lines_of_code_and_no_value(platform: Platform) -> None:
    before, table = platform.content(), "core.gidamps__qpcr"
    with connect(platform.environment["OMICS_WAREHOUSE_URL"]) as owner:
        retype = f"alter table {table} alter qpcr_cq type"
        owner.execute(f"{retype} text using '{CANARY}' || qpcr_cq::text".encode())
        run = platform.run()
        length = len(CANARY) + 1
        owner.execute(f"{retype} float8 using substr(qpcr_cq, {length})::float8".encode())
    assert list(run.failures) == ["core__gidamps__qpcr"]
    assert re.search(r"itself: \w+Error\. To mend: report it", run.failures["core__gidamps__qpcr"])
    (failure,) = run.result.get_step_failure_events()
    told = failure.step_failure_data.user_failure_data
    assert told is not None
    assert re.search(r"warehouse/read\.py:\d+ in ", str(told.metadata["passed_through"].value))
    _nothing_is_told_that_must_be_hidden(run, platform)
    one_outcome = "select status from ops.load where run_id = %s and relation = %s"
    assert platform.ask(one_outcome, run.id, table) == [("failed",)]
    assert platform.run().succeeded
    assert platform.content() == before
