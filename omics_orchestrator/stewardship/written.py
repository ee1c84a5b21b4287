"""A rule as a study file says it, in one line."""

import yaml

from omics_orchestrator.dictionary.rules import Rule


def written(rule: Rule) -> str:
    """Write a rule as a study file does."""
    said = rule.model_dump(mode="json", exclude_defaults=True)
    if list(said) == ["field"]:
        return str(said["field"])
    text: str = yaml.safe_dump(
        said, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True
    )
    return text.strip()
