"""Drug exposure on the running platform: tables, the flags compared, and the commands."""

from pathlib import Path
from xml.etree import ElementTree as ET

from running_platform import FirstLight, Platform
from typed_commands import Desk


def test_every_sample_of_a_known_day_has_a_status_of_what_is_known(first_light: FirstLight) -> None:
    ask = first_light.platform.ask
    said = dict(
        ask(
            "select status, count(*) from exposure.gidamps__status where \"table\" = 'sample' group by 1"
        )
    )
    assert said.keys() == {"on", "off", "unknown"}
    lost = ask(
        "select count(*) from exposure.gidamps__status status left join core.gidamps__sample sample"
        " on status.row_key = sample.sample_id and status.date = sample.sample_collected_on"
        " where status.\"table\" = 'sample' and sample.sample_id is null"
    )
    assert lost == [(0,)]


def test_no_status_is_on_before_the_first_start_that_was_told(first_light: FirstLight) -> None:
    early = first_light.platform.ask(
        "select count(*) from exposure.gidamps__status status"
        " join core.gidamps__participant person on person.study_id = status.participant"
        " where person._valid_to is null and status.exposure = 'ifx'"
        " and status.by_courses = 'on' and status.date < person.ifx_start"
    )
    assert early == [(0,)]


def test_flags_that_contradict_the_courses_are_counted_and_stop_nothing(
    first_light: FirstLight,
) -> None:
    (found,) = [
        each
        for each in first_light.run.result.get_asset_check_evaluations()
        if each.check_name == "flags_agree"
    ]
    contradicted = first_light.platform.ask(
        "select count(*) from exposure.gidamps__flag where is_contradicted"
    )
    assert [(found.metadata["contradicted"].value,)] == contradicted
    assert contradicted > [(0,)]
    assert not found.passed
    assert not found.blocking


def test_the_flags_of_a_dataset_are_those_that_the_courses_settled(first_light: FirstLight) -> None:
    flags, wrong = first_light.platform.ask(
        "select count(*), count(*) filter (where dataset.sampling_aza is distinct from flag.value)"
        " from datasets.gidamps__sampling dataset join exposure.gidamps__flag flag"
        " on flag.\"table\" = 'medication' and flag.variable = 'sampling_aza'"
        " and flag.row_key = dataset.study_id || '/' || dataset.sampling_instance"
    )[0]
    assert flags > 0
    assert wrong == 0


def test_a_stop_that_is_entered_later_ends_the_course_and_moves_the_status(
    platform: Platform,
) -> None:
    ((person, start),) = platform.ask(
        "select participant, start_latest::text from exposure.gidamps__drug_episode"
        " where drug = 'aza' and ongoing and start_latest is not null order by 1 limit 1"
    )
    platform.record(person, aza_stop=start)
    run = platform.run()
    assert run.succeeded
    stops = "select stop_latest::text from exposure.gidamps__drug_episode where participant = %s and drug = 'aza'"
    assert platform.ask(stops, person) == [(start,)]
    assert "exposure.gidamps__status" in platform.changes(run)


def test_pictures_are_written_into_files_and_names_are_looked_for(
    workplace: tuple[Platform, Desk], tmp_path: Path
) -> None:
    platform, desk = workplace
    ((person,),) = platform.ask(
        "select participant from exposure.gidamps__drug_episode group by 1 order by count(*) desc, 1 limit 1"
    )
    for name, words in (("one", ("timeline", "gidamps", person)), ("all", ("swimmers", "gidamps"))):
        target = tmp_path / f"{name}.svg"
        done = desk.types("omics", "drugs", *words, "--out", str(target), **desk.settings)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ET.fromstring(target.read_text()).tag.endswith("svg")  # noqa: S314  # our own
        assert (person in target.read_text()) == (name == "one")
    nobody = desk.types(
        "omics", "drugs", "timeline", "gidamps", "GID-0", "--out", "x.svg", **desk.settings
    )
    assert nobody.returncode == 1
    assert "no drug of this participant is known" in nobody.stdout
    names = desk.types("omics", "drugs", "unmatched", **desk.settings)
    assert names.returncode == 0, names.stdout + names.stderr
    assert "Every name that was typed is in drugs.csv." in names.stdout
