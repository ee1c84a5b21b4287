"""One checksum of a file, and how its algorithm is called and told."""

import re
from dataclasses import dataclass

BY_DIGITS = {8: "crc32", 32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384",
             128: "sha512"}  # fmt: skip
_WIDTHS = {name: digits for digits, name in BY_DIGITS.items()} | {
    "blake3": 64, "blake2b": 128, "sha3224": 56, "sha3256": 64, "sha3384": 96, "sha3512": 128,
}  # fmt: skip
_HINTS = (("b3sum", "blake3"), ("blake3", "blake3"), (".b3", "blake3"), ("b2sum", "blake2b"),
          ("blake2", "blake2b"), (".b2", "blake2b"), ("sha3-", "sha3"), (".sha3", "sha3"),
          ("rmd160", "ripemd160"), ("ripemd", "ripemd160"))  # fmt: skip


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


def checksum(digest: str, path: str | None, algorithm: str | None, name: str) -> Checksum | None:
    """A line's checksum; None where the algorithm that it states has digests of another length.

    Args:
        digest: hex digits.
        path: the file as the list has it.
        algorithm: as the list calls it, or None where only the digest's length tells.
        name: the list's own name, which tells algorithms apart whose digests are as long.
    """
    told = _canonical(algorithm, digest) if algorithm else _by_length(digest, name)
    if _WIDTHS.get(told, len(digest)) != len(digest):
        return None
    return Checksum(told, digest.lower(), path)


def _by_length(digest: str, name: str) -> str:
    hinted = next((said for sign, said in _HINTS if sign in name.lower()), None)
    if hinted == "sha3":
        return f"sha3{4 * len(digest)}"
    return _canonical(hinted, digest) if hinted else BY_DIGITS[len(digest)]


def _canonical(algorithm: str, digest: str) -> str:
    told = re.sub(r"[^a-z0-9]", "", algorithm.lower())
    if told.startswith("sha2") and told[4:] in ("224", "256", "384", "512"):
        return f"sha{told[4:]}"
    if not told.startswith("blake2b"):
        return told
    bits = 4 * len(digest)
    return "blake2b" if bits == _WIDTHS["blake2b"] * 4 else f"blake2b{bits}"
