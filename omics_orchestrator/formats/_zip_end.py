"""The end of a ZIP archive, for which zipfile looks from behind, passing over what follows it."""

import struct
import zipfile
from typing import BinaryIO

from omics_orchestrator.formats._damage import DamagedFileError

_END_OF_LIST, _COMMENT_LENGTH_AT = b"PK\x05\x06", 20


def refuse_garbage_behind(archive: zipfile.ZipFile, stream: BinaryIO) -> None:
    """Refuse an archive that goes on behind its list of names and the comment to it."""
    stream.seek(archive.start_dir)
    listed = stream.read()
    end = listed.rfind(_END_OF_LIST)
    (comment,) = struct.unpack_from("<H", listed, end + _COMMENT_LENGTH_AT)
    if len(listed) != end + _COMMENT_LENGTH_AT + 2 + comment:
        raise DamagedFileError("something else follows the end of its zip archive")
