"""Video: described, decoded to its end, and what it says of a person named by place only."""

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from omics_orchestrator.formats import Depth, formats, identify

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "video"
VIDEO = formats()["video"]


def film(container: str, codec: str, *, sound: bool = False, **tags: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        out.metadata.update(tags)
        track = out.add_stream(codec, rate=25)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        voice = out.add_stream("aac", rate=8000) if sound else None
        for number in range(8):
            picture = np.full((48, 64, 3), number * 30, np.uint8)
            out.mux(track.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(track.encode())
        if voice is not None:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate = 8000
            out.mux(voice.encode(frame))
            out.mux(voice.encode())
    return file.getvalue()


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp4", "mpeg4"), ("mov", "mjpeg"), ("mpeg", "mpeg2video"), ("mpegts", "mpeg2video"),
     ("webm", "libvpx"), ("asf", "msmpeg4"), ("flv", "flv")],
)  # fmt: skip
def test_each_container_is_told_and_described(container: str, codec: str) -> None:
    try:
        content = film(container, codec.replace("mjpeg", "mpeg4"))
    except (av.codec.codec.UnknownCodecError, av.FFmpegError):
        pytest.skip(f"this FFmpeg writes no {codec}")
    stream = io.BytesIO(content)
    assert identify("colonoscopy", stream) is VIDEO
    told = VIDEO.describe(stream)
    assert (told["width"], told["height"], told["audio_tracks"]) == (64, 48, 0)
    assert VIDEO.validate(stream).fault is None


def test_the_samples_are_described() -> None:
    with (SAMPLES / "colonoscopy.mp4").open("rb") as stream:
        told = VIDEO.describe(stream)
        assert told["codec"] == "mpeg4"
        assert told["frames_per_second"] == 25
        assert told["seconds"] == 0.48
        assert VIDEO.validate(stream).facts == {"packets": 12, "frames": 12}
        assert VIDEO.validate(stream, Depth.STRUCTURE).facts == {"packets": 12}


def test_tags_and_sound_are_named_and_their_words_are_not() -> None:
    stream = io.BytesIO(film("mp4", "mpeg4", sound=True, title="Jane Doe", comment="anonymous"))
    assert VIDEO.personal_fields(stream) == ["tag title", "audio track"]
    assert "Jane" not in repr(VIDEO.describe(stream))


@pytest.mark.parametrize("name", ["colonoscopy.mp4", "scan.mkv", "probe.avi"])
def test_a_cut_or_lengthened_video_is_found_at_every_depth(name: str) -> None:
    content = (SAMPLES / name).read_bytes()
    for broken in (content[:-1000], content[:200], content + b"garbage behind the end"):
        assert VIDEO.validate(io.BytesIO(broken), Depth.STRUCTURE).fault
        assert VIDEO.validate(io.BytesIO(broken)).fault


def test_a_frame_that_an_avi_shows_twice_is_not_missed() -> None:
    content = bytearray((SAMPLES / "probe.avi").read_bytes())
    index, header = content.index(b"idx1"), content.index(b"strh")
    (entries,) = struct.unpack_from("<I", content, index + 4)
    last = content[index + 8 + entries - 16 : index + 8 + entries]
    struct.pack_into("<I", content, index + 4, entries + 16)
    struct.pack_into("<I", content, 4, len(content) + 8)
    (frames,) = struct.unpack_from("<I", content, header + 40)
    struct.pack_into("<I", content, header + 40, frames + 1)
    shown_twice = bytes(content) + last[:12] + bytes(4)
    assert VIDEO.validate(io.BytesIO(shown_twice)).fault is None
    absent = bytes(content) + last
    assert VIDEO.validate(io.BytesIO(absent)).fault == "it has fewer frames than it says"


def test_zeros_in_the_middle_are_found_by_decoding() -> None:
    content = (SAMPLES / "scan.mkv").read_bytes()
    half = len(content) // 2
    broken = content[:half] + bytes(2000) + content[half + 2000 :]
    assert VIDEO.validate(io.BytesIO(broken)).fault


def test_an_unfinished_recording_is_named() -> None:
    content = (SAMPLES / "colonoscopy.mp4").read_bytes()
    unfinished = content.replace(b"moov", b"free")
    fault = VIDEO.validate(io.BytesIO(unfinished)).fault
    assert fault == "it has no header (moov): the recording was not finished"


def test_sound_and_pictures_in_the_same_container_are_no_video() -> None:
    for brand in (b"M4A ", b"heic", b"avif"):
        assert identify("x", io.BytesIO(b"\0\0\0\x18ftyp" + brand + bytes(64))) is None
