"""What a study file says of our tables and datasets: their rows, their grain, who is left out."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from omics_orchestrator.dictionary.numbered import Numbered
from omics_orchestrator.dictionary.rules import Name, Rule
from omics_orchestrator.dictionary.strict import Strict


class Slots(Strict):
    """Numbered groups of fields that become rows: `{drug: ["drug_{1..6}"], dose: [...]}`.

    Attributes:
        number: the name by which rules know which slot a row was, 1 for the first.
        fields: by a name of their own, the fields of each slot in order; `{1..6}` stands for six
            of them, `~` for a slot that has no such field. A checkbox field brings its options.
    """

    number: Name
    fields: Mapping[Name, Annotated[tuple[str | None, ...], Numbered]]

    @field_validator("fields")
    @classmethod
    def _has_every_slot(
        cls, fields: Mapping[str, tuple[str | None, ...]]
    ) -> Mapping[str, tuple[str | None, ...]]:
        if len({len(each) for each in fields.values()}) > 1:
            raise ValueError("every name needs as many fields as there are slots")
        return fields


class Part(Strict):
    """Rows of one raw table, and which of them count.

    Attributes:
        table: the raw table, as `source.table`.
        instance: which repeats count: all, the first, the last, or one number.
        at: the events whose rows count; all when there are none.
        slots: groups of fields that become rows.
    """

    table: str
    instance: Literal["all", "first", "last"] | int = "all"
    at: tuple[str, ...] = ()
    slots: Slots | None = None

    @property
    def source(self) -> str:
        """The source that gives it."""
        return self.table.partition(".")[0]

    @property
    def name(self) -> str:
        """The raw table's own name."""
        return self.table.partition(".")[2]


def _as_part(rows: Any) -> Any:
    return {"table": rows} if isinstance(rows, str) else rows


class Exclusion(Strict):
    """Rows that are left out, and why.

    Attributes:
        when: an expression over variables of the row.
        reason: what the account says of them.
        rows: `this` row, `all` rows of the participant, or this and `later` ones.
        per: the variable that names the participant.
        order: the variable by which a row is later than another.
        of: the table whose rows say so, where it is another; the rows of the participant here that
            are as late are then left out, or all of them.
    """

    when: str
    reason: str
    rows: Literal["this", "all", "later"] = "this"
    per: Name = "study_id"
    order: Name | None = None
    of: Name | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.rows == "later" and self.order is None:
            raise ValueError("`rows: later` needs `order`, a variable such as a date")
        if self.of is not None and self.rows == "this":
            raise ValueError("`of` another table needs `rows: all` or `rows: later`")
        return self


class Table(Strict):
    """One of our tables: where its rows come from, what one row is, and a rule a variable.

    `rows` names raw tables as `source.table`, or as a `Part`; several are joined one to one on
    `grain`. Variables in `as_named` have the same name in the source. `ignore` gives, for each
    reason, the fields it leaves out; a checkbox field stands for all its options. In both,
    `drug_{1..6}` stands for six of them.
    """

    description: str
    rows: tuple[Annotated[Part, BeforeValidator(_as_part)], ...]
    grain: tuple[Name, ...]
    variables: Mapping[Name, Rule] = Field(default_factory=dict)
    as_named: Annotated[tuple[Name, ...], Numbered] = ()
    ignore: Mapping[str, Annotated[tuple[str, ...], Numbered]] = Field(default_factory=dict)
    exclude: tuple[Exclusion, ...] = ()
    refers_to: Mapping[Name, Name] = Field(default_factory=dict)

    @field_validator("rows")
    @classmethod
    def _names_each_once(cls, rows: tuple[Part, ...]) -> tuple[Part, ...]:
        named = [part.table for part in rows]
        if twice := sorted({each for each in named if named.count(each) > 1}):
            raise ValueError(
                f"{', '.join(twice)} is named twice, and its cells would be counted twice"
            )
        return rows


class Beside(Strict):
    """A table whose columns stand beside the rows of another, at most one of its rows to each.

    Without `dated`, the row with the same key. With it, the nearest row of the participant in
    time, `within_days` of it: `{sampling_date: cucq_date}` names their dates and ours. `only` names
    the variables that are wanted of it; all are, where it names none.
    """

    table: Name
    dated: Mapping[Name, Name] = Field(default_factory=dict, max_length=1)
    within_days: int = Field(0, ge=0)
    only: Annotated[tuple[Name, ...], Numbered] = ()


def _as_beside(beside: Any) -> Any:
    return {"table": beside} if isinstance(beside, str) else beside


class Dataset(Strict):
    """What researchers read: the rows of one table, with the columns of others beside them.

    `where` keeps some rows, by an expression; `leave_out` names columns that are not wanted.
    `from_exposure` names tables of it whose flags of drugs are not those that were recorded alone:
    they follow from the courses of drugs too (see `drugs: asked`).
    """

    description: str
    rows: Name
    beside: tuple[Annotated[Beside, BeforeValidator(_as_beside)], ...] = ()
    from_exposure: tuple[Name, ...] = ()
    where: str | None = None
    leave_out: tuple[Name, ...] = ()


class Long(Strict):
    """The numbers of a table, a row each: which variable, its value, comparator and unit.

    `keep` names columns of the table that every row carries, such as a date.
    """

    description: str
    long: Name
    keep: tuple[Name, ...] = ()
    beside: ClassVar[tuple[Beside, ...]] = ()
    from_exposure: ClassVar[tuple[Name, ...]] = ()

    @property
    def rows(self) -> str:
        """The table it is made of."""
        return self.long


class Combined(Strict):
    """A dataset of several studies: all rows of one dataset of each, a variable to a column.

    `rows` names them as `study.dataset`. The columns `study` and `row_key` are added: a row's key
    has other parts in each study. `site` is the variable that says where a row was collected: the
    distributions of sites are compared with one another.
    """

    dataset: Name
    description: str
    owners: tuple[str, ...]
    rows: tuple[str, ...]
    site: Name | None = None
