"""`omics dictionary suggest`: a first draft of a study file from what a source says of itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import create_engine
from sqlalchemy.exc import ArgumentError

from omics_orchestrator import settings
from omics_orchestrator.demo.redcap import odm_read
from omics_orchestrator.dictionary.load import read
from omics_orchestrator.dictionary.model import Dictionary, RedcapSource
from omics_orchestrator.errors import ConfigurationError, DictionaryError
from omics_orchestrator.naming import is_part
from omics_orchestrator.redcap_project import project_files
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.settings import Settings
from omics_orchestrator.sources.redcap import connect, describe
from omics_orchestrator.suggest import redcap_outline, sheet_outline, sql_outline
from omics_orchestrator.suggest.draft import Draft, draft
from omics_orchestrator.suggest.offer import Outline
from omics_orchestrator.suggest.written_draft import written_draft

_SPREADSHEETS = "OMICS_SPREADSHEETS_URL"
_REDCAP = "redcap"
# Of a data dictionary as people download it, and as the API gives it.
_FIRST_COLUMN = ("Variable / Field Name", "field_name")
_ENOUGH = 64


def suggest(
    study: Annotated[str, typer.Argument(help="What the new study is called, in small letters")],
    origin: Annotated[
        str,
        typer.Option(
            "--from",
            help="A REDCap data dictionary as .csv or project as .xml, a table as .csv or .xlsx, "
            "or the name of the setting that holds the address of a project or database",
        ),
    ] = "",
    known: Annotated[
        list[str] | None,
        typer.Option(help="STUDY=FILE: the REDCap data dictionary of a study that we have"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A new file; without one, it is printed")] = None,
) -> None:
    """Draft a study file: fields that clearly are variables of ours, each with its evidence.

    What is not clear is left open, with its candidates. No value of a participant is read from
    REDCap or a database; of a spreadsheet, values tell how a column is written, and are not shown.
    """
    folder = Settings.from_environment().dictionary
    if not is_part(study):
        raise ConfigurationError(
            f"{study!r} cannot be the name of a study",
            mend="write it in small letters and digits, parted by single underscores.",
        )
    if out is not None and out.exists():
        raise ConfigurationError(f"{out} is there already", mend="name a new file with --out.")
    dictionary, problems = read(folder)
    # A study file that is wrong tells less; without the variables there is nothing to suggest.
    if wrong := [each for each in problems if not each.startswith("studies/")]:
        raise DictionaryError(wrong)
    projects = _projects(folder, dictionary, known or [])
    source, outline = _outline(folder, study, origin)
    drafted = draft(dictionary, projects, outline, study=study, source=source)
    text = written_draft(drafted, [*dictionary.variables, *dictionary.value_sets])
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
    _tell(drafted, out)


def _tell(drafted: Draft, out: Path | None) -> None:
    """Say what the draft holds, beside it and not in it."""
    console = Console(stderr=True, highlight=False)
    width = max(len(f"{count:,}") for count in drafted.counts.values())
    for what, count in drafted.counts.items():
        console.print(f"{count:>{width},}  {what}", markup=False)
    where = out or "it"
    console.print(
        f"Read {where} through, put it into studies/{drafted.study}.yaml, then run `omics "
        "dictionary check`.",
        markup=False,
        soft_wrap=True,
    )


def _outline(folder: Path, study: str, origin: str) -> tuple[str, Outline]:
    """What the source is to be called, and what it says of itself."""
    url = f"{study}_REDCAP_URL".upper()
    if not origin:
        found = project_files.find(folder, f"{study}__{_REDCAP}")
        if found is None and not settings.environment().get(url):
            raise ConfigurationError(
                f"nothing tells what the project of {study} is",
                mend=f"give its data dictionary with --from FILE, put it into the dictionary's "
                f"{project_files.FOLDER}/{study}__{_REDCAP}.csv, or set {url} and {_token(url)}.",
            )
        return _REDCAP, _of_project(found or _asked(study, url), url)
    path = Path(origin)
    if path.is_file():
        if project := _project(path):
            return _REDCAP, _of_project(project, url)
        found_sheet = sheet_outline.outline(path.name, path.read_bytes(), folder=_SPREADSHEETS)
        return "sheet", found_sheet
    address = settings.variable(origin) if origin.isidentifier() and origin.isupper() else ""
    if address.startswith("http"):
        return _REDCAP, _of_project(_asked(study, origin), origin)
    if address:
        return "database", _of_database(address, origin)
    raise ConfigurationError(
        f"{origin} is no file, and no name of a setting",
        mend="give --from a file, or a name such as MYSTUDY_REDCAP_URL.",
    )


def _of_project(described: Description, url: str) -> Outline:
    return redcap_outline.outline(described, url=url, token=_token(url))


def _token(url: str) -> str:
    """The setting of a token has the name of the address's, but for its end."""
    return f"{url.removesuffix('_URL')}_TOKEN"


def _asked(study: str, url: str) -> Description:
    """What a project says of itself when its server is asked."""
    place = {"study": study, "source": _REDCAP}
    address = settings.variable(url, **place)
    token = settings.variable(_token(url), **place)
    return describe(connect(address, token, study=study, source=_REDCAP))


def _of_database(address: str, name: str) -> Outline:
    try:
        engine = create_engine(address)
    except (ArgumentError, ImportError):
        raise ConfigurationError(
            f"{name} is no address of a database",
            mend="write it as postgresql+psycopg://….",
        ) from None
    try:
        return sql_outline.outline(engine, url=name)
    finally:
        engine.dispose()


def _project(path: Path) -> Description | None:
    """A project by its data dictionary, and the settings beside it; None for any other table."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            start = file.read(_ENOUGH).lstrip()
    except UnicodeDecodeError:
        return None
    if start.startswith("<"):
        return _exported(path)
    if not start.removeprefix('"').startswith(_FIRST_COLUMN):
        return None
    told = path.with_suffix(".json")
    return project_files.describe(
        path.stem,
        path.read_text(encoding="utf-8-sig"),
        told.read_text(encoding="utf-8") if told.is_file() else None,
    )


def _exported(path: Path) -> Description:
    """A project by the XML file that REDCap exports; its records are not looked at."""
    said = odm_read.read(path).definition
    events = said.event_names if said.is_longitudinal else ()
    return Description(
        project_id="",
        title=said.title,
        version="",
        is_longitudinal=said.is_longitudinal,
        dictionary=said.dictionary,
        events=events,
        designations=tuple((at, form) for at in events for form in said.designated_forms(at)),
        repeating=said.repeating,
        missing_codes=said.missing_data_codes,
    )


def _refuse_unknown(dictionary: Dictionary, name: str, path: str) -> None:
    if not path:
        raise ConfigurationError(
            f"--known {name} names no file", mend="write it as --known STUDY=FILE."
        )
    if name not in dictionary.studies:
        raise ConfigurationError(
            f"there is no study {name}", mend="name one that has a sound file in studies/."
        )
    if not Path(path).is_file() or _project(Path(path)) is None:
        raise ConfigurationError(
            f"{path} is no data dictionary of REDCap",
            mend="download it in REDCap's Data Dictionary or Project Setup, and correct the path.",
        )


def _projects(
    folder: Path, dictionary: Dictionary, known: list[str]
) -> Mapping[str, Mapping[str, Description]]:
    """What the projects of our studies say of themselves, as far as their files are at hand."""
    given = dict(each.partition("=")[::2] for each in known)
    for name, path in given.items():
        _refuse_unknown(dictionary, name, path)
    found: dict[str, dict[str, Description]] = {}
    for name, study in dictionary.studies.items():
        for source, each in study.sources.items():
            if isinstance(each, RedcapSource):
                described = (
                    _project(Path(given[name]))
                    if name in given
                    else project_files.find(folder, f"{name}__{source}")
                )
                if described is not None:
                    found.setdefault(name, {})[source] = described
    return found
