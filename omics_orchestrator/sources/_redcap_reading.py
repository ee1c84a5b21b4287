"""What is read of a REDCap project, settled before its records come, and how they are laid out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from omics_orchestrator.dictionary.model import RedcapSource
from omics_orchestrator.errors import SourceError, TransientError
from omics_orchestrator.redcap_project.description import EVENT, FORM, GROUP, INSTANCE, Description
from omics_orchestrator.redcap_project.fields import Field
from omics_orchestrator.sources._redcap_client import Client
from omics_orchestrator.sources._redcap_records import export

# REDCap sends it with the stamps of surveys; it may name a person, and goes no further.
_SURVEY_NAME = "redcap_survey_identifier"
_STAMP = "_timestamp"
_CELLS_TOGETHER, _ROWS_TOGETHER = 250_000, 1_000


@dataclass(frozen=True)
class Reading:
    """What is asked of a project.

    Attributes:
        described: the project.
        source: what the study file says of it.
        wanted: the fields to ask for, and the status of each form, by which it is seen to be
            opened.
        withheld: the fields that are not asked for, each with its rule.
        records: every record the token sees, by name, and its group where REDCap tells it.
        columns: the value columns that REDCap gives; those of a hidden field are not among them.
    """

    described: Description
    source: RedcapSource
    wanted: tuple[Field, ...]
    withheld: Mapping[str, str]
    records: pl.DataFrame
    columns: tuple[str, ...] = ()

    @property
    def visible(self) -> str:
        """Which records the token sees: a group's member is not told that there are others."""
        if GROUP in self.records.columns or self.described.groups == ():
            return "all records"
        is_known = self.described.groups is not None and not self.records.is_empty()
        return "one data access group" if is_known else "unknown"

    @property
    def hidden(self) -> list[str]:
        """The fields asked for that the token's rights hide."""
        shown = {field.name for field in self._owners.values()}
        return [field.name for field in self.wanted if field.name not in shown]

    @cached_property
    def tables(self) -> dict[str, list[str]]:
        """The columns of each form's table: they follow from the project, never from the cells."""
        found: dict[str, list[str]] = {}
        for form in self.source.instruments:
            repeats = self.described.repeats(form)
            key = [n for n in self.described.key if n != FORM and (n != INSTANCE or repeats)]
            own = [name for name, field in self._owners.items() if field.form == form]
            stamp = form + _STAMP
            found[form] = [*key, *([stamp] if stamp in self.columns else []), *own]
        return found

    def batches(self, client: Client, ids: pl.Series) -> Iterator[dict[str, pl.DataFrame]]:
        """Read records part by part; per form, the rows in which it was opened.

        Rows stand in the order of `ids`, which are sorted, then of events and instances.

        Raises:
            TransientError: an answer is incomplete, or the project changes meanwhile.
        """
        for frame in _joined(self._parts(client, ids)):
            columns = frame.columns[len(self.described.key) :]
            if EVENT in self.described.key and frame[EVENT].has_nulls():
                raise TransientError(
                    "rows came without their event",
                    mend="run again; if it lasts, look at REDCap's error log: answers are cut.",
                    **client.place,
                )
            if set(columns) != set(self.columns):
                raise TransientError(
                    "the columns of the project changed while it was read",
                    mend="run again; if it lasts, ask who changes the project or its rights.",
                    **client.place,
                )
            ordered = frame.sort(self._order)
            yield {form: self._opened(ordered, form) for form in self.source.instruments}

    def _parts(self, client: Client, ids: pl.Series) -> Iterator[pl.DataFrame]:
        names = [field.name for field in self.wanted]
        stamps = self.source.survey_stamps
        for frame in export(client, self.described.key, names, ids, stamps=stamps):
            yield frame.drop(_SURVEY_NAME, GROUP, strict=False)

    def probed(self, client: Client) -> "Reading":
        """The same reading with the columns that REDCap gives, by its first record.

        Raises:
            SourceError: a column came that was not asked for.
        """
        first = self.records[self.described.record_id].head(1)
        columns = [column for field in self.wanted for column in field.columns]
        for frame in self._parts(client, first):
            columns = frame.columns[len(self.described.key) :]
        found = Reading(**{**vars(self), "columns": tuple(columns)})
        stamps = {form + _STAMP for form in self.source.instruments}
        strange = (
            set(columns) - set(found._owners) - (stamps if self.source.survey_stamps else set())
        )
        if strange:
            raise SourceError(
                f"REDCap gave {len(strange)} column(s) that were not asked for; nothing was kept",
                mend="ask the REDCap administrator whether the server cuts requests "
                "(max_input_vars).",
                **client.place,
            )
        return found

    @cached_property
    def _owners(self) -> dict[str, Field]:
        """The field of each value column that came, in the order of the dictionary."""
        came = frozenset(self.columns)
        known = {
            column: field for field in self.wanted for column in field.columns if column in came
        }
        # An old server does not list its missing data codes, each of which is one more box.
        boxes = {field.name: field for field in self.wanted if field.kind == "checkbox"}
        more = {
            column: boxes[column.partition("___")[0]]
            for column in self.columns
            if column not in known and column.partition("___")[0] in boxes
        }
        return known | more

    @cached_property
    def _order(self) -> list[pl.Expr]:
        events = {event: number for number, event in enumerate(self.described.events)}
        by = {
            EVENT: pl.col(EVENT).replace_strict(events, default=len(events)),
            FORM: pl.col(FORM),
            INSTANCE: pl.col(INSTANCE).cast(pl.Int64, strict=False),
        }
        return [by.get(name, pl.col(name)) for name in self.described.key]

    def _opened(self, frame: pl.DataFrame, form: str) -> pl.DataFrame:
        """Cut one form out of the block matrix: its columns, in the rows where it was opened."""
        columns = self.tables[form]
        if FORM in self.described.key:
            # Where a form repeats at one event and not at another, its single rows stand beside.
            frame = frame.filter(pl.col(FORM).is_null() | (pl.col(FORM) == form))
        opened = [
            pl.col(name) == "1"
            if self._owners[name].kind == "checkbox"
            else pl.col(name).is_not_null()
            for name in columns
            if name in self._owners
        ]
        if not opened:
            return frame.clear().select(columns)
        return frame.filter(pl.any_horizontal(opened)).select(columns)


def _joined(parts: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Put small parts together, and null in the place of blank cells.

    Whatever is done with a hundred rows of many columns costs as much as with a thousand.
    """
    held: list[pl.DataFrame] = []
    for part in parts:
        held.append(part)
        rows = sum(each.height for each in held)
        if rows >= _ROWS_TOGETHER or rows * part.width > _CELLS_TOGETHER:
            yield _together(held)
            held = []
    if held:
        yield _together(held)


def _together(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    # Old servers leave out the columns of repeats where a part has none.
    frame = pl.concat(parts, how="diagonal")
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
