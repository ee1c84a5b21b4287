"""The codes of GI-DAMPs' REDCap choices that the generator reasons with."""

from enum import IntEnum, StrEnum

Answers = dict[str, str]


class Group(StrEnum):
    """`study_group_name`."""

    CROHNS = "1"
    COLITIS = "2"
    UNCLASSIFIED = "3"
    NOT_IBD = "4"
    AWAITING = "5"
    HEALTHY = "6"

    @property
    def has_ibd(self) -> bool:
        """Whether the diagnosis is an inflammatory bowel disease."""
        return self in (Group.CROHNS, Group.COLITIS, Group.UNCLASSIFIED)

    @property
    def is_scored_as_colitis(self) -> bool:
        """Whether SCCAI, UCEIS and Mayo are used rather than the Crohn's disease scores."""
        return self in (Group.COLITIS, Group.UNCLASSIFIED)


class Centre(StrEnum):
    """`registration_location`; Glasgow's and Dundee's codes also stand in their study ids."""

    EDINBURGH = "1"
    GLASGOW = "136"
    DUNDEE = "138"


class Status(IntEnum):
    """`ibd_status`, from quiet to severe."""

    BIOCHEMICAL_REMISSION = 0
    REMISSION = 1
    ACTIVE = 2
    HIGHLY_ACTIVE = 3
    NOT_APPLICABLE = 4

    @property
    def severity(self) -> int:
        """How ill: 0 (well, or no IBD) to 3."""
        return 0 if self is Status.NOT_APPLICABLE else int(self)


class Setting(StrEnum):
    """`sampling_setting`."""

    INPATIENT = "1"
    OUTPATIENT = "2"
    ENDOSCOPY = "3"


# A yes/no field, and a radio whose no is 2.
YES_NO = {True: "1", False: "0"}
YES_TWO = {True: "1", False: "2"}


def ticked(field: str, *codes: str) -> Answers:
    """Tick boxes of a checkbox field; REDCap stores no value for the others."""
    return {f"{field}___{code}": "1" for code in codes}
