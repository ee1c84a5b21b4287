"""Files of people whose sex is public knowledge show it, as far as they are long enough."""

from pathlib import Path

import pytest

from omics_orchestrator.formats import formats

TRIO = "CEUTrio-merged-indels-snps.vcf"
MOTHER_AND_DAUGHTER, FATHER = ("NA12892", "NA12878"), "NA12891"


@pytest.mark.fixtures
def test_a_father_has_no_heterozygous_genotype_on_x(shared: Path) -> None:
    (path,) = (shared / "fixtures").rglob(TRIO)
    with path.open("rb") as stream:
        facts = formats()["vcf"].read_through(stream)
    shown = {each["sample"]: each for each in facts["sex_evidence"]}  # type: ignore[attr-defined]  # a list
    assert shown[FATHER]["x_alternate"] > 0
    assert shown[FATHER]["x_heterozygous"] == 0
    assert sum(shown[name]["x_heterozygous"] for name in MOTHER_AND_DAUGHTER) > 0
