"""Documents that are attached to records: where there are any, and their bytes."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from redcap.project import Project

from omics_orchestrator.redcap_project.description import EVENT, FORM, INSTANCE
from omics_orchestrator.sources._redcap_answers import TooMuchError
from omics_orchestrator.sources._redcap_client import Client, rows

_SUFFIX = re.compile(r"\.([A-Za-z0-9]{1,8}(?:\.gz)?)$")


class Document(NamedTuple):
    """A document as REDCap keeps it: its place, and the number that changes with its content.

    `event` and `instrument` are "" and `instance` is 0 where there are none.
    """

    record: str
    event: str
    instrument: str
    instance: int
    field: str
    number: str


def documents(
    client: Client, record: str, fields: Sequence[str], ids: Sequence[str]
) -> list[Document]:
    """List the documents in some file fields of all records.

    Raises:
        TransientError: the answer lacks a record.
    """
    answer = client.ask(
        "the documents' numbers",
        lambda project: rows(
            project.export_records(record_type="eav", fields=[record, *fields]),
            "record",
            "field_name",
            "value",
        ),
    )
    came = {str(row["record"]) for row in answer}
    if came != set(ids):
        raise TooMuchError(
            f"the list of documents speaks of {len(came)} records, and there are {len(ids)}",
            mend="run again; if it lasts, look at REDCap's error log: answers are cut.",
            **client.place,
        )
    return sorted(
        Document(
            str(row["record"]),
            str(row.get(EVENT) or ""),
            str(row.get(FORM) or ""),
            int(row.get(INSTANCE) or 0),
            str(row["field_name"]),
            str(row["value"]),
        )
        for row in answer
        if row["field_name"] in fields and row["value"]
    )


def fetch(client: Client, document: Document) -> tuple[bytes, str]:
    """Fetch a document: its bytes, and the suffix of its name, which is all that is kept of it."""

    def call(project: Project) -> tuple[bytes, dict[str, str]]:
        content, about = project.export_file(
            document.record,
            document.field,
            event=document.event or None,
            repeat_instance=document.instance or None,
        )
        if "name" not in about:
            raise ValueError("a document has a name")
        return content, about

    content, about = client.ask("a document", call)
    suffix = _SUFFIX.search(about["name"])
    return content, suffix[1].lower() if suffix else "bin"
