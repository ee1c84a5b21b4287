"""The data dictionary as it was in a revision of git."""

import io
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from omics_orchestrator.dictionary.load import read
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.errors import ConfigurationError, DictionaryError

_TAGS = ("tag", "--merged", "HEAD", "--sort=-creatordate")
_TAG_FORMAT = "--format=%(objectname)\t%(creatordate:short)\t%(refname:short)"
_COMMIT_FORMAT = "--format=%H\t%cs\t%s"


@dataclass(frozen=True)
class Version:
    """A state of the dictionary that git has: a release, or a commit where there is none.

    Attributes:
        revision: what git calls it.
        day: when it was made, as `2026-11-23`.
        name: what people call it.
    """

    revision: str
    day: str
    name: str


def versions(folder: Path, most: int) -> list[Version]:
    """List the states of the dictionary, the latest first: what is there now, and the releases.

    Where there are no tags, each commit that touched the folder is one.

    Raises:
        ConfigurationError: the folder is not kept in git.
    """
    if _git(folder, "rev-parse", "--git-dir").returncode:
        raise _refused(folder, "it is not kept in git", "put it under version control, or")
    commits = _listed(folder, "log", f"-{most}", _COMMIT_FORMAT, "--", ".")
    tags = _listed(folder, *_TAGS, _TAG_FORMAT)[:most]
    if not tags:
        return commits
    latest = [Version(each.revision, each.day, "not released yet") for each in commits[:1]]
    return [*latest, *tags]


def _listed(folder: Path, *words: str) -> list[Version]:
    lines = _git(folder, *words).stdout.decode(errors="replace").splitlines()
    return [Version(*line.split("\t", 2)) for line in lines]


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
