"""Planted faults: which come to light, and what is lost or misread without a word.

Units: 40 times three studies of three sites each with 34 laboratory variables, six groups of them
in another unit, wholly or in part. Cells: ten kinds of faults in three studies with codes and dates
of their own. The peers are plain pandas, and linkml-map in an environment of its own.
"""

import json
from collections import Counter
from collections.abc import Iterator
from math import isclose
from random import Random
from typing import Any

import polars as pl
from planted_peers import linkml_map, pandas
from planted_studies import ASSAYS, KINDS, ROWS, SHAPES, UNITS, Answer, Case, clinics, sound

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.conform import Conformed, conform
from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.dictionary.quarantine import keyed_hash
from omics_orchestrator.dictionary.unit_faults import suspected
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.drift import changes
from omics_orchestrator.redcap_project.fields import KEYS

SEEDS = range(1000, 1040)
RECALL, ALARMS = 0.95, 1.0
KEY = b"benchmark"
SILENT = ("lost", "misread")


def unit_faults() -> dict[str, float]:
    """Recall (the group and its unit), and false alarms a hundred variables."""
    planted = named = alarms = 0
    for seed in SEEDS:
        values, truth = clinics(seed)
        found = {tuple(line[:3]): line[3] for line in suspected(values, UNITS).iter_rows()}
        planted += len(truth)
        named += sum(found.get(group) == unit for group, unit in truth.items())
        alarms += len(found.keys() - truth.keys())
    return {
        "planted": planted,
        "recall": round(named / planted, 4),
        "alarms_per_100_variables": round(100 * alarms / len(ASSAYS) / len(SEEDS), 2),
    }


def ours(case: Case) -> Answer:
    """Conform; before that, a breaking change of the project's choices stops the field."""
    book = dictionary(case)
    frame = pl.DataFrame(case.rows)
    result = conform(book, book.studies[case.study], "visit", {"visit": frame}, hash_key=KEY)
    if not outcome.is_balanced(result.cells):
        raise AssertionError("the accounts do not balance")
    answer = Answer(rows=result.frame.height, told=set(told(case, result)))
    answer.rows_told = int(
        result.rows.select(pl.col("excluded", "quarantined").sum()).sum_horizontal().item()
    )
    for row in result.frame.iter_rows(named=True):
        answer.values |= {(row["study_id"], name): row[name] for name in ("sex", "seen")}
        answer.values[row["study_id"], "crp"] = row["crp"] and (row["crp"], row["crp_comparator"])
        reasons = json.loads(row["missing_reasons"] or "{}")
        answer.told |= {(row["study_id"], name) for name in reasons}
    return answer


def told(case: Case, result: Conformed) -> Iterator[tuple[str, str]]:
    """The cells in quarantine, and those of fields whose codes have changed their meaning."""
    names = {keyed_hash(KEY, row["id"]): row["id"] for row in case.rows}
    for name, record in result.quarantine.select("field", "record_hash").iter_rows():
        yield names[record], name
    before, after = (
        described(choices) for choices in (sound(case.study, Random(0)).choices, case.choices)
    )
    for change in changes(before.lines, after.lines):
        if change.is_breaking:
            yield from ((row["id"], change.field) for row in case.rows)


def described(choices: str) -> Description:
    """The project's own description, as far as `sex` goes."""
    line = dict.fromkeys(KEYS, "") | {"field_name": "sex", "form_name": "visit"}
    line |= {"field_type": "radio", "select_choices_or_calculations": choices}
    return Description("1", "Benchmark", "15.0.0", is_longitudinal=False, dictionary=(line,))


def dictionary(case: Case) -> Dictionary:
    codes, dates, missing = SHAPES[case.study]
    types = {
        "study_id": "string",
        "sex": "category",
        "crp": "measurement",
        "seen": "date",
    }
    more = {"sex": {"codes": "sex"}, "crp": {"unit": "mg/L"}}
    variables = {
        name: Variable.model_validate(
            {"variable": name, "label": name, "table": "visit", "type": kind, **more.get(name, {})}
        )
        for name, kind in types.items()
    }
    rules = {
        "study_id": "id", "sex": {"field": "sex", "codes": codes},
        "crp": {"field": "crp", "unit_in_text": True},
        "seen": {"field": "seen", "formats": [dates]},
    }  # fmt: skip
    source = {
        "kind": "redcap",
        "url": "U",
        "token": "T",
        "instruments": ["visit"],
        "missing": {missing: "not_done"},
    }
    rows = {"table": "redcap.visit", "instance": "first"}
    table = {"description": "Visits.", "rows": [rows], "grain": ["study_id"], "variables": rules}
    study = Study.model_validate({
        "study": case.study, "label": "Clinic", "description": "Made up.", "owners": ["a@b.org"],
        "sources": {"redcap": source}, "tables": {"visit": table},
        "datasets": {"visit": {"description": "All.", "rows": "visit"}},
    })  # fmt: skip
    value_sets = {"sex": {"male": "Male", "female": "Female"}}
    return Dictionary(
        variables=variables, value_sets=value_sets, studies={case.study: study}, collections={}
    )


def verdicts(case: Case, answer: Answer) -> Counter[str]:
    """Count what became of the planted cells or rows, and the harm done to sound cells."""
    count: Counter[str] = Counter()
    for cell, meant in case.meant.items():
        became = verdict(meant, answer, cell)
        if cell in case.planted:
            count[became] += 1
        elif became in SILENT:
            count[f"{became} though sound"] += 1
    if case.extra:
        kept, told_of = max(0, answer.rows - ROWS), min(answer.rows_told, case.extra)
        count += Counter(kept=kept, told=told_of, lost=case.extra - kept - told_of)
    return count


def verdict(meant: Any, answer: Answer, cell: tuple[str, str]) -> str:
    got = answer.values.get(cell)
    if {cell, (cell[0], "*")} & answer.told:
        return "told"
    if got is None:
        return "lost"
    if isinstance(meant, tuple) and isinstance(got, tuple):
        return "kept" if isclose(meant[0], got[0]) and meant[1] == got[1] else "misread"
    return "kept" if meant == got else "misread"


def cell_faults() -> dict[str, dict[str, Counter[str]]]:
    """By tool and kind of fault, what became of what was planted."""
    cases: list[tuple[str, Case]] = []
    for kind, plant in KINDS.items():
        for number, study in enumerate(SHAPES):
            case = sound(study, Random(number))
            plant(case, Random(number))
            cases.append((kind, case))
    alone = [case for _, case in cases]
    answers = {
        "ours": [*map(ours, alone)],
        "pandas": [*map(pandas, alone)],
        "linkml-map": linkml_map(alone),
    }
    found: dict[str, dict[str, Counter[str]]] = {}
    for tool, given in answers.items():
        kinds = found.setdefault(tool, {kind: Counter() for kind in KINDS})
        for (kind, case), answer in zip(cases, given, strict=bool(given)):
            kinds[kind] += verdicts(case, answer)
    return {tool: kinds for tool, kinds in found.items() if answers[tool]}


def silent(kinds: dict[str, Counter[str]]) -> int:
    return sum(
        number
        for kind in kinds.values()
        for what, number in kind.items()
        if what.startswith(SILENT)
    )


def main() -> None:
    units = unit_faults()
    print("units:", *(f"{name} {figure}" for name, figure in units.items()))
    found = cell_faults()
    for kind in KINDS:
        for tool, kinds in found.items():
            said = ", ".join(f"{count:,} {what}" for what, count in sorted(kinds[kind].items()))
            print(f"{kind:20} {tool:12} {said}")
    lost = {tool: silent(kinds) for tool, kinds in found.items()}
    ours_lost = lost.pop("ours")
    met = ours_lost == 0 and units["recall"] >= RECALL
    print(json.dumps({
        "claim": "planted faults lost or misread without a word", "unit": "cells and rows",
        "ours": ours_lost, "limit": 0, "peers": lost, "unit_faults": units,
        "goal": 0, "met": met and units["alarms_per_100_variables"] <= ALARMS,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
