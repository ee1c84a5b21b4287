"""The columns of checksums that were computed because a list names a file by them."""

import hashlib
from collections.abc import Callable, Mapping
from functools import partial

import polars as pl

DIGEST_COLUMNS: dict[str, tuple[pl.DataType, str]] = {
    "sha256": (pl.String(), "SHA-256 of the content"),
    "algorithm": (pl.String(), "By what the checksum was computed: sha1, sha512 …"),
    "digest": (pl.String(), "The checksum, in lower-case hex digits"),
}
DIGEST_KEY = ("sha256", "algorithm")
DIGEST_SCHEMA = {name: dtype for name, (dtype, _) in DIGEST_COLUMNS.items()}
# How lists call what is computed for them.
HASHES: Mapping[str, Callable[[], "hashlib._Hash | hashlib.blake2b"]] = {
    **{name: partial(hashlib.new, name, usedforsecurity=False)
       for name in ("md5", "sha1", "sha224", "sha384", "sha512")},
    **{f"sha3{bits}": partial(hashlib.new, f"sha3_{bits}") for bits in (224, 256, 384, 512)},
    "blake2b": hashlib.blake2b,
    **{f"blake2b{bits}": partial(hashlib.blake2b, digest_size=bits // 8)
       for bits in (160, 256, 384)},
}  # fmt: skip
