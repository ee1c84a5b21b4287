"""A project's own missing data codes, as the rules of a study's table need them."""

from collections.abc import Collection, Mapping

from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.dictionary.plan import rules_of
from omics_orchestrator.dictionary.rules import CheckboxRule, FieldRule, Rule
from omics_orchestrator.redcap_project.reading import missing_reasons


def with_missing_codes(
    study: Study, table: str, source: str, codes: Mapping[str, str], exempt: Collection[str]
) -> Study:
    """The study with the missing data codes that a project declares; its own outweigh them.

    Args:
        study: the study.
        table: the table that is to be conformed.
        source: which of its projects.
        codes: missing data code → label, as the project declares them.
        exempt: the project's fields that do not take its missing data codes.
    """
    described, spec = study.sources[source], study.tables[table]
    if not codes:
        return study
    both = described.model_copy(update={"missing": {**missing_reasons(codes), **described.missing}})
    rules = {
        name: _exempted(rule, described.missing, exempt)
        for name, rule in rules_of(study, table).items()
    }
    rewritten = spec.model_copy(update={"variables": rules, "as_named": ()})
    return study.model_copy(
        update={
            "sources": {**study.sources, source: both},
            "tables": {**study.tables, table: rewritten},
        }
    )


def _exempted(rule: Rule, missing: Mapping[str, str], exempt: Collection[str]) -> Rule:
    """A rule of a field that takes no codes of the project, with the study file's codes alone."""
    if not isinstance(rule, FieldRule | CheckboxRule) or rule.missing is not None:
        return rule
    field = rule.field if isinstance(rule, FieldRule) else rule.checkbox
    return rule.model_copy(update={"missing": missing}) if field in exempt else rule
