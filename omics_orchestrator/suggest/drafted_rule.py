"""The rule that a suggestion amounts to, as a study file writes it."""

from typing import Any, Literal

import yaml

from omics_orchestrator.dictionary.rules import CheckboxesRule, CheckboxRule, FieldRule
from omics_orchestrator.suggest.match import Match

_MEASURED = ("number", "measurement")
_NUMBERS = ("integer", *_MEASURED)
_AS_READ = {"1": True, "0": False}


def rule_of(match: Match) -> FieldRule | CheckboxRule | CheckboxesRule:
    """Draft the rule by which a field becomes a variable."""
    offer, variable, said = match.offer, match.target.variable, match.meaning
    if offer.option is not None:
        return CheckboxRule(checkbox=offer.field, option=offer.option)
    if offer.kind == "checkbox":
        several: Literal["list", "refuse"] = "list" if variable.type == "string" else "refuse"
        return CheckboxesRule(checkboxes=offer.field, codes=said.codes, several=several)
    is_read = said.codes.items() <= _AS_READ.items() or all(a == b for a, b in said.codes.items())
    unit = offer.unit if variable.type in _MEASURED and offer.unit != variable.unit else None
    return FieldRule(
        field=offer.field,
        codes=None if is_read else said.codes,
        missing=said.missing or None,
        formats=offer.formats,
        decimal=offer.decimal if variable.type in _NUMBERS else ".",
        unit=unit if variable.unit else None,
    )


def written(rule: FieldRule | CheckboxRule | CheckboxesRule) -> str:
    """A rule on one line of YAML; one that only takes a field is the field's name."""
    said = {name: _key(each) for name, each in rule.model_dump(exclude_defaults=True).items()}
    return flow(said["field"] if list(said) == ["field"] else said)


def flow(value: Any) -> str:
    """A value on one line of YAML, codes that are numbers as numbers."""
    text = yaml.dump(
        _plain(value),
        Dumper=_OnOneLine,
        default_flow_style=True,
        sort_keys=False,
        allow_unicode=True,
        width=10**6,
    )
    return str(text).removesuffix("\n").removesuffix("\n...")


class _OnOneLine(yaml.SafeDumper):
    """Writes a line break as an escape: Excel's headers have them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, '"' if "\n" in text else None)


_OnOneLine.add_representer(str, _text)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _key(key: Any) -> Any:
    """A code as a number where YAML would give the same text back: not `01`, nor `1e3`."""
    return int(key) if isinstance(key, str) and key.isdigit() and str(int(key)) == key else key
