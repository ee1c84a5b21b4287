"""What says who a person is, and what only looks so."""

import pytest

from omics_orchestrator.formats._person_text import names_somebody, tells_of_a_person


@pytest.mark.parametrize(
    "name",
    ["Jane Doe", "DOE_JANE_19610203", "JaneDoe", "jane.doe", "Doe, Jane", "IBD_1961-02-03",
     "03.02.1961", "943 476 5919", "S1_9434765919_L001"],
)  # fmt: skip
def test_a_sample_named_like_a_person_is_told(name: str) -> None:
    assert names_somebody(name)


@pytest.mark.parametrize(
    "name",
    ["NA12878", "NIST7035", "ERS225193", "c-tumor2", "IBD-001", "GIDAMPS-0004_D0", "20230405_S1",
     "Sheila", "Healthy Control", "Charles River", "john_tumor", "HG00096", "TCGA-02-0001-01C-01D",
     "S1_9434765918_L001", "1609459200", "0000000000", "Mus musculus", "19999999", "",
     "MaryMary", "lib-11111"],
)  # fmt: skip
def test_an_ordinary_sample_name_is_none(name: str) -> None:
    assert not names_somebody(name)


@pytest.mark.parametrize(
    "text",
    ["Patient: Jane Doe MRN 00123456", "bwa mem C:/Users/x/ref.fa /data/patients/Jane_Doe/R1.fq.gz",
     "DOB 1961-02-03", "d.o.b.: 3/2/61", "NHS number 123", "jane@example.org", "sent to Jane Doe",
     'Description="surname=Smith"', "943 476 5919", "Date of birth: unknown until 1961 MRN=5"],
)  # fmt: skip
def test_text_about_a_person_is_told(text: str) -> None:
    assert tells_of_a_person(text)


@pytest.mark.parametrize(
    "text",
    ["/Users/jane_doe/bin/bwa mem -t 8 ref.fa", "C:\\Users\\jane.doe\\bwa.exe", "MRN: removed",
     "DOB=NA", "SN:CHROMOSOME_I LN:1009800", "4.2 (build 2015-12-05), by Pablo Cingolani",
     "contact help@ensembl.org", "HLA-DOB = 5", "min patient: 3", "patient=P001", "--chi=3",
     "phone_home=NO_ET", "Epoch=1467294567175", "view -s laura is here", "mark_duplicates", ""],
)  # fmt: skip
def test_ordinary_text_is_none(text: str) -> None:
    assert not tells_of_a_person(text)
