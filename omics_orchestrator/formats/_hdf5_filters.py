"""How HDF5 data is unpacked that was packed with zstd, Blosc or bzip2, which h5py does not bring.

AnnData's writers offer them. The plugins that HDF5 would load weigh 190 MB; the same libraries are
here already for zarr, and are offered to HDF5 from memory.
"""

import bz2
import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import h5py
from numcodecs import blosc, zstd

_UNPACKING = 0x100  # the flag by which HDF5 asks for the way back
_VERSION = 1


def _unpack_blosc(packed: bytes) -> bytes:
    # The library reads on behind a block whose last bytes are absent.
    if int.from_bytes(packed[12:16], "little") != len(packed):
        raise ValueError("it is cut")
    plain: bytes = blosc.decompress(packed)
    return plain


# Numbers that the HDF Group has given to these filters.
_DECODERS: dict[int, tuple[bytes, Callable[[bytes], bytes]]] = {
    307: (b"bzip2", bz2.decompress),
    32001: (b"blosc", _unpack_blosc),
    32015: (b"zstd", zstd.decompress),
}
# What these raise for data that makes no sense.
_BROKEN = (OSError, RuntimeError, ValueError, MemoryError, EOFError)
_Filter = ctypes.CFUNCTYPE(
    ctypes.c_size_t,
    ctypes.c_uint,
    ctypes.c_size_t,
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.POINTER(ctypes.c_size_t),
    ctypes.POINTER(ctypes.c_void_p),
)
_C = ctypes.CDLL(None)  # HDF5 takes and frees its memory by the C library
_C.malloc.restype, _C.malloc.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
_C.free.restype, _C.free.argtypes = None, (ctypes.c_void_p,)


class _Class(ctypes.Structure):
    """`H5Z_class2_t` of HDF5's public header."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("number", ctypes.c_int),
        ("packs", ctypes.c_uint),
        ("unpacks", ctypes.c_uint),
        ("name", ctypes.c_char_p),
        ("can_apply", ctypes.c_void_p),
        ("set_local", ctypes.c_void_p),
        ("filter", _Filter),
    )


@cache
def offer_filters() -> tuple[_Class, ...]:
    """Offer the filters to HDF5 for as long as this process lives, which the result must too."""
    offered = tuple(
        _Class(_VERSION, number, 0, 1, name, None, None, _Filter(_unpacking(decode)))
        for number, (name, decode) in _DECODERS.items()
    )
    for each in offered:
        h5py.h5z.register_filter(ctypes.addressof(each))
    return offered


def unreadable(dataset: Any) -> bool:
    """Tell whether a dataset is packed with a filter that we do not have."""
    packed = dataset.id.get_create_plist()
    numbers = [packed.get_filter(at)[0] for at in range(packed.get_nfilters())]
    return not all(map(h5py.h5z.filter_avail, numbers))


def _unpacking(decode: Callable[[bytes], bytes]) -> Callable[..., int]:
    def unpack(flags: int, _: int, __: int, length: int, room: Any, buffer: Any) -> int:
        if not flags & _UNPACKING:
            return 0
        try:
            plain = decode(ctypes.string_at(buffer[0], length))
        except _BROKEN:
            return 0  # by which HDF5 knows that it failed
        place = _C.malloc(len(plain))
        if not place:
            return 0
        ctypes.memmove(place, plain, len(plain))
        _C.free(buffer[0])
        buffer[0], room[0] = place, len(plain)
        return len(plain)

    return unpack
