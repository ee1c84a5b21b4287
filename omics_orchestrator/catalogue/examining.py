"""What a file is, whether it is whole, what it tells of itself, and what of that is personal."""

import json
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from omics_orchestrator.catalogue.columns import File
from omics_orchestrator.folder_formats import Folder, FolderFormat, identify_folder
from omics_orchestrator.formats import (
    DamagedFileError,
    Format,
    identify,
    named_like,
    names_somebody,
    stand_in,
)
from omics_orchestrator.stores import StoredObject

IN_ITS_NAME = "the file's name"
_HEAD = 64 << 10
_ORIGIN = ("instrument", "run", "flowcell", "lane")


def examine(item: StoredObject, stream: BinaryIO) -> File:
    """Read a file to its end and say what it is, as far as `FILE_COLUMNS` tell of its content."""
    named = named_like(item.key)
    if item.size == 0:
        return _verdict(item, named, ("damaged", "it is empty"))
    found = identify(item.key, stream)
    if found is not None:
        return _examine_as(item, found, named, stream)
    stream.seek(0)
    if instead := stand_in(stream.read(_HEAD)):
        return _verdict(item, None, ("mislabelled" if named else "unrecognised", instead))
    if named is None:
        return _verdict(item, None, ("unrecognised", None))
    return _verdict(item, None, ("mislabelled", f"it is named like {named.name}, and is not one"))


def examine_folder(item: StoredObject, folder: Folder) -> File:
    """Read a folder that is one thing and say what it is, as `examine` does of a file."""
    found = identify_folder(folder.names)
    if found is None:
        return _verdict(item, None, ("unrecognised", None))
    try:
        described, personal = found.describe(folder), found.personal_fields(folder)
    except DamagedFileError as damage:
        return _verdict(item, found, ("damaged", damage.what))
    finding = found.validate(folder)
    judged = ("damaged", finding.fault) if finding.fault else ("whole", None)
    return _verdict(item, found, judged, {**described, **finding.facts}, personal)


def _examine_as(item: StoredObject, found: Format, named: Format | None, stream: BinaryIO) -> File:
    try:
        described = found.describe(stream)
        personal = found.personal_fields(stream)
    except DamagedFileError as damage:
        return _verdict(item, found, ("damaged", damage.what))
    finding = found.validate(stream)
    told = {**described, **finding.facts}
    if finding.fault is not None:
        return _verdict(item, found, ("damaged", finding.fault), told, personal)
    if named is not None and named.name != found.name and not found.may_be_called(item.key):
        fault = f"it is named like {named.name}, and is {found.name}"
        return _verdict(item, found, ("mislabelled", fault), told, personal)
    return _verdict(item, found, ("whole", None), told, personal)


def _verdict(
    item: StoredObject,
    found: Format | FolderFormat | None,
    judged: tuple[str, str | None],
    told: Mapping[str, object] | None = None,
    personal: Sequence[str] = (),
) -> File:
    facts = told or {}
    in_name = [IN_ITS_NAME] if names_somebody(item.key) else []
    return {
        "format": found.name if found else None,
        "modality": found.modality if found else None,
        "stage": found.stage if found else None,
        "status": judged[0],
        "fault": judged[1],
        "personal_fields": "; ".join([*in_name, *personal]),
        **{name: str(facts[name]) if name in facts else None for name in _ORIGIN},
        "description": json.dumps(told, sort_keys=True) if told else None,
    }
