"""What the peers of `planted_faults` make of the same studies: plain pandas, and linkml-map."""

import json
import subprocess
import sys
import venv
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from planted_studies import SHAPES, Answer, Case, day

LINKML_MAP = "linkml-map==0.5.4"
ENVIRONMENT = Path(__file__).parents[1] / ".omics" / "benchmarks" / "linkml_map"


def pandas(case: Case) -> Answer:
    """As cleaning scripts are mostly written."""
    codes, dates, _ = SHAPES[case.study]
    frame = pd.DataFrame(case.rows).drop_duplicates("id").set_index("id")
    made = pd.DataFrame({
        "sex": frame["sex"].map(codes),
        "crp": pd.to_numeric(frame["crp"], errors="coerce"),
        "seen": pd.to_datetime(frame["seen"], format=dates, errors="coerce"),
    })  # fmt: skip
    answer = Answer(rows=len(made))
    for name, column in made.items():
        answer.values |= {(row, str(name)): value for row, value in column.dropna().items()}
    return as_ours(answer)


_LINKML_MAP = """
import json, logging, sys
import yaml
from linkml_map.session import Session
from linkml_runtime import SchemaView
logging.disable()
def mapped(session, row):
    try:
        return session.transform(row, source_type="Row")
    except Exception:  # whatever it refuses, it says so
        return None
found = []
for case in json.load(sys.stdin):
    session = Session()
    session.set_source_schema(SchemaView(yaml.safe_dump(case["schema"])))
    session.set_object_transformer(case["rules"])
    found.append([mapped(session, row) for row in case["rows"]])
json.dump(found, sys.stdout)
"""


def linkml_rules(case: Case) -> dict[str, Any]:
    codes, _, missing = SHAPES[case.study]
    slots: dict[str, dict[str, Any]] = {
        "id": {}, "seen": {},
        "sex": {"value_mappings": codes, "missing_values": [missing]},
        "crp": {"range": "float", "missing_values": [missing]},
    }  # fmt: skip
    slots = {name: {"populated_from": name, **rule} for name, rule in slots.items()}
    attributes: dict[str, Any] = {"attributes": {name: {} for name in slots}}
    schema = {
        "id": "https://example.org/s", "name": "s", "default_range": "string",
        "imports": ["linkml:types"], "prefixes": {"linkml": "https://w3id.org/linkml/"},
        "classes": {"Row": attributes},
    }  # fmt: skip
    rules = {"class_derivations": {"Visit": {"populated_from": "Row", "slot_derivations": slots}}}
    return {"schema": schema, "rules": rules, "rows": case.rows}


def linkml_map(cases: list[Case]) -> list[Answer]:
    """All cases in one process of its own; none where it cannot be installed."""
    python = ENVIRONMENT / "bin" / "python"
    try:
        if not python.exists():
            venv.create(ENVIRONMENT, with_pip=True)
        installed = [str(python), "-m", "pip", "install", "--quiet", LINKML_MAP]
        subprocess.run(installed, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        print(f"{LINKML_MAP} cannot be installed here: left out", file=sys.stderr)
        return []
    asked = json.dumps([linkml_rules(case) for case in cases])
    ran = subprocess.run(
        [python, "-c", _LINKML_MAP], input=asked, text=True, stdout=subprocess.PIPE, check=True
    )
    return [linkml_answer(*each) for each in zip(cases, json.loads(ran.stdout), strict=True)]


def linkml_answer(case: Case, found: list[dict[str, Any] | None]) -> Answer:
    answer = Answer(rows=len(found))
    for source, row in zip(case.rows, found, strict=True):
        for name in ("sex", "crp", "seen"):
            if row is None:
                answer.told.add((source["id"], name))
            elif row[name] is not None:
                answer.values.setdefault((source["id"], name), row[name])
    for key in [key for key in answer.values if key[1] == "seen"]:
        with suppress(ValueError):  # what is no date stays the text it is
            answer.values[key] = day(answer.values[key], SHAPES[case.study][1])
    return as_ours(answer)


def as_ours(answer: Answer) -> Answer:
    """A number as a measurement, a day without its time."""
    for key, value in answer.values.items():
        if key[1] == "crp":
            answer.values[key] = value, None
        elif isinstance(value, datetime):
            answer.values[key] = value.date()
    return answer
