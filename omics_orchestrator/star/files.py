"""The fact of omic files: each with each sample that it was made from."""

from collections.abc import Iterator, Sequence

from psycopg import sql

from omics_orchestrator.catalogue.link_tables import LINKS
from omics_orchestrator.catalogue.tables import FILES
from omics_orchestrator.dictionary.model import Dictionary, RedcapSource
from omics_orchestrator.star.columns import NUMBER, TEXT, keys, view
from omics_orchestrator.star.keys import day, known, member
from omics_orchestrator.star.rows import NOBODY, Joined, Value, of, part, site_of, visit_of_row
from omics_orchestrator.star.study_tables import StudyTables
from omics_orchestrator.star.view import Part, View
from omics_orchestrator.warehouse.shape import present
from omics_orchestrator.warehouse.table import Column

_OWN = ("collection", "path", "format", "modality", "stage", "status", "size_bytes")
_GRAIN = "One row a file and a sample it was made from; a file without a sample has one row."
_LINK = """
    left join (select collection, path, sample_id, study_id,
                      count(*) over (partition by collection, path) as samples
               from {links} where {present})
        as link on link.collection = t.collection and link.path = t.path
"""
_SAMPLE, _WHO = sql.SQL("link.sample_id"), sql.SQL("link.study_id")


def files(dictionary: Dictionary, studies: Sequence[StudyTables]) -> View:
    """Every omic file."""
    columns = {
        "file_key": Column(TEXT, "The file: its collection and path"),
        "sample_key": Column(TEXT, "The sample, or unknown"),
        **keys("study_key", "participant_key", "visit_key", "date_key", "site_key"),
        **{name: FILES.columns[name] for name in _OWN},
        "share": Column(NUMBER, "One part in as many as the file has samples; adds up to files"),
    }
    parts = _parts(dictionary, studies) if _are_registered(dictionary) else ()
    return view("fact_file", _GRAIN, ("file_key", "sample_key"), columns, list(parts))


def _are_registered(dictionary: Dictionary) -> bool:
    """Tell whether there is a register of files."""
    attached = (
        isinstance(source, RedcapSource) and source.files
        for study in dictionary.studies.values()
        for source in study.sources.values()
    )
    return bool(dictionary.collections) or any(attached)


def _parts(dictionary: Dictionary, studies: Sequence[StudyTables]) -> Iterator[Part]:
    """One part for each study, and one for files of a study that is described no more."""
    names = [told.study.study for told in studies]
    values: dict[str, Value] = {
        "file_key": known(sql.SQL("t.collection || '/' || t.path")),
        "sample_key": NOBODY,
        "study_key": NOBODY,
        "participant_key": NOBODY,
        "visit_key": NOBODY,
        "site_key": NOBODY,
        "date_key": day(sql.SQL("(t.modified_at at time zone 'UTC')::date")),
        **{name: of(name) for name in _OWN},
        "share": sql.Literal(1),
    }
    for told in studies:
        only = sql.SQL("t.study = {}").format(sql.Literal(told.study.study))
        linked = _linked(told) if dictionary.collections else {}
        yield part(values | {"study_key": sql.Literal(told.study.study)} | linked, FILES, only)
    others = sql.SQL("not coalesce(t.study = any({}::text[]), false)").format(sql.Literal(names))
    yield part(values, FILES, others)


def _linked(told: StudyTables) -> dict[str, Value]:
    """What the sample of a file tells."""
    study = told.study.study
    join = sql.SQL(_LINK).format(links=LINKS.identifier, present=present(LINKS))

    def by_link(value: sql.Composable) -> Joined:
        return Joined(value, join, (LINKS.name,))

    return {
        "sample_key": by_link(member(study, _SAMPLE)),
        "participant_key": by_link(member(study, _WHO)),
        "share": by_link(sql.SQL("1.0 / coalesce(link.samples, 1)")),
        "site_key": site_of(told, _WHO),
        "visit_key": visit_of_row(told, told.samples, _SAMPLE) if told.samples else NOBODY,
    }
