import pytest
import yaml

from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.model import Collection, Study
from tests.unit.dictionary.clinic import STUDY, dictionary


def changed(path: str, value: object) -> Study:
    study = yaml.safe_load(yaml.safe_dump(STUDY))
    place = study
    *parents, last = path.split(".")
    for name in parents:
        place = place[name]
    place[last] = value
    return Study.model_validate(study)


def versions(study: Study) -> tuple[str, str]:
    book = dictionary(study.model_dump(mode="json"))
    return fingerprint.of_raw(study, "redcap"), fingerprint.of_table(book, study, "visit")


BEFORE = versions(changed("label", "Clinic"))


def test_a_changed_code_marks_the_table_and_not_what_was_read() -> None:
    codes = {1: "female", 2: "male"}
    raw, table = versions(changed("tables.visit.variables.sex", {"field": "sex", "codes": codes}))
    assert raw == BEFORE[0]
    assert table != BEFORE[1]


def test_a_changed_code_map_marks_the_tables_that_use_it() -> None:
    _, table = versions(changed("code_maps.yes_1_no_2", {1: False, 2: True}))
    assert table != BEFORE[1]


def test_a_changed_label_marks_nothing() -> None:
    assert versions(changed("label", "Another")) == BEFORE


def test_a_code_map_that_no_table_uses_marks_nothing() -> None:
    maps = {"yes_1_no_2": {1: True, 2: False}, "other": {1: "x"}}
    assert versions(changed("code_maps", maps)) == BEFORE


def test_the_order_of_patterns_marks_the_table_for_the_first_that_fits_counts() -> None:
    codes = STUDY["tables"]["visit"]["variables"]["centre"]["codes"]
    other = dict(reversed(codes.items()))
    _, table = versions(changed("tables.visit.variables.centre", {"pattern": "id", "codes": other}))
    assert table != BEFORE[1]


FILES = {
    "collection": "files",
    "label": "Files",
    "study": "clinic",
    "store": "FILES_URL",
    "policy": "copy",
}


def of_files(**changes: object) -> tuple[str, str]:
    """The fingerprints of the register and of the links, for a collection with these changes."""
    collection = Collection.model_validate(FILES | changes)
    book = dictionary(dict(STUDY)).model_copy(update={"collections": {"files": collection}})
    return fingerprint.of_register(book), fingerprint.of_links(book)


@pytest.mark.parametrize(
    "change",
    [
        {"sample_patterns": ["(?P<sample>.+)"]},
        {"manifests": [{"file": "m.csv", "sample": "a", "path": "b"}]},
        {"derived": [{"source": "fastq", "made": "bam"}]},
        {"sample_sheets": True},
        {"normalise": ["upper"]},
        {"companions": {"read_pairs": "required"}},
        {"formats": ["vcf"]},
    ],
)
def test_what_only_links_files_makes_no_file_be_read_again(change: dict[str, object]) -> None:
    register, links = of_files(**change)
    assert register == of_files()[0]
    assert links != of_files()[1]


def test_a_label_marks_no_file_and_no_link() -> None:
    assert of_files(label="All files") == of_files()
    assert of_files(policy="register")[0] != of_files()[0]


def of_consistency(**changes: object) -> str:
    collection = Collection.model_validate(FILES | changes)
    book = dictionary(dict(STUDY)).model_copy(update={"collections": {"files": collection}})
    return fingerprint.of_consistency(book)


def test_a_reference_marks_what_is_compared_and_no_file_and_no_link() -> None:
    assert of_files(reference="GRCh38") == of_files()
    assert of_consistency(reference="GRCh38") != of_consistency()
    assert of_consistency(label="All files") == of_consistency()
