"""What the comparison of files with the clinic found, as the warehouse keeps it."""

import polars as pl

from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.table import Column, Table

_COLUMNS = {
    "collection": "Which collection of files it belongs to",
    "path": "Where it arrived, within the collection's inbox",
    "sample_id": "The sample it was made from",
    "about": "What was compared: sex, or reference",
    "study_id": "The participant the sample is of",
    "expected": "The sex that the study recorded, or the reference that such files lie on",
    "found": "What the file shows; `unclear` when its data do not tell",
    "evidence": "The counts that show it, or where the reference is told",
    "verdict": "agrees, disagrees, or not comparable: one side is not known",
}
CONSISTENCY_SCHEMA = dict.fromkeys(_COLUMNS, pl.String())
CONSISTENCY = Table(
    TableName("omics", "file_consistency"),
    {
        # Nobody wrote the evidence, and a count of ten digits may look like a patient's number.
        name: Column(pl.String(), meaning, computed=name == "evidence")
        for name, meaning in _COLUMNS.items()
    },
    ("collection", "path", "sample_id", "about"),
    history=True,
    comment="One row a linked file, its sample and what was compared with the clinic: whether they "
    "agree.",
)
