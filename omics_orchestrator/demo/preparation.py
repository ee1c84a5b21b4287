"""Make the demo's sources: samples, sheets, omic files, and the participants in REDCap."""

from omics_orchestrator.demo.gidamps import dictionary as gidamps
from omics_orchestrator.demo.gidamps.sources import write_demo_sources
from omics_orchestrator.demo.laptop import Laptop
from omics_orchestrator.demo.music import dictionary as music
from omics_orchestrator.demo.music.study import generate, redcap_rows
from omics_orchestrator.demo.redcap import project as redcap_project

PARTICIPANTS = 240
MUSIC_PARTICIPANTS = 100
SEED = 20261123


def prepare(laptop: Laptop) -> None:
    """Make the sources of each study, all of them anew where an earlier preparation was cut."""
    preparations = {"gidamps": _gidamps, "music": _music}
    for study, make in preparations.items():
        if not laptop.is_prepared(study):
            make(laptop)
            laptop.mark_prepared(study)


def _gidamps(laptop: Laptop) -> None:
    sources = write_demo_sources(laptop.home / "demo", participants=PARTICIPANTS, seed=SEED)
    token, rows = laptop.environment["GIDAMPS_REDCAP_TOKEN"], sources.redcap_rows
    redcap_project.create(laptop.redcap_database, token, gidamps.project_definition(), rows)


def _music(laptop: Laptop) -> None:
    rows = redcap_rows(generate(MUSIC_PARTICIPANTS, SEED))
    token = laptop.environment["MUSIC_REDCAP_TOKEN"]
    redcap_project.create(laptop.redcap_database, token, music.project_definition(), rows)
