"""Synthetic identifiers that are recognised at once wherever they should not be."""

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.codes import Answers

# Nobody alive was born then: a date of birth that no other demo date can be mistaken for.
BIRTH_YEAR = 1901
_FORENAMES = ("Ailsa", "Callum", "Eilidh", "Fergus", "Isla", "Morag", "Rory", "Una")


def name(chance: Chance) -> str:
    """Invent a person's name."""
    return f"ZZCANARY-{chance.choice(_FORENAMES)}-{chance.mark()}"


def email(chance: Chance) -> str:
    """Invent an e-mail address."""
    return f"zzcanary-{chance.mark()}@example.org"


def direct_identifiers(chance: Chance) -> Answers:
    """Fill the five identifier fields of the registration form."""
    return {
        "email": email(chance),
        "chi_no": f"ZZCANARY-CHI-{chance.mark()}",
        "initial": f"ZZCANARY-INITIALS-{chance.mark()}",
        "dob": f"{BIRTH_YEAR}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        "legacy_study_id": f"ZZCANARY-OLD-{chance.mark()}",
    }
