"""What manifests and sample sheets say of files: which sample each was made from.

Illumina's sheets name no files; their samples' names begin the files' names, and the number after
`_S` is only an order. All other sheets name files in columns of their own.
"""

import csv
import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

import polars as pl

from omics_orchestrator.catalogue.named_files import below, folder_of, resolve
from omics_orchestrator.catalogue.sample_names import MENTION_COLUMNS, MENTION_SCHEMA, normalised
from omics_orchestrator.dictionary.file_rules import Manifest, Step
from omics_orchestrator.dictionary.model import Collection
from omics_orchestrator.formats import DamagedFileError
from omics_orchestrator.formats._sample_sheet import parse_sheet
from omics_orchestrator.formats._sample_sheet_dialects import cleaned

_BY_PREFIX = ("illumina", "casava", "cellranger")
_PREFIX = (
    r"(?:^|/)([^/]+?)_(?:S\d+|[ACGTN]{4,}(?:[-+][ACGTN]{4,})?|NoIndex)(?:_L\d{3})?_[RI]\d_\d{3}"
    r"\.f(?:ast)?q(?:\.\w+)?$"
)
_NORMAL: Sequence[Step] = ("upper", "separators")
_ROW = {
    "list": pl.String(),
    "line": pl.String(),
    "written": pl.String(),
    "prefix": pl.String(),
    "name": pl.String(),
    "rule": pl.String(),
    "witness": pl.String(),
    "of_one": pl.Boolean(),
}
_Row = tuple[str, str, str | None, str | None, str, str, str, bool]


@dataclass(frozen=True)
class Told:
    """What the sheets of a collection say.

    Attributes:
        mentions: one row a file and name, with `MENTION_COLUMNS`.
        absent: files that a sheet names and that are not there: `list`, `expected`.
        problems: sheets that could not be read, each with why and how to mend it.
    """

    mentions: pl.DataFrame
    absent: pl.DataFrame
    problems: Sequence[str]


def manifests_of(collection: Collection, paths: Sequence[str]) -> dict[str, Manifest]:
    """The manifests among the files of a collection: path → how it is written."""
    return {
        path: manifest
        for manifest in collection.manifests
        for path in fnmatch.filter(paths, manifest.file)
    }


def sheets_of(collection: Collection, files: pl.DataFrame) -> list[str]:
    """The sample sheets among the files that the collection says to go by."""
    if collection.sample_sheets is False:
        return []
    found = files.filter(pl.col("format") == "samplesheet")["path"].to_list()
    if collection.sample_sheets is True:
        return found
    return fnmatch.filter(found, collection.sample_sheets)


def told_by_sheets(collection: Collection, files: pl.DataFrame, texts: Mapping[str, bytes]) -> Told:
    """Read the manifests and sample sheets of a collection, and find the files that they name.

    Args:
        collection: the collection.
        files: its registered files, with `FILE_COLUMNS`.
        texts: the content of each manifest and sheet, by its path.
    """
    manifests = manifests_of(collection, files["path"].to_list())
    rows, problems = list[_Row](), list[str]()
    for path in sorted({*manifests, *sheets_of(collection, files)} & texts.keys()):
        try:
            manifest = manifests.get(path)
            rows += (
                _of_manifest(path, manifest, texts[path])
                if manifest
                else _of_sheet(path, texts[path])
            )
        except UnreadableError as problem:
            problems.append(f"{path}: {problem}")
    said = pl.DataFrame(rows, schema=_ROW, orient="row")
    by_name = said.drop_nulls("written")
    found = by_name.join(resolve(by_name, files["path"]), on=["list", "written"])
    nowhere = found.filter(pl.col("path").is_null()).drop("path")
    inside = nowhere.join(
        below(nowhere["expected"], files["path"]), left_on="expected", right_on="folder"
    )
    absent = nowhere.join(inside, on=["list", "expected"], how="anti")
    mentions = pl.concat(
        [
            _mentions(found.drop_nulls("path")),
            _mentions(inside.select(found.columns)),
            _by_prefix(said, files),
        ]
    )
    absent = absent.select("list", "expected").unique()
    return Told(mentions, absent.sort("list", "expected"), problems)


class UnreadableError(Exception):
    """A sheet that does not say what it should."""


def rows_of(manifest: Manifest, text: bytes) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each row of a manifest: which line it ends on, and its cells by their columns.

    Raises:
        UnreadableError: a column that the collection names is absent.
    """
    decoded = _decoded(text)
    header = next(iter(decoded.splitlines()), "")
    separator = manifest.separator or max("\t;,", key=header.count)
    reader = csv.DictReader(StringIO(decoded, newline=""), delimiter=separator)
    for column in filter(None, (manifest.sample, manifest.path, manifest.derived_from)):
        if column not in (reader.fieldnames or ()):
            raise UnreadableError(
                f"it has no column {column!r}; correct `manifests` in the collection, or the file"
            )
    for row in reader:
        yield (
            f"line {reader.line_num}",
            {name: said.strip() for name, said in row.items() if isinstance(said, str)},
        )


def _of_manifest(path: str, manifest: Manifest, text: bytes) -> Iterator[_Row]:
    rule = f"manifest {manifest.file}"
    for line, row in rows_of(manifest, text):
        name, written = row.get(manifest.sample, ""), row.get(manifest.path, "")
        if name and written:
            yield path, line, written, None, name, rule, path, False


def _decoded(text: bytes) -> str:
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return text.decode("utf-16", "replace")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")


def _of_sheet(path: str, text: bytes) -> Iterator[_Row]:
    try:
        sheet = parse_sheet(text)
    except DamagedFileError as damage:
        raise UnreadableError(f"{damage.what}; ask for it again") from None
    if sheet is None:
        raise UnreadableError("it is no sample sheet; correct `sample_sheets` in the collection")
    by_prefix = sheet.dialect.name in _BY_PREFIX
    columns = [cleaned(column) for column in sheet.columns]
    names = [columns.index(each) for each in sheet.dialect.samples if each in columns]
    files = [place for place, column in enumerate(columns) if column in sheet.dialect.files]
    for number, cells in enumerate(sheet.rows, start=1):
        line, rule = f"row {number}", f"sample sheet ({sheet.dialect.name})"
        for place in names if by_prefix else names[:1]:
            name, witness = _cell(cells, place), f"{sheet.columns[place]} of {path}"
            if by_prefix:
                for prefix in {_cell(cells, each) for each in names} - {""}:
                    yield path, line, None, prefix, name, rule, witness, True
            else:
                for written in _written(cells, files):
                    yield path, line, written, None, name, rule, witness, True


def _written(cells: Sequence[str], places: Sequence[int]) -> Iterator[str]:
    for place in places:
        yield from (part.strip() for part in _cell(cells, place).split(";") if part.strip())


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _by_prefix(said: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """Mentions of the files that begin with a sheet's sample and lie below the sheet's folder."""
    prefixes = said.drop_nulls("prefix").with_columns(
        known=normalised(pl.col("prefix"), _NORMAL, as_in_file=False),
        folder=pl.col("list").map_elements(folder_of, return_dtype=pl.String()),
    )
    if prefixes.is_empty():
        return pl.DataFrame(schema=MENTION_SCHEMA)
    begun = files.select("path", begins=pl.col("path").str.extract(_PREFIX, 1)).drop_nulls()
    known = normalised(pl.col("begins"), _NORMAL, as_in_file=False)
    found = begun.with_columns(known=known).join(prefixes, on="known")
    return _mentions(found.filter(pl.col("path").str.starts_with(pl.col("folder"))))


def _mentions(found: pl.DataFrame) -> pl.DataFrame:
    evidence = pl.concat_str("line", pl.lit(" of "), "list")
    told = found.filter(pl.col("name") != "").with_columns(evidence=evidence, kind=pl.lit("sheet"))
    return told.select(MENTION_COLUMNS).unique(
        ["path", "name", "witness"], keep="first", maintain_order=True
    )
