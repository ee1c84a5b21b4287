"""Make the demo's sources: samples, sheets, omic files, and the participants in REDCap."""

from omics_orchestrator.demo.gidamps.dictionary import project_definition
from omics_orchestrator.demo.gidamps.sources import write_demo_sources
from omics_orchestrator.demo.laptop import Laptop
from omics_orchestrator.demo.redcap import project as redcap_project

PARTICIPANTS = 240
SEED = 20261123


def prepare(laptop: Laptop) -> None:
    """Write the sources, all of them anew when an earlier preparation was cut."""
    sources = write_demo_sources(laptop.home / "demo", participants=PARTICIPANTS, seed=SEED)
    token, rows = laptop.environment["GIDAMPS_REDCAP_TOKEN"], sources.redcap_rows
    redcap_project.create(laptop.redcap_database, token, project_definition(), rows)
    laptop.mark_prepared()
