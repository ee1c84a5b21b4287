"""Which files may be published: Postgres itself decides, by `omics.publishable_file`, as it stands.

A table would still hold a file in which a person's name was found a moment ago; a view does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import Connection

_NOTE = """
    insert into ops.file_examination (collection, examined_by) values (%s, %s)
    on conflict (collection) do update
    set examined_by = excluded.examined_by, noted_at = excluded.noted_at
    where ops.file_examination.examined_by <> excluded.examined_by
"""
_BY_REASON = "select reason, count(*) from omics.withheld_file group by 1 order by 2 desc, 1"
_UNFIT = """
    select count(*) from omics.publishable_file join omics.file as f using (collection, path)
    where f._valid_to is null and (f.status <> 'whole' or f.personal_fields <> '')
"""


@dataclass(frozen=True)
class Standing:
    """How many files may be published, and why the others may not.

    Attributes:
        files: the present files of the register.
        publishable: those that may be published.
        withheld: reason → files.
        unfit: files that may be published and are not whole or may name a person: none, ever.
    """

    files: int
    publishable: int
    withheld: Mapping[str, int]
    unfit: int

    @property
    def is_sound(self) -> bool:
        """Whether every file is either publishable or has one reason, and none is unfit."""
        return self.unfit == 0 and self.files == self.publishable + sum(self.withheld.values())


def note(connection: Connection, collection: str, mark: str) -> None:
    """Note by which rules the files of a collection are examined from now on."""
    connection.execute(_NOTE, (collection, mark))


def standing(connection: Connection) -> Standing:
    """Count the files by what may be done with them; the register is there."""
    with connection.transaction():
        return Standing(
            files=_count(connection, "select count(*) from omics.file where _valid_to is null"),
            publishable=_count(connection, "select count(*) from omics.publishable_file"),
            withheld=dict(connection.execute(_BY_REASON).fetchall()),
            unfit=_count(connection, _UNFIT),
        )


def _count(connection: Connection, statement: str) -> int:
    (found,) = connection.execute(statement.encode()).fetchall()
    return int(found[0])
