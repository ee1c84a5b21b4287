"""Free text and sample names that say who a person is: a comment, a command line, `DOE_JANE_1961`.

Alarms are for what a reader would know a person by: a given name beside another name, a label such
as `DOB` or `MRN` with a value, a health service's number, an address of e-mail, a date in a
sample's name that is older than sequencing. Names of users in paths of computers are passed over:
nearly every header holds some, and they are the analysts'.
"""

import re
from itertools import pairwise

from omics_orchestrator.formats._personal_words import says_nothing

_GIVEN = frozenset(re.findall(r"\w+", """
    aaron abigail adam adrian agnes ahmed aisha alan albert alexander alexandra alice alison amanda
    amelia amy andrea andreas andrew angela anita anna anne annette anthony antonio arthur ashley
    barbara beatrice benjamin bernard beth betty brenda brian bruce caroline carolyn catherine
    charlotte cheryl christian christina christine christopher claire clara colin craig cynthia
    daniel danielle david deborah debra dennis diana diane dominic donald donna dorothy douglas
    duncan edward eileen elaine eleanor elena elizabeth ella ellen emily emma eric erik erika ethan
    eva evelyn fatima fiona florence fran frances francesca francesco franz fraser gareth gary
    geoffrey george georgina gerald gillian giovanni giulia giuseppe gloria gordon graham gregory
    guillaume hamish hannah hans harold harriet heather heidi helen helena henry hugh ian ibrahim
    ingrid irene isabel isabella isla jack jacob jacqueline jake james jamie jane janet janice jason
    jeffrey jennifer jeremy jessica jill jim joan joanna joanne johanna john jonathan jorge jose
    joseph joshua joyce juan judith judy julia julian julie karen karl kate katherine kathleen
    kathryn kathy katie keith kelly kenneth kerry kevin kirsty klaus larry laura lauren lawrence
    leonard leslie liam linda lisa lorraine louise lucy luis luke lynn malcolm marco margaret maria
    marie marion marjorie martha martin mary matthew maureen megan melanie melissa michael michelle
    mohamed mohammad mohammed monica morag muhammad nancy natalie natasha nathan neil nicholas
    nicola nicole nigel niamh noah olga olivia oliver
    oscar pamela patricia patrick paul paula pedro peter
    philip philippa phyllis pierre rachel ralph raymond rebecca rhona richard robert roberta roger
    ronald rosemary rory ross ruth ryan sally samantha samuel sandra sarah scott sebastian sharon
    sheila shirley simon sofia sophia sophie stefan stephanie stephen steven stuart susan suzanne
    sylvia teresa theresa thomas timothy tracy ursula valerie vanessa veronica victoria vincent
    virginia walter wendy william xavier yasmin yvonne zoe
"""))  # fmt: skip
# What stands beside a given name where no person is meant: places, firms, words of the laboratory.
_NO_NAMES = frozenset(re.findall(r"\w+", """
    and atlas bio biopsy blood cell cells center centre clinic college control controls cohort data
    dna document donor exome fastq foundation genome group hospital hopkins index innes institute
    instrument kit lab laboratory library mouse murdoch normal patient pipeline plasma pool project
    radcliffe reads ref reference river run sample samples scientific seq server study test tissue
    tumor tumour university wellcome hunter huxley watson
"""))  # fmt: skip
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]{2,}(?![a-z])")
# Paths into somebody's own folder, whose name is an account's.
_HOMES = re.compile(r"(?i)(?:[/\\](?:home|users|scratch|work)|~)[/\\]*[^/\\\s,;\"'\]]+")
_LABEL = re.compile(
    r"""(?ix) (?<![\w-])
    (?: patient(?:[ _-]?(?:name|id))? | surname | forename | (?:first|last|family)[ _-]?name
      | d\.?o\.?b | date[ _-]of[ _-]birth | birth[ _-]?date | mrn | medical[ _-]record(?:[ _-]\w+)?
      | (?:nhs|chi|hospital)[ _-]*(?:no|number|num)\.? | nhs | ssn | social[ _-]security )
    \b\.? (?: \s*[:=\#]\s* | \s+(?=[\d"']) ) ["']?
    (?P<value>[^\s,;>"']+) (?: [ ](?P<next>[^\s,;>"']+) )?
    """
)
_HEALTH_NUMBER = re.compile(r"(?<![\dA-Za-z.:/-])(\d{3})([ -]?)(\d{3})\2(\d{4})(?![\dA-Za-z.:/-])")
_MAIL = re.compile(r"(?<![\w.+-])([\w.+-]+)@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b")
_ROLE = re.compile(
    r"(?i)(?:\w*[-_.])?(?:admin|bio\w*|contact|data|dev|enquir\w+|help\w*|info|lists?|maintainer"
    r"|no-?reply|office|root|service|support|team|users?)\d*"
)
# Sequencers of today are no older; a day before them is a day of somebody's life.
_OLD_DAY = re.compile(
    r"(?<!\d)(?:(?:19\d\d|200[0-4])([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])([-_.])(?:0[1-9]|1[0-2])\2(?:19\d\d|200[0-4]))(?!\d)"
)


def names_somebody(name: str) -> bool:
    """Tell whether a sample's name is a person's, or holds a date of birth."""
    if _OLD_DAY.search(name) or _holds_health_number(name):
        return True
    return holds_a_name(name)


def tells_of_a_person(text: str) -> bool:
    """Tell whether free text says who a person is."""
    return (
        any(map(_is_told, _LABEL.finditer(text)))
        or _holds_health_number(text)
        or any(not _ROLE.fullmatch(box) for box in _MAIL.findall(text))
        or holds_a_name(text)
    )


def holds_a_name(text: str) -> bool:
    """Tell whether a common given name stands right beside a word that may be a surname."""
    text = _HOMES.sub("/", text)
    words = list(_WORD.finditer(text))
    return any(
        _are_a_name(one[0], text[one.end() : two.start()], two[0]) for one, two in pairwise(words)
    )


def _are_a_name(one: str, between: str, two: str) -> bool:
    words = {one.lower(), two.lower()}
    if len(words) == 1 or not words & _GIVEN or words & _NO_NAMES:
        return False
    # In running text names are capitalised; in names of samples and files they are joined.
    capitalised = one[0].isupper() and two[0].isupper()
    return between in ("_", ".", "-") or (capitalised and between in ("", " ", ",", ", "))


def _is_told(label: re.Match[str]) -> bool:
    value = label["value"]
    if label[0].lower().startswith("patient"):
        # "patient: 12" and a pseudonym are what studies link by.
        following = label["next"] or ""
        return value.isalpha() and value[0].isupper() and following[:1].isupper()
    return not says_nothing(value) and any(map(str.isalnum, value))


def _holds_health_number(text: str) -> bool:
    return any(
        _checks(f"{a}{b}{c}", parted=bool(part)) for a, part, b, c in _HEALTH_NUMBER.findall(text)
    )


def _checks(digits: str, *, parted: bool) -> bool:
    """Tell whether the tenth digit of an NHS or CHI number fits; times of Unix begin with 1."""
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9]))
    fits = (11 - total % 11) % 11 == int(digits[9])
    return fits and len(set(digits)) > 1 and (parted or digits[0] in "4679")
