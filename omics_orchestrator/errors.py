"""Every error the platform raises on purpose, and whether trying again can help.

    OmicsError
    ├── TransientError        the same call may succeed later: retried with back-off
    └── PermanentError        only a person can mend it: every retry stops
        ├── ConfigurationError    a setting is missing or wrong
        ├── DictionaryError       a file of the data dictionary is wrong (all problems at once)
        ├── SourceError           a source answered, and the answer cannot be used
        ├── StoreError            an object store refused, or an object is not what it was
        ├── WarehouseError        Postgres refused a load
        └── DamagedFileError      an omic file is not whole (`formats`)

An error names the place (study, source, table, field, rule, file, count) and how to mend it. It
never holds a cell's value or a secret, so it may be shown to anyone who may see the run.
"""

from collections.abc import Sequence


class OmicsError(Exception):
    """An error with its place and its remedy.

    Args:
        what: what happened, in one sentence without a full stop.
        mend: what a person does about it, as an imperative sentence.
        place: study, source, table, field, rule, file, count … as far as they are known.
    """

    def __init__(self, what: str, *, mend: str, **place: str | int) -> None:
        self.what = what
        self.mend = mend
        self.place = place
        super().__init__(what)

    def __str__(self) -> str:
        where = ", ".join(f"{name} {value}" for name, value in self.place.items())
        return f"{where + ': ' if where else ''}{self.what}. To mend: {self.mend}"


class TransientError(OmicsError):
    """The same call may succeed later."""


class PermanentError(OmicsError):
    """Trying again cannot help."""


class ConfigurationError(PermanentError):
    """A setting is missing or wrong."""


class SourceError(PermanentError):
    """A source answered, and its answer cannot be used."""


class StoreError(PermanentError):
    """An object store refused, or an object is not what it was."""


class WarehouseError(PermanentError):
    """Postgres refused a load."""


class DictionaryError(PermanentError):
    """The data dictionary is wrong; `problems` lists every mistake found, each with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            f"{len(self.problems)} problem{'' if len(self.problems) == 1 else 's'} in the data "
            "dictionary:\n  " + "\n  ".join(self.problems),
            mend="correct the lines named above, then run `omics dictionary check`.",
        )

    def __str__(self) -> str:
        return f"{self.what}\nTo mend: {self.mend}"
