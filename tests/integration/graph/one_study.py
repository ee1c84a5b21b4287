"""The data dictionary with GI-DAMPs alone: most tests of the graph need no more than one study."""

import shutil
from pathlib import Path

from omics_orchestrator.settings import REPOSITORY

FOLDER = "data_dictionary"
_OTHERS = shutil.ignore_patterns("music.yaml", "music__*", "datasets")


def write(home: Path) -> Path:
    """Write it below `home`, where it is not there yet, without what describes other studies."""
    folder = home / FOLDER
    if not folder.exists():
        shutil.copytree(REPOSITORY / "data_dictionary", folder, ignore=_OTHERS)
    return folder
