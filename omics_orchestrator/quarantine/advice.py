"""What to do where no line of a study file mends it."""

ALREADY_MENDED = "the rule reads all of these now: replay, and they leave quarantine"
NOT_FOUND = "its values are not found in the snapshot: OMICS_KEY is another than when it was loaded"
_AT_THE_SOURCE = "look at the values, then have them corrected at the source"
_OF_REASON = {
    "no_key": "the key cannot be read: mend its own fields, or have the record corrected",
    "duplicate_key": "several rows have one key: say in `rows` which repeat counts "
    "({table: …, instance: first}), put what tells them apart into `grain`, or have the record "
    "corrected",
    "several_ticked": "or have all but one of the boxes unticked at the source",
}
_BY_PROJECT = {
    "unknown_code": "the project has no such choice any more: add it to the field in REDCap, or "
    "have the record corrected",
    "no_key": "the row stands at an event that its form is not designated to: have it removed",
    "duplicate_key": "two rows of the form have one key: have one of them removed",
}


def of(reason: str, *, by_project: bool = False) -> str:
    """Say what to do about cells that are held for a reason.

    Args:
        reason: why they are held.
        by_project: a REDCap project's own dictionary typed the table, and no study file.
    """
    if by_project:
        return _BY_PROJECT.get(
            reason, "the field's validation in REDCap does not take it: have the record corrected"
        )
    return _OF_REASON.get(reason, _AT_THE_SOURCE)
