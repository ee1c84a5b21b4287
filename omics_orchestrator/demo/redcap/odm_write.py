"""A seed as the project file that REDCap would write of it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from omics_orchestrator.demo.redcap.odm_markup import element, escaped
from omics_orchestrator.demo.redcap.odm_terms import ODM, REDCAP
from omics_orchestrator.demo.redcap.odm_write_study import global_variables, metadata_version
from omics_orchestrator.demo.redcap.odm_write_subjects import SubjectWriter
from omics_orchestrator.demo.redcap.seed import Seed


def write(
    seed: Seed,
    *,
    version: str,
    at: datetime,
    with_records: bool = True,
    with_files: bool = True,
) -> Iterator[str]:
    """Yield a project file piece by piece, a record at a time.

    What the format has no place for is left out, as REDCap leaves it out: the query of a field of
    dynamic SQL, and values where their form cannot be filled in.

    Args:
        seed: the project.
        version: the REDCap version that the file names as its maker.
        at: the time that the file names.
        with_records: write the records too, or the definition only.
        with_files: write the content of files too; else their names stand for them.
    """
    definition = seed.definition
    title = definition.title
    short = re.sub(r"[^A-Za-z0-9]", "", title)
    study, metadata = f"Project.{short}", f"Metadata.{short}_{at:%Y-%m-%d_%H%M}"
    yield _head(title, version, at)
    content = "metadata, events, and data" if with_records else "metadata"
    description = f'This file contains the {content} for REDCap project "{title}".'
    yield element(
        "Study",
        {"OID": study},
        (global_variables(seed, description), metadata_version(definition, metadata)),
    )
    if with_records:
        yield f'<ClinicalData StudyOID="{study}" MetaDataVersionOID="{metadata}">\n'
        writer = SubjectWriter(definition)
        for record in seed.records:
            yield writer.subject(record if with_files else replace(record, files=()))
        yield "</ClinicalData>\n"
    yield "</ODM>\n"


def _head(title: str, version: str, at: datetime) -> str:
    attributes = {
        "xmlns": ODM,
        "xmlns:ds": "http://www.w3.org/2000/09/xmldsig#",
        "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "xmlns:redcap": REDCAP,
        "xsi:schemaLocation": f"{ODM} schema/odm/ODM1-3-1.xsd",
        "ODMVersion": "1.3.1",
        "FileOID": "000-00-0000",
        "FileType": "Snapshot",
        "Description": title,
        "AsOfDateTime": f"{at:%Y-%m-%dT%H:%M:%S}",
        "CreationDateTime": f"{at:%Y-%m-%dT%H:%M:%S}",
        "SourceSystem": "REDCap",
        "SourceSystemVersion": version,
    }
    written = " ".join(f'{name}="{escaped(value)}"' for name, value in attributes.items())
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n<ODM {written}>\n'
