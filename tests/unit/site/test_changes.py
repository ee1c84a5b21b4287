"""What is told of the dictionary's past, and of what was wrong before."""

import csv
import re
import subprocess
from pathlib import Path

import pytest

from omics_orchestrator.dictionary.load import load
from omics_orchestrator.errors import DictionaryError
from omics_orchestrator.settings import REPOSITORY
from omics_orchestrator.site.changes import Change, compare, history, known_versions
from omics_orchestrator.site.defects import FILE, defects
from omics_orchestrator.stewardship.revision import versions
from tests.unit.dictionary.made_up import KEY, dictionary

OURS = REPOSITORY / "data_dictionary"
VARIABLES = "variable,label,table,type\n{}"


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dictionary of one variable in a repository of its own."""
    folder = tmp_path / "data_dictionary"
    (folder / "variables").mkdir(parents=True)
    (folder / "value_sets.csv").write_text("value_set,code,label\n")
    git(tmp_path, "init", "-q")
    say(folder, "age,Age,person,integer\n", "the first")
    return folder


def say(folder: Path, lines: str, subject: str) -> None:
    (folder / "variables/person.csv").write_text(VARIABLES.format(lines))
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-qm", subject)


def test_without_tags_each_commit_of_the_dictionary_is_a_version(folder: Path) -> None:
    say(folder, "age,Age at consent,person,integer\nsex,Sex,person,string\n", "a better label")
    (folder.parent / "elsewhere").write_text("no version of the dictionary")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-qm", "elsewhere")
    found, note = known_versions(folder)
    told = history(folder, found, note)
    assert [each.version.name for each in told.releases] == ["a better label", "the first"]
    assert told.releases[0].changes == (
        Change("age", "", "label", "Age", "Age at consent"),
        Change("sex", "", "a new variable"),
    )
    assert told.releases[0].of("sex") == [Change("sex", "", "a new variable")]
    assert told.releases[1].note == "The first version that git has."


def test_tags_are_releases_and_what_came_after_is_not_released_yet(folder: Path) -> None:
    git(folder, "tag", "v1")
    say(folder, "age,Age,person,number\n", "one more")
    assert [each.name for each in versions(folder, 5)] == ["not released yet", "v1"]
    found, note = known_versions(folder)
    first = history(folder, found, note).releases[0]
    assert first.changes == (Change("age", "", "type", "integer", "number"),)


def test_a_version_that_cannot_be_read_is_told_and_stops_nothing(folder: Path) -> None:
    say(folder, "age,Age,person,unheard_of\n", "broken")
    found, note = known_versions(folder)
    assert "cannot be read" in history(folder, found, note).releases[0].note


def test_without_git_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert known_versions(tmp_path) == ([], "it is not kept in git")


def test_a_rule_a_table_and_codes_that_changed_are_told_by_variable() -> None:
    def known(rule: object, table: str, sets: dict[str, str]) -> object:
        return dictionary(
            {"sex": {"type": "category", "codes": "sex"}},
            {table: {"rows": ["redcap.visit"], "variables": {**KEY, "sex": rule}}},
            value_sets={"sex": sets},
        )

    one = {"field": "sex", "codes": {"1": "male"}}
    before = known(one, "visit", {"male": "Male"})
    moved = known(one, "person", {"male": "Male", "female": "Female"})
    assert [*compare(before, moved)] == [  # type: ignore[arg-type]  # made_up gives a Dictionary
        Change("study_id", "clinic", "the table", "visit", "person"),
        Change("sex", "", "its codes", "male: Male", "male: Male, female: Female"),
        Change("sex", "clinic", "the table", "visit", "person"),
    ]
    (ruled,) = compare(before, known("gender", "visit", {"male": "Male"}))  # type: ignore[arg-type]
    assert (ruled.what, ruled.after) == ("the rule", "gender")


def test_the_known_defects_are_those_of_the_page_in_its_words() -> None:
    page = (REPOSITORY / "docs/known_defects.md").read_text()
    told = {
        number: [plain(before), plain(now)]
        for number, before, now in re.findall(
            r"^\| (\d+a?) \| (.*?) \| (.*?) \| ", page, re.MULTILINE
        )
    }
    with (OURS / FILE).open() as lines:
        for row in csv.DictReader(lines):
            assert [row["before"], row["now"]] == told[row["defect"]]
    assert "crp" in {name for each in defects(OURS, load(OURS)) for name in each.variables}


def plain(text: str) -> str:
    return re.sub(r"; see \[below\]\(#codings\)|`|\*\*", "", text)


def test_a_defect_of_a_variable_that_is_not_there_is_told(tmp_path: Path) -> None:
    known = dictionary({"age": "integer"}, {})
    header = "defect,study,variables,before,now\n"
    (tmp_path / FILE).write_text(f"{header}1,clinic,a*,x,y\n2,,no_such,was,is\n")
    with pytest.raises(DictionaryError) as refused:
        defects(tmp_path, known)
    assert refused.value.problems == (f"{FILE} line 3: no variable is called 'no_such'",)
    (tmp_path / FILE).write_text("number,text\n")
    with pytest.raises(DictionaryError, match="its columns are"):
        defects(tmp_path, known)


def test_a_dictionary_may_have_no_known_defects_or_those_of_studies_it_has_not(
    tmp_path: Path,
) -> None:
    known = dictionary({"age": "integer"}, {})
    assert defects(tmp_path, known) == []
    line = "1,elsewhere,no_such,was,is"
    (tmp_path / FILE).write_text(f"defect,study,variables,before,now\n{line}\n")
    assert defects(tmp_path, known) == []
