"""An instrument in the terms of our own engine: variables, value sets and rules, in memory only.

The models are made unchecked: REDCap's names, with double underscores or a trailing one, are not
names that a study file may have, and Postgres takes them all the same.
"""

from collections.abc import Mapping

from omics_orchestrator.dictionary.model import Dictionary, RedcapSource, Study
from omics_orchestrator.dictionary.tables import Part, Table
from omics_orchestrator.redcap_project.reading import Reading

_SOURCE = "redcap"


def dictionary(readings: Mapping[str, Reading]) -> Dictionary:
    """The variables and value sets of a table."""
    every = [(each.variable, each.codes) for each in readings.values()]
    return Dictionary.model_construct(
        variables={variable.variable: variable for variable, _ in every},
        value_sets={variable.variable: codes for variable, codes in every if codes is not None},
        studies={},
        collections={},
    )


def study(project: str, form: str, key: tuple[str, ...], readings: Mapping[str, Reading]) -> Study:
    """A study with one table, which is named as the form and read from its raw rows."""
    table = Table.model_construct(
        description=f"The instrument {form}.",
        rows=(Part(table=f"{_SOURCE}.{form}"),),
        grain=key,
        variables={each.variable.variable: each.rule for each in readings.values()},
        as_named=(),
        ignore={},
        exclude=(),
        refers_to={},
    )
    # Missing data codes stand with each rule, for not every field takes them.
    source = RedcapSource.model_construct(
        kind="redcap", url="", token="", instruments=(form,), missing={}
    )
    return Study.model_construct(
        study=f"REDCap project {project}",
        label="",
        description="",
        owners=(),
        sources={_SOURCE: source},
        code_maps={},
        tables={form: table},
        datasets={},
    )
