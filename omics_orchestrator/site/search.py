"""What the search on the first page looks through: a list that a browser reads from a file too."""

import json

from omics_orchestrator.dictionary.model import Dictionary, Variable


def index(dictionary: Dictionary) -> str:
    """Write the list as a script; each variable has a name, a label, its table and other words."""
    lines = [
        [name, each.label, each.table.replace("_", " "), _words(dictionary, each)]
        for name, each in dictionary.variables.items()
    ]
    return f"window.VARIABLES = {json.dumps(lines, ensure_ascii=False, indent=0)};\n"


def _words(dictionary: Dictionary, variable: Variable) -> str:
    codes = dictionary.value_sets.get(variable.codes or "", {})
    told = [variable.description, variable.concept, variable.unit, *codes, *codes.values()]
    return " ".join(filter(None, told))
