"""Numbered fields of a study file, written as one."""

from omics_orchestrator.dictionary.rules import AnyOf
from omics_orchestrator.dictionary.tables import Beside, Table


def test_numbered_fields_are_spelt_out_wherever_fields_are_listed() -> None:
    table = Table.model_validate({
        "description": "Made up.",
        "rows": ["redcap.visit"],
        "grain": ["study_id"],
        "as_named": ["age", "item_{9..11}"],
        "ignore": {"free text": ["note", "note_{2..3}", "mh_{1..2}_text"]},
    })  # fmt: skip
    assert table.as_named == ("age", "item_9", "item_10", "item_11")
    assert table.ignore["free text"] == ("note", "note_2", "note_3", "mh_1_text", "mh_2_text")
    looked_in = AnyOf.model_validate({"fields": ["drug", "drug_{2..3}"], "codes": [1]})
    assert looked_in.fields == ("drug", "drug_2", "drug_3")
    assert Beside.model_validate({"table": "cucq32", "only": ["q_{1..2}"]}).only == ("q_1", "q_2")
