"""Names of columns and fields that say that what they hold tells who a person is.

A rule of whole words, because a false alarm stops a publication: `patient_name`, `PatientName` and
`patientname` are the same run of words, `gene_name` and `sample_name` are none, and the word before
a run may say that it is of no person (`mouse_dob`, `gene full name`, `ip_address`, the gene
`HLA-DOB`). Pseudonyms (`donor_id`, `patient_id`) are what studies link by, and no alarm.
"""

import re
import unicodedata
from itertools import product

_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LINKING = frozenset({"of", "the", "s"})
_MOST_WORDS = 3

_PEOPLE = (
    "patient", "pt", "participant", "subject", "donor", "person", "client", "proband", "volunteer",
    "child", "mother", "father", "parent", "partner", "spouse", "guardian", "carer", "relative",
    "doctor", "clinician", "physician", "consultant", "surgeon", "nurse", "gp", "operator", "user",
    "contact",
)  # fmt: skip
_NAMES = ("name", "forename", "surname", "initials")
_PARTS = ("first", "last", "full", "given", "family", "middle", "maiden", "preferred", "legal")
_NUMBERED = (
    "nhs", "chi", "ni", "hospital", "nationalinsurance", "socialsecurity", "medicalrecord",
    "medicare", "healthcard", "healthcare", "health", "passport", "phone", "telephone", "tel",
    "mobile", "fax", "licence", "license", "drivinglicence", "cpr", "bsn", "mrn",
)  # fmt: skip
_NUMBER = ("number", "no", "num", "nr")

_RUNS = frozenset({
    "forename", "surname", "nickname", "username", "initials", "dob", "birthdate", "birthday",
    "datebirth", "dateofbirth", "nameofpatient", "namepatient", "namesubject", "nameparticipant",
    "email", "phone", "telephone", "fax", "postcode", "postalcode", "zipcode", "address",
    "homeaddress", "emailaddress", "streetaddress", "postaladdress", "mrn", "ssn", "nhsid", "chiid",
    "socialsecurity", "nationalinsurance", "medicalrecord", "nextkin", "nextofkin", "passport",
    "vorname", "nachname", "geburtsdatum", "geburtstag", "prenom", "datenaissance",
    "datedenaissance", "apellido", "apellidos", "cognome", "voornaam", "achternaam",
    "geboortedatum", "fornavn", "efternavn", "personnummer",
    *map("".join, product(_PEOPLE, _NAMES)),
    *map("".join, product(_PARTS, ("name",))),
    *map("".join, product(_NUMBERED, _NUMBER)),
})  # fmt: skip
_WHOLE = frozenset({"name", "names", "chi", "nhs", "zip", "street", "tel", "mobile"})
_NO_PERSON = frozenset({
    "gene", "protein", "transcript", "taxon", "taxonomy", "taxonomic", "species", "strain", "genus",
    "cell", "sample", "file", "dataset", "data", "cluster", "feature", "compound", "metabolite",
    "peptide", "pathway", "drug", "antibody", "marker", "library", "project", "study", "site",
    "batch", "assay", "instrument", "software", "institution", "department", "country",
    "mouse", "animal", "rat", "pup", "dam", "sire", "fish", "hla", "ip", "mac", "web", "memory",
    "url", "server", "host",
})  # fmt: skip

_NOTHING = frozenset({
    "", "na", "nan", "none", "null", "nil", "unknown", "unspecified", "notavailable",
    "notapplicable", "notprovided", "notcollected", "notrecorded", "anonymous", "anonymized",
    "anonymised", "anon", "deidentified", "pseudonymized", "pseudonymised", "removed", "redacted",
    "deleted", "masked", "withheld", "restricted", "blank", "empty", "test", "tbd", "x", "xx",
    "xxx", "xxxx",
})  # fmt: skip


def names_a_person(name: str) -> bool:
    """Tell whether a column or field called `name` says who a person is.

    A column that is only called `name` does; who knows that its rows are genes or taxa asks not.
    """
    if name.strip().lower() in _WHOLE:
        return True
    words = _words(name)
    return any(
        "".join(words[start:end]) in _RUNS and (start == 0 or words[start - 1] not in _NO_PERSON)
        for start in range(len(words))
        for end in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1)
    )


def says_nothing(value: str) -> bool:
    """Tell whether a field's value is blank or a placeholder: Anonymous, N/A, removed, *** …."""
    said = "".join(_words(value))
    return said in _NOTHING and bool(said or not any(map(str.isalnum, value)))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    found = (word.lower() for word in _WORD.findall(plain))
    return ["name" if word == "names" else word for word in found if word not in _LINKING]
