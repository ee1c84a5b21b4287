"""A column that names a person is told by whole words, and nothing of an omic table is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.formats._personal_words import (
    names_a_person,
    says_nothing,
)

OF_A_PERSON = """
name Name NAME patient_name PatientName patientname patient.name patient-name Patient_Names
PATIENT_NAME participant_name subject.name donor_name mother_name first_name FirstName firstname
last_name lastName full_name given_name middle_name maiden_name family_name surname Surname
forename nickname initials patient_initials dob DOB DoB dob_1 patient_dob date_of_birth
DateOfBirth dateofbirth birth_date BirthDate birthdate birthday nhs nhs_number NHSNumber NHS_no
nhsnumber nhs_id chi CHI chi_number chi_no mrn MRN patient_mrn hospital_number HospitalNo ssn
social_security_number medical_record_number email e-mail E_Mail EmailAddress contact_email
address Address home_address address_line_1 postcode post_code Postal_Code zip zip_code phone
phone_number telephone mobile_no tel_no fax passport passport_number next_of_kin user_name
Geburtsdatum Nachname Vorname Prénom surgeon_name clinician_name mother_last_name
MRN1 email2
"""
OF_AN_OMIC_TABLE = """
gene_name sample_name donor_id file_name dataset_name gene_names filename SampleName
patient_id PatientID participant subject subject_id donor patient individual person_id sample
feature_name transcript_name cell_name cluster_name taxon_name species_name clade_name
gene_full_name protein_full_name HLA-DOB HLA.DOB HLA_DOB DOBI mouse_dob animal_birth_date
ip_address mac_address chi2 chi_square chi_squared chisq CHI3L1 TELO2 FAXC mobile_phase
mobility HL60.initial initial initial_dose zip_file gzip birth_weight year_of_birth age sex
phonetic nhs_site hospital hospital_id hospital_site contact contact_map signature_score
first_seen last_update full_length given_dose family family_id R.FileName PG.ProteinNames
Protein.Names Genes run_name library_name fov_name orig.ident cell_type health status names_id
SampleID PlateID Assay NPX QC_Warning MRNA mrna mRNA mRNAs no_of_cells n_genes percent.mt
condition replicate telomere user operator
"""


@pytest.mark.parametrize("name", OF_A_PERSON.split())
def test_a_name_of_a_person_is_told(name: str) -> None:
    assert names_a_person(name)


@pytest.mark.parametrize(
    "name",
    ["Patient's name", "name of the patient", "Name of patient", "Date of birth", "NHS number"],
)
def test_a_label_in_words_is_told(name: str) -> None:
    assert names_a_person(name)


@pytest.mark.parametrize("name", OF_AN_OMIC_TABLE.split())
def test_no_column_of_an_omic_table_is_taken_for_a_person(name: str) -> None:
    assert not names_a_person(name)


@pytest.mark.parametrize(
    "name",
    ["Protein names", "Gene names", "Fasta headers", "Majority protein IDs", "Sample Name", ""],
)
def test_no_label_of_an_omic_table_is_taken_for_a_person(name: str) -> None:
    assert not names_a_person(name)


@given(st.sampled_from(["patient_name", "nhs_number", "dob"]), st.sampled_from("_.- "))
def test_how_words_are_joined_makes_no_difference(name: str, joint: str) -> None:
    joined = name.replace("_", joint)
    assert names_a_person(joined)
    assert names_a_person(joined.upper())
    assert names_a_person(f"x{joint}{joined}{joint}2")


@pytest.mark.parametrize(
    "value", ["", "  ", "NA", "n/a", "Anonymous", "REMOVED", "***", "XXXX", "-"]
)
def test_a_placeholder_says_nothing(value: str) -> None:
    assert says_nothing(value)


@pytest.mark.parametrize("value", ["Anna Example", "19560412", "Annon", "Removed^Anna", "安娜"])
def test_a_value_that_is_none_says_something(value: str) -> None:
    assert not says_nothing(value)
