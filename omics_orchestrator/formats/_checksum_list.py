"""Lists of checksums beside files, in the dialects that tools write them in."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from omics_orchestrator.formats._damage import DamagedFileError

_BY_DIGITS = {8: "crc32", 32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384",
              128: "sha512"}  # fmt: skip
_SFV_DIGITS = 8  # too few to be told from a word
_LENGTHS = (digits for digits in sorted(_BY_DIGITS, reverse=True) if digits > _SFV_DIGITS)
_DIGEST = f"(?P<digest>{'|'.join(f'[0-9A-Fa-f]{{{digits}}}' for digits in _LENGTHS)})"
# GNU coreutils: two blanks, or one and a star for binary; a backslash before a name with escapes.
_GNU = re.compile(rf"(?P<escaped>\\?){_DIGEST}(?: [ *^U?]|\t+| {{3,}}|,|;)\s*(?P<path>\S.*)")
# BSD and OpenSSL: `MD5 (name) = digest`, `SHA2-256(name)= digest`, `BLAKE2b-512 (name) = digest`.
_BSD = re.compile(
    rf"(?P<escaped>\\?)(?P<algorithm>[A-Za-z][\w-]*(?:/\d+)?) ?\((?P<path>.+)\) ?= ?{_DIGEST}",
    re.IGNORECASE,
)
_BARE = re.compile(rf"{_DIGEST}(?:\s+\*?-)?")
_NAME_FIRST = re.compile(rf"(?P<path>[^\t,;]*[^\s=])(?:\t+|,|;| {{1,}}){_DIGEST}")
_SFV = re.compile(r"(?P<path>\S.*?)\s+(?P<digest>[0-9A-Fa-f]{8})")
# Windows' certutil: a line that names algorithm and file, the digest, and a last line.
_CERTUTIL = re.compile(
    r"(?P<algorithm>MD5|SHA\d+) \S+ (?:\S+ )?(?:file )?(?P<path>[^:]*(?::\\[^:]*)?):"
)
_FILE, _SUM = r"(?:file_?)?(?:name|path)?", r"(?:md5|sha\d*|checksum)\w*"
_HEADINGS = re.compile(rf"(?i){_FILE}[\t,; ]*{_SUM}(?:[\t,; ]+{_FILE})?")
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}
_COMMENTS = ("#", ";", "CertUtil:")
_WIDTHS = {"crc32": 8, "md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96,
           "sha512": 128, "blake3": 64}  # fmt: skip
_HINTS = (("b3sum", "blake3"), ("blake3", "blake3"), (".b3", "blake3"), ("b2sum", "blake2b"),
          ("blake2", "blake2b"), (".b2", "blake2b"))  # fmt: skip


@dataclass(frozen=True)
class Checksum:
    """One line of a list.

    Attributes:
        algorithm: md5, sha1, sha256, sha512, crc32, blake2b …
        digest: lower-case hex digits.
        path: of the file as the list has it, or None where the list is of one file only, whose
            name the list's own name tells.
    """

    algorithm: str
    digest: str
    path: str | None


def listed(text: bytes, name: str) -> list[Checksum]:
    """Read a list of checksums of any dialect.

    Args:
        text: the list's content.
        name: the list's own name, which tells algorithms apart whose digests are as long.

    Raises:
        DamagedFileError: a line is no checksum, or there is none.
    """
    found = []
    for number, entry in _entries(text, name):
        if entry is None:
            raise DamagedFileError(f"line {number} is no checksum")
        found.append(entry)
    if not found:
        raise DamagedFileError("it lists no checksum")
    return found


def looks_like_checksums(text: bytes, name: str) -> bool:
    """Tell whether the beginning of a text is a list of checksums; its last line may be cut."""
    if b"\0" in text[2:] and not text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    entries = [entry for _, entry in _entries(text, name)]
    whole = entries[:-1] if len(entries) > 1 else entries
    return bool(whole) and None not in whole


def _entries(text: bytes, name: str) -> Iterator[tuple[int, Checksum | None]]:
    pending: re.Match[str] | None = None
    seen = False
    for number, line in enumerate(_decoded(text).splitlines(), start=1):
        line = line.strip()  # noqa: PLW2901  # blanks and CR around an entry mean nothing
        if not line or line.startswith(_COMMENTS):
            continue
        heading = _CERTUTIL.fullmatch(line)
        if heading or (not seen and _HEADINGS.fullmatch(line)):
            pending, seen = heading, True
            continue
        seen = True
        yield number, _entry(line, name, pending)
        pending = None


def _decoded(text: bytes) -> str:
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):  # as PowerShell writes
        return text.decode("utf-16", "replace")
    return text.decode("utf-8-sig", "surrogateescape")


def _entry(line: str, name: str, heading: re.Match[str] | None) -> Checksum | None:
    if heading:
        digest = line.replace(" ", "")  # older Windows parts the bytes
        match = _BARE.fullmatch(digest)
        return match and _checksum(match["digest"], heading["path"], heading["algorithm"], name)
    readers: tuple[Callable[[str], Checksum | None], ...] = (
        lambda text: _tagged(text, name),
        lambda text: _gnu(text, name),
        lambda text: _plain(text, name),
    )
    return next((entry for read in readers if (entry := read(line))), None)


def _tagged(line: str, name: str) -> Checksum | None:
    match = _BSD.fullmatch(line)
    return match and _checksum(match["digest"], _path(match), match["algorithm"], name)


def _gnu(line: str, name: str) -> Checksum | None:
    match = _GNU.fullmatch(line)
    if not match or match["path"] == "-":
        return None
    return _checksum(match["digest"], _path(match), None, name)


def _path(match: re.Match[str]) -> str:
    if not match["escaped"]:
        return match["path"]
    return re.sub(r"\\[\\nr]", lambda escape: _ESCAPES[escape[0]], match["path"])


def _plain(line: str, name: str) -> Checksum | None:
    if match := _BARE.fullmatch(line):
        return _checksum(match["digest"], None, None, name)
    if match := _NAME_FIRST.fullmatch(line):
        return _checksum(match["digest"], match["path"], None, name)
    match = _SFV.fullmatch(line) if name.lower().endswith(".sfv") else None
    return match and _checksum(match["digest"], match["path"], "crc32", name)


def _checksum(digest: str, path: str | None, algorithm: str | None, name: str) -> Checksum | None:
    told = _canonical(algorithm) if algorithm else _by_length(len(digest), name)
    if _WIDTHS.get(told, len(digest)) != len(digest):
        return None
    return Checksum(told, digest.lower(), path)


def _by_length(digits: int, name: str) -> str:
    hinted = next((said for sign, said in _HINTS if sign in name.lower()), None)
    return hinted or _BY_DIGITS[digits]


def _canonical(algorithm: str) -> str:
    told = re.sub(r"[^a-z0-9]", "", algorithm.lower())
    if told.startswith("sha2") and told[4:] in ("224", "256", "384", "512"):
        return f"sha{told[4:]}"
    return "blake2b" if told.startswith("blake2b") else told
