"""What the manifest of the real files says of tables, spectra and ecology, in our words."""

import ast
from collections.abc import Mapping
from typing import Any

from tests.contracts.manifest.expectation import Expectation

# Text without a checksum is whole wherever a row ends, and its last number may be cut.
UNCHECKED: tuple[str, ...] = (
    ".txt", ".tsv", ".csv", ".tab", ".sf", ".gct", ".kraken2", ".bracken", ".mztab",
)  # fmt: skip


def value_of(expected: Mapping[str, Any]) -> Any:
    return ast.literal_eval(expected["value"])


def expect_columns(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    width, first = value_of(expected)
    assert told["n_columns"] == width
    assert told["rows"] > 0
    columns = ["Unnamed: 0" if name == "" else name for name in told.get("columns", first)]
    assert columns[: len(first)] == first


def expect_profile(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    _, (_, *database) = value_of(expected)  # the first line, cut at each _
    assert told["database"] == "_".join(["mpa", *database])
    assert told["samples"]


def expect_metrics(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert list(told["metrics"]) == told["columns"] == expected["first_line"].split(",")
    assert told["rows"] == expected["lines"] - 1


def expect_biom(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    shape, *said = value_of(expected)
    if shape == "observation":  # biom-format cannot read it
        assert (told["n_observations"], told["n_samples"]) == (15352, 1)
        return
    assert (told["n_observations"], told["n_samples"]) == shape
    assert len(told["samples"]) == shape[1]
    assert [told["type"], told["generated_by"]] == said


def expect_artifact(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    paths = [f"{told['uuid']}/{path}" for path in told["data_files"]]
    said = (told["type"], told["format"], f"framework: {told['framework']}", None, paths)
    assert str(said).startswith(expected["value"])  # the manifest cuts what is long
    assert told["checksums_compared"] == told["members"] - 1


def expect_spectra(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    found = (told["spectra_declared"], told["start_time"], told["spectra"])
    assert found == value_of(expected)


def expect_sections(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    version, mode, sections = value_of(expected)
    assert (told["version"], told["mode"]) == (version, mode)
    assert told["sections"] == dict(sections)


def expect_parquet(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert told["rows"] == expected["rows"]
    assert told["columns"][: len(expected["columns"])] == expected["columns"]


EXPECTED: dict[str, Expectation] = {
    "biom": Expectation("biom", expect_biom),
    "diann": Expectation("diann", expect_columns),
    "expr_table": Expectation("expression_table", expect_columns),
    "kraken": Expectation("kraken", expect_columns),
    "maxquant": Expectation("maxquant", expect_columns),
    "metaphlan": Expectation("metaphlan", expect_profile),
    "metrics": Expectation("cellranger_metrics", expect_metrics),
    "mzml": Expectation("mzml", expect_spectra),
    "mztab": Expectation("mztab", expect_sections),
    "parquet": Expectation("parquet", expect_parquet),
    "perseus": Expectation("perseus", expect_columns),
    "qza": Expectation("qza", expect_artifact),
    "spectronaut": Expectation("spectronaut", expect_columns),
}
