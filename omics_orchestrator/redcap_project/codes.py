"""A project's own missing data codes, as the rules of a study's table need them."""

from collections.abc import Collection, Mapping

from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.rules import (
    CheckboxesRule,
    CheckboxRule,
    CoalesceRule,
    FieldRule,
    JoinRule,
    Rule,
)
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
    match rule:
        case CoalesceRule():
            parts = [_exempted(each, missing, exempt) for each in rule.coalesce]
            return rule.model_copy(update={"coalesce": tuple(parts)})
        case JoinRule():
            parts = [_exempted(each, missing, exempt) for each in rule.join]
            return rule.model_copy(update={"join": tuple(parts)})
        case (
            FieldRule(field=field) | CheckboxRule(checkbox=field) | CheckboxesRule(checkboxes=field)
        ):
            if rule.missing is None and field in exempt:
                return rule.model_copy(update={"missing": missing})
    return rule
