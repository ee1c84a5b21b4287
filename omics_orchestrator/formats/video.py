"""Video of endoscopy, ultrasound and microscopy: MP4, QuickTime, Matroska, AVI, MPEG, ASF.

FFmpeg (PyAV) reads them in a process of its own; it is told which container it has, because some of
those it knows are lists of other files.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import av

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._apart import read_apart
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._personal_words import names_a_person, says_nothing
from omics_orchestrator.formats._video_boxes import (
    TRANSPORT_PACKET,
    check_boxes,
    check_matroska,
    check_riff,
    check_transport,
    skipped_frames,
)

_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_NO_VIDEO = (b"M4A ", b"M4B ", b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"crx ")
_HEAD = 64 << 10
_STRUCTURES: dict[str, Callable[[BinaryIO], None]] = {
    "mov": check_boxes,
    "matroska": check_matroska,
    "avi": check_riff,
    "mpegts": check_transport,
}
_PERSONAL = {
    "title", "comment", "artist", "author", "album_artist", "album", "composer", "copyright",
    "description", "synopsis", "location", "location-eng", "performer", "publisher",
    "creation_time", "date", "date_recorded", "keywords", "com.apple.quicktime.author",
    "com.apple.quicktime.location.iso6709", "com.apple.quicktime.displayname",
    "com.apple.quicktime.creationdate", "com.apple.quicktime.description", "com.android.capture",
}  # fmt: skip
_NO_TIME = ("1904-01-01", "1970-01-01", "0000-00-00")
_TRACKS = {"audio": "audio track", "subtitle": "subtitle track", "data": "data track"}


def sniff(head: Head) -> bool:
    """The magic of a container that holds video; not that of sounds or pictures in the same."""
    return _container(head.raw) is not None


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Container, codec, size, pace, duration, and how many tracks of sound."""
    stream.seek(0)
    if _container(stream.read(_HEAD)) == "mov":
        check_boxes(stream, only_header=True)
    return read_apart(header_of, stream)


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Follow the container and read every packet, undecoded."""
    _check_structure(stream)
    return read_apart(packets_of, stream)


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Decode every frame."""
    _check_structure(stream)
    return read_apart(frames_of, stream)


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Name the filled tags for a title, comment, person, place or time; and tracks of sound.

    What is said during an endoscopy names the patient; data tracks hold a camera's position.
    """
    places = read_apart(personal_places_of, stream)["places"]
    return list(places) if isinstance(places, list) else []


def header_of(stream: BinaryIO) -> Mapping[str, object]:
    """Describe a video in this process."""
    with _opened(stream) as file:
        video = file.streams.video[0]
        codec = video.codec_context
        seconds = file.duration / av.time_base if file.duration else None
        pace = video.average_rate or video.guessed_rate
        facts = {
            "container": file.format.name.split(",")[0],
            "codec": codec.name,
            "width": codec.width,
            "height": codec.height,
            "pixel_format": codec.pix_fmt,
            "frames_per_second": round(float(pace), 3) if pace else None,
            "seconds": round(seconds, 3) if seconds else None,
            "frames_stated": video.frames or None,
            "video_tracks": len(file.streams.video),
            "audio_tracks": len(file.streams.audio),
        }
        return {name: value for name, value in facts.items() if value is not None}


def packets_of(stream: BinaryIO) -> Mapping[str, object]:
    """Read every packet of a video in this process."""
    with _opened(stream) as file:
        packets = 0
        for packet in file.demux(file.streams.video[0]):
            if packet.is_corrupt:
                raise DamagedFileError("a packet of its video is broken")
            packets += packet.size > 0
        _compare(file, packets, stream)
        return {"packets": packets}


def frames_of(stream: BinaryIO) -> Mapping[str, object]:
    """Decode every frame of a video in this process."""
    with _opened(stream) as file:
        video = file.streams.video[0]
        video.codec_context.options = {"err_detect": "crccheck+bitstream+buffer+explode"}
        video.thread_type = "AUTO"
        packets = frames = 0
        for packet in file.demux(video):
            packets += packet.size > 0
            for frame in packet.decode():
                if packet.is_corrupt or frame.is_corrupt:
                    raise DamagedFileError("a frame of its video is broken")
                frames += 1
        _compare(file, packets, stream)
        if not frames:
            raise DamagedFileError("it has no frame that can be decoded")
        return {"packets": packets, "frames": frames}


def personal_places_of(stream: BinaryIO) -> Mapping[str, object]:
    """Name the places that may say who a person is, in this process."""
    with _opened(stream) as file:
        places = {f"tag {name}": None for name in _told(file.metadata)}
        for track in file.streams:
            places.update(dict.fromkeys(f"tag {name}" for name in _told(track.metadata)))
            if track.type in _TRACKS:
                places[_TRACKS[track.type]] = None
        return {"places": list(places)}


def _told(tags: Mapping[str, str]) -> Iterator[str]:
    for name, value in tags.items():
        personal = name.lower() in _PERSONAL or names_a_person(name)
        if personal and not says_nothing(value) and not value.startswith(_NO_TIME):
            yield name


def _compare(file: Any, packets: int, stream: BinaryIO) -> None:
    stated = file.streams.video[0].frames
    if packets < stated and file.format.name == "avi":
        stated -= skipped_frames(stream)
    if packets < max(1, stated):
        raise DamagedFileError("it has fewer frames than it says")


@contextmanager
def _opened(stream: BinaryIO) -> Iterator[Any]:
    stream.seek(0)
    container = _container(stream.read(_HEAD))
    stream.seek(0)
    if container is None:
        raise DamagedFileError("it is no video container")
    try:
        with av.open(stream, format=container, metadata_errors="replace") as file:
            if not file.streams.video:
                raise DamagedFileError("it has no video track")
            if file.streams.video[0].codec_context is None:
                raise DamagedFileError("its video is packed in a way that nobody knows")
            yield file
    except (av.FFmpegError, ValueError, LookupError, ArithmeticError):
        raise DamagedFileError("its video cannot be read or decoded") from None


def _check_structure(stream: BinaryIO) -> None:
    stream.seek(0)
    check = _STRUCTURES.get(_container(stream.read(_HEAD)) or "")
    if check:
        check(stream)


def _container(raw: bytes) -> str | None:
    """Name FFmpeg's reader of a container by its magic."""
    if raw[4:8] in _BOXES and raw[8:12] not in _NO_VIDEO:
        return "mov"
    if raw.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if raw.startswith(b"RIFF") and raw[8:12] == b"AVI ":
        return "avi"
    if raw.startswith(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"):
        return "asf"
    if raw.startswith(b"FLV\1"):
        return "flv"
    return _mpeg(raw)


def _mpeg(raw: bytes) -> str | None:
    if raw.startswith(b"\0\0\1\xba"):
        return "mpeg"
    if raw.startswith(b"\0\0\1\xb3"):
        return "mpegvideo"
    packets = raw[: 5 * TRANSPORT_PACKET : TRANSPORT_PACKET]
    whole = len(raw) > 4 * TRANSPORT_PACKET and packets == b"G" * len(packets)
    return "mpegts" if whole else None


FORMAT = Format(
    name="video",
    suffixes=(
        ".mp4",
        ".m4v",
        ".mov",
        ".avi",
        ".mkv",
        ".webm",
        ".mpg",
        ".mpeg",
        ".ts",
        ".wmv",
        ".flv",
    ),
    modality="imaging",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    look_over=look_over,
    personal_fields=personal_fields,
)
