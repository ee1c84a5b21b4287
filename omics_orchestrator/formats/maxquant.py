"""Tables of MaxQuant's `txt` folder: protein groups, peptides, evidence, spectra, sites …."""

from omics_orchestrator.formats._personal_words import says_nothing
from omics_orchestrator.formats._table import Dialect, table_format
from omics_orchestrator.formats._table_columns import Fits, begins, called, has, place_of
from omics_orchestrator.formats._table_head import TableHead
from omics_orchestrator.formats._table_inspect import Named
from omics_orchestrator.formats._table_rows import Inspector

_SAMPLES = called(
    r"Experiment (.+)",
    r"LFQ intensity (.+)",
    r"Intensity (?![HLM](?: |$))(.+)",
    r"Identification type (.+)",
)


def _raw_files(head: TableHead) -> list[Inspector]:
    column = place_of(head, "Raw file")
    return [] if column is None else [Named(column)]


def _per_protein(name: str, fits: Fits) -> Dialect:
    return Dialect(name, fits, samples=_SAMPLES)


def _per_spectrum(name: str, fits: Fits) -> Dialect:
    return Dialect(name, fits, inspectors=_raw_files)


def _is_maxquant(head: TableHead) -> bool:
    return bool({"User name", "Machine name", "PSM FDR"} & set(head.cells(0)))


def _user(head: TableHead) -> list[str]:
    named = any(row[0] == "User name" and not says_nothing(row[-1]) for row in head.rows)
    return ["parameter User name"] if named else []


FORMAT = table_format(
    "maxquant",
    (
        "proteingroups.txt",
        "modificationspecificpeptides.txt",
        "matchedfeatures.txt",
    ),
    "proteomics",
    "matrix",
    _per_protein(
        "protein_groups", has("Protein IDs", "Majority protein IDs", "Peptide counts (all)")
    ),
    _per_protein(
        "sites", has("Leading proteins", "Localization prob", "Positions within proteins")
    ),
    _per_spectrum(
        "evidence", has("Modified sequence", "Raw file", "MS/MS IDs", "Protein group IDs")
    ),
    _per_spectrum("msms", has("Raw file", "Scan number", "Modified sequence", "Evidence ID")),
    _per_spectrum(
        "msms_scans", has("Raw file", "Scan number", "Ion injection time", "Total ion current")
    ),
    _per_spectrum("all_peptides", has("Raw file", "Uncalibrated m/z", "Number of data points")),
    _per_protein(
        "modified_peptides",
        has("Sequence", "Modifications", "Protein Groups", "Evidence IDs", "Best MS/MS"),
    ),
    _per_protein(
        "peptides", has("Sequence", "Proteins", "Leading razor protein", "Missed cleavages")
    ),
    _per_spectrum("summary", has("Raw file", "MS/MS Identified", "Enzyme")),
    Dialect(
        "parameters",
        lambda head: begins("Parameter", "Value")(head) and _is_maxquant(head),
        personal=_user,
    ),
)
