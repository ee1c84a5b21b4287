import csv
from pathlib import Path

import pytest
import yaml

from omics_orchestrator.dictionary.load import load
from omics_orchestrator.errors import DictionaryError
from tests.unit.dictionary.clinic import STUDY, VALUE_SETS, VARIABLES


def write(folder: Path, study: dict[str, object] | str = STUDY) -> Path:
    (folder / "variables").mkdir()
    (folder / "studies").mkdir()
    columns = list(dict.fromkeys(name for line in VARIABLES for name in line))
    with (folder / "variables/visit.csv").open("w", newline="") as lines:
        writer = csv.DictWriter(lines, columns)
        writer.writeheader()
        writer.writerows(VARIABLES)
    sets = "".join(f"{s},{c},{label}\n" for s, v in VALUE_SETS.items() for c, label in v.items())
    (folder / "value_sets.csv").write_text("value_set,code,label\n" + sets)
    text = study if isinstance(study, str) else yaml.safe_dump(study)
    (folder / "studies/clinic.yaml").write_text(text)
    return folder


def problems(folder: Path) -> str:
    with pytest.raises(DictionaryError) as caught:
        load(folder)
    return "\n".join(caught.value.problems)


def changed(**rules: object) -> dict[str, object]:
    study = yaml.safe_load(yaml.safe_dump(STUDY))
    study["tables"]["visit"]["variables"] |= rules
    return study


def test_a_correct_dictionary_loads(tmp_path: Path) -> None:
    assert set(load(write(tmp_path)).studies) == {"clinic"}


def test_the_shipped_dictionary_is_correct() -> None:
    book = load(Path(__file__).parents[3] / "data_dictionary")
    assert "gidamps" in book.studies


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"sex": {"field": "sex", "codes": {1: "man"}}}, "variables.sex: codes: 'man' is not in value set 'sex'"),
        ({"ifx": {"field": "ifx", "codes": "yes_no"}}, "variables.ifx: codes: no code map 'yes_no'"),
        ({"anti_tnf": {"derive": "ifx or golim"}}, "variables.anti_tnf: derive: the table has no variable 'golim'"),
        ({"anti_tnf": {"derive": "open('x')"}}, "derive"),
        ({"ifx": {"derive": "ada"}, "ada": {"derive": "ifx"}}, "in a circle"),
        ({"colour": "colour"}, "variables.colour: no such variable"),
        ({"age": {"checkbox": "x", "option": 1}}, "variables.age: this rule gives a boolean"),
        ({"age": {"feild": "age"}}, "a rule has one of the keys"),
        ({"age": {"field": "age", "code": {}}}, "this key is not known here"),
        ({"centre": {"pattern": "id", "codes": {"91-(": "glasgow"}}}, "cannot be read"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_place(
    tmp_path: Path, rule: dict[str, object], said: str
) -> None:
    found = problems(write(tmp_path, changed(**rule)))

    assert said in found
    assert "studies/clinic.yaml" in found


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    rules = {"colour": "colour", "ifx": {"field": "ifx", "codes": "nowhere"}}
    folder = write(tmp_path, changed(**rules))
    (folder / "studies/ward.yaml").write_text("study: ward\n  label: [")

    assert [line.split(":")[0] for line in problems(folder).splitlines()] == [
        "studies/ward.yaml line 2",
        "studies/clinic.yaml",
        "studies/clinic.yaml",
    ]


def test_rules_are_not_blamed_for_a_variable_whose_line_is_wrong(tmp_path: Path) -> None:
    folder = write(tmp_path)
    path = folder / "variables/visit.csv"
    path.write_text(path.read_text().replace("integer", "integral"))

    (problem,) = problems(folder).splitlines()

    assert problem.startswith("variables/visit.csv line 5: type: ")


def test_a_key_given_twice_is_refused_instead_of_the_second_winning(tmp_path: Path) -> None:
    text = yaml.safe_dump(STUDY) + "\nlabel: Another\n"

    assert "line 73: the key 'label' is given twice; keep one" in problems(write(tmp_path, text))


def test_a_secret_in_a_study_file_is_refused_and_not_shown(tmp_path: Path) -> None:
    study = changed()
    study["sources"]["redcap"]["token"] = "0123456789ABCDEF0123456789ABCDEF"
    found = problems(write(tmp_path, study))

    assert "name of an environment variable" in found
    assert "0123456789ABCDEF" not in found


def test_a_variable_defined_twice_is_named_with_its_line(tmp_path: Path) -> None:
    folder = write(tmp_path)
    with (folder / "variables/visit.csv").open("a") as lines:
        lines.write("age,Age,visit,integer\n")
    assert "variables/visit.csv line" in problems(folder)
