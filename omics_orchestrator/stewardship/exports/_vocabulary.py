"""What every format needs to know of the dictionary: its order, its key, its types."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.harmonised.tables import combined_table, core_table, dataset_table
from omics_orchestrator.warehouse.table import Table


def participant(dictionary: Dictionary) -> str:
    """The variable that says whose a row is: the first of the key of most tables."""
    tables = [table for study in dictionary.studies.values() for table in study.tables.values()]
    first = Counter(table.grain[0] for table in tables)
    return first.most_common(1)[0][0] if first else next(iter(dictionary.variables))


def in_order(dictionary: Dictionary) -> list[Variable]:
    """All variables, the participant's first, those of a table together."""
    first = dictionary.variables[participant(dictionary)]
    places = list(dict.fromkeys([first.table, *(v.table for v in dictionary.variables.values())]))
    rest = [each for each in dictionary.variables.values() if each != first]
    return [first, *sorted(rest, key=lambda each: places.index(each.table))]


def tables(dictionary: Dictionary) -> Iterator[tuple[Table, Study | None]]:
    """Every conformed table and dataset, with its study; None for one of several."""
    for study in dictionary.studies.values():
        for name in study.tables:
            yield core_table(dictionary, study, name), study
        for name in study.datasets:
            yield dataset_table(dictionary, study, name), study
    for several in dictionary.datasets.values():
        yield combined_table(dictionary, several), None


def written(header: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as CSV with these columns; what a row does not name is blank."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def plain(number: float) -> str:
    """A number without a fraction that says nothing: 110, not 110.0."""
    return str(int(number)) if number == int(number) else str(number)
