"""The data dictionary as it was in a revision of git."""

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path

from omics_orchestrator.dictionary.load import read
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.errors import ConfigurationError, DictionaryError


def dictionary_at(folder: Path, revision: str) -> Dictionary:
    """Read the dictionary in `folder` as it was in `revision`; no file there is touched.

    Raises:
        ConfigurationError: the folder is not kept in git, or there is no such revision.
        DictionaryError: the dictionary of then has problems by the rules of this release.
    """
    packed = _archived(folder, revision)
    with tempfile.TemporaryDirectory() as unpacked:
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(unpacked, filter="data")
        found, problems = read(Path(unpacked))
    if problems:
        raise DictionaryError([f"{revision}: {each}" for each in problems])
    return found


def _archived(folder: Path, revision: str) -> bytes:
    if _git(folder, "rev-parse", "--git-dir").returncode:
        raise _refused(folder, "it is not kept in git", "put it under version control, or")
    wanted = ("--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    known = _git(folder, "rev-parse", *wanted)
    if known.returncode:
        raise _refused(folder, f"git knows no revision {revision!r}", "see `git log`, and")
    # Within a folder, git packs that folder alone.
    packed = _git(folder, "archive", "--format=tar", known.stdout.decode().strip())
    if packed.returncode:
        raise _refused(folder, f"{revision} does not hold it", "see `git log -- .` there, and")
    return packed.stdout


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        command = ["git", "-C", str(folder), *words]
        return subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        raise _refused(folder, "git is not installed", "install it, and") from None


def _refused(folder: Path, what: str, mend: str) -> ConfigurationError:
    return ConfigurationError(
        what, mend=f"{mend} name a revision that holds the dictionary.", file=folder.name
    )
