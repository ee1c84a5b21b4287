"""What the data dictionary holds, as frozen models: variables, value sets, studies, collections."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from omics_orchestrator.dictionary.drug_records import DrugRecords
from omics_orchestrator.dictionary.drugs import Drug, DrugClass
from omics_orchestrator.dictionary.file_rules import (
    Assembly,
    Companions,
    Derivation,
    Manifest,
    Step,
)
from omics_orchestrator.dictionary.rules import CodeMap, Name
from omics_orchestrator.dictionary.strict import Strict
from omics_orchestrator.dictionary.tables import Combined, Dataset, Long, Table
from omics_orchestrator.naming import TableName, as_part


def _environment_name(text: str) -> str:
    if not text.isidentifier() or text != text.upper():
        raise ValueError(
            "write the name of an environment variable, such as MYSTUDY_REDCAP_TOKEN, and never "
            "the value itself"
        )
    return text


EnvironmentName = Annotated[str, AfterValidator(_environment_name)]
Text = Annotated[str, BeforeValidator(lambda value: value if value is None else str(value))]
Type = Literal[
    "string", "text", "integer", "number", "measurement", "boolean", "category", "date",
    "partial_date", "datetime",
]  # fmt: skip


class Variable(Strict):
    """One variable we keep, the same in every study.

    `unit` is UCUM, `codes` names a value set, `concept` is a CURIE, the range is inclusive.
    """

    variable: Name
    label: str
    table: Name
    type: Type
    unit: str | None = None
    codes: Name | None = None
    minimum: float | None = None
    maximum: float | None = None
    sensitivity: Literal["none", "quasi", "direct"] = "none"
    concept: str | None = None
    description: str | None = None


class RedcapSource(Strict):
    """A REDCap project.

    Attributes:
        instruments: the forms to read, as REDCap names them.
        identifiers: fields never asked for, whatever the project says of them.
        released: free-text fields that a steward found to name nobody; those that a rule maps are
            released by it.
        missing: missing data codes beside those of the project, each with its reason.
        project_id: REDCap's number of the project; any other is then refused.
        accepted_dictionary: the version of the project's dictionary that a steward looked at last,
            and that this file describes.
        files: file fields whose documents are kept, or `all` but signatures and identifiers.
        survey_stamps: ask for the times at which surveys were completed; REDCap then sends the
            survey's identifier as well, which is dropped where it arrives.
        one_group: the token may belong to a data access group, and so see its records only.
        full_read_every_days: how old a full read may be; between two, only changes are read.
    """

    kind: Literal["redcap"]
    url: EnvironmentName
    token: EnvironmentName
    instruments: tuple[str, ...]
    identifiers: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    missing: Mapping[Text, Name] = Field(default_factory=dict)
    project_id: Text | None = None
    accepted_dictionary: Text | None = None
    files: Literal["all"] | tuple[str, ...] = ()
    survey_stamps: bool = False
    one_group: bool = False
    full_read_every_days: float = Field(7, ge=0)

    @property
    def tables(self) -> tuple[str, ...]:
        """The raw tables it gives: one an instrument."""
        return tuple(map(as_part, self.instruments))


class SqlTable(Strict):
    """The columns we read of one table or view; those not named are not selected."""

    columns: tuple[str, ...]
    order_by: str


class SqlSource(Strict):
    """A SQL database: `url` names the variable that holds its SQLAlchemy URL."""

    kind: Literal["sql"]
    url: EnvironmentName
    select: Mapping[Name, SqlTable]
    missing: Mapping[Text, Name] = Field(default_factory=dict)

    @property
    def tables(self) -> tuple[str, ...]:
        """The raw tables it gives."""
        return tuple(self.select)


class SheetSource(Strict):
    """Spreadsheets as a laboratory sends them, in the folder or bucket that `folder` names.

    `header` is the text of the first cell of the header row, wherever in the sheet that row stands.
    With `matrix`, the columns after `columns` are assays: each cell becomes a row with the names
    that the header rows give it. A line with nothing beside its first cell is a comment.
    """

    kind: Literal["excel", "delimited"]
    folder: EnvironmentName
    files: str
    table: Name
    header: str
    columns: tuple[str, ...]
    matrix: tuple[str, ...] = ()
    delimiter: str = ","
    missing: Mapping[Text, Name] = Field(default_factory=dict)

    @property
    def tables(self) -> tuple[str, ...]:
        """The raw tables it gives."""
        return (self.table,)


Source = Annotated[RedcapSource | SqlSource | SheetSource, Discriminator("kind")]


def _shape(dataset: object) -> str:
    is_long = "long" in dataset if isinstance(dataset, Mapping) else isinstance(dataset, Long)
    return "long" if is_long else "wide"


AnyDataset = Annotated[
    Annotated[Dataset, Tag("wide")] | Annotated[Long, Tag("long")], Discriminator(_shape)
]


class Study(Strict):
    """One study: the whole of `studies/<study>.yaml`."""

    study: Name
    label: str
    description: str
    owners: tuple[str, ...]
    sources: Mapping[Name, Source]
    code_maps: Mapping[Name, CodeMap] = Field(default_factory=dict)
    tables: Mapping[Name, Table]
    datasets: Mapping[Name, AnyDataset] = Field(default_factory=dict)
    drugs: DrugRecords | None = None

    def core(self, table: str) -> TableName:
        """Name one of the study's conformed tables."""
        return TableName("core", table, self.study)

    def raw(self, table: str) -> TableName:
        """Name one of the study's raw tables."""
        return TableName("raw", table, self.study)

    def dataset(self, name: str) -> TableName:
        """Name one of the study's datasets."""
        return TableName("datasets", name, self.study)

    def exposure(self, table: str) -> TableName:
        """Name one of the study's tables on drugs."""
        return TableName("exposure", table, self.study)


class Collection(Strict):
    """Omic files that belong together: where they arrive, which they are, and whose.

    `sample_patterns` are tried in order on the path; the group named `sample` is a sample's name.
    So are what a manifest, a sample sheet or a file's header says. Names are compared with the
    samples of `study` after the steps of `normalise`. Without `formats` every format belongs here.
    `reference` is the assembly of the genome that its files lie on; without it they must agree.
    """

    collection: Name
    label: str
    study: Name
    store: EnvironmentName
    policy: Literal["copy", "move", "register"]
    formats: tuple[Name, ...] = ()
    sample_patterns: tuple[str, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    sample_sheets: bool | str = False
    normalise: tuple[Step, ...] = ("upper", "separators")
    companions: Companions = Companions()
    derived: tuple[Derivation, ...] = ()
    sample_table: Name = "sample"
    reference: Assembly | None = None


class Dictionary(Strict):
    """Everything in `data_dictionary/`, checked."""

    variables: Mapping[str, Variable]
    value_sets: Mapping[str, Mapping[str, str]]
    studies: Mapping[str, Study]
    collections: Mapping[str, Collection]
    datasets: Mapping[str, Combined] = Field(default_factory=dict)
    drugs: Mapping[str, Drug] = Field(default_factory=dict)
    drug_classes: Mapping[str, DrugClass] = Field(default_factory=dict)
