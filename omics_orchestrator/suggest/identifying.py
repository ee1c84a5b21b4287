"""Fields that tell who somebody is, by their flag, their validation, or what they are called."""

import re

from omics_orchestrator.suggest.words import pieces

_FLAGGED = "flagged as an identifier"
_KINDS = ("email", "phone", "postalcode", "zipcode", "ssn", "mrn", "vmrn")
_WORDS = frozenset({
    "address", "dob", "email", "fax", "forename", "initial", "initials", "mobile", "mrn",
    "passport", "phone", "postcode", "ssn", "surname", "tel", "telephone", "zip",
})  # fmt: skip
_PHRASES = re.compile(
    r"\b(?:e mail|post code|date of birth|birth date|first name|last name|full name|given name|"
    r"family name|middle name|maiden name|patient name|name of (?:the )?(?:patient|participant)|"
    r"(?:nhs|chi|hospital) (?:number|no|num)|medical record number|next of kin|social security)\b"
)


def why_identifying(
    name: str, label: str, validation: str = "", *, is_flagged: bool = False
) -> str:
    """Tell why a field is taken for an identifier; "" where it is not."""
    if is_flagged:
        return _FLAGGED
    if validation.startswith(_KINDS):
        return f"its validation is {validation}"
    for what, text in (("name", name), ("label", label)):
        said = pieces(text)
        if _WORDS.intersection(said) or _PHRASES.search(" ".join(said)):
            return f"its {what} says so"
    return ""
