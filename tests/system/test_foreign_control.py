"""GStreamer's RTSP server on the control plane: H.265 and sound, inside the connection and by UDP.

What is held against it: the description becomes the right tracks, the granted channels and ports are
where packets of the right kind come, and a keepalive is answered while they do.
"""

import asyncio
from pathlib import Path

import pytest
from tests.media_kit import ffmpeg
from tests.system.test_foreign_server import serve

from ronda.media.codec import AudioCodec, VideoCodec
from ronda.media.picture_sets import sets_of
from ronda.media.rtsp_client import Wishes
from ronda.media.rtsp_transport import Transport
from ronda.media.rtsp_url import parse_rtsp_url
from ronda.video.connect.session import Session, open_session
from ronda.video.engine.port import StreamKey


def pipelines(tmp_path: Path) -> list[Path]:
    """H.265 with A-law, H.265 with AAC, H.264 with mu-law, H.264 with AAC; all with B-frames."""
    hevc, avc = tmp_path / "hevc.mp4", tmp_path / "avc.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-t", "20", "-pix_fmt", "yuv420p", "-g", "25"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000", "-t", "20"]
    both = [*sound[:4], *picture]
    ffmpeg(*both, "-c:v", "libx265", "-x265-params", "log-level=error", "-tag:v", "hvc1", "-c:a", "aac", hevc)
    ffmpeg(*both, "-c:v", "libx264", "-c:a", "aac", avc)
    law = "audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! {0}enc ! rtp{1}pay name=pay1 pt={2}"
    play = "filesrc location={0} ! qtdemux name=d d.video_0 ! queue ! {1}parse ! rtp{1}pay name=pay0 pt=96"
    aac = " d.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97"
    return [
        Path(f"launch:{play.format(hevc, 'h265')} {law.format('alaw', 'pcma', 8)}"),
        Path(f"launch:{play.format(hevc, 'h265')}{aac}"),
        Path(f"launch:{play.format(avc, 'h264')} {law.format('mulaw', 'pcmu', 0)}"),
        Path(f"launch:{play.format(avc, 'h264')}{aac}"),
    ]


WANTED = [
    (VideoCodec.H265, AudioCodec.PCMA, 8000, 8),
    (VideoCodec.H265, AudioCodec.AAC, 16_000, 97),
    (VideoCodec.H264, AudioCodec.PCMU, 8000, 0),
    (VideoCodec.H264, AudioCodec.AAC, 16_000, 97),
]


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
async def test_tracks_are_named_and_their_packets_come_where_they_were_granted(
    tmp_path: Path, transport: Transport
):
    """Both tracks, by their payload types, on their own channels or ports."""
    server, port = await serve(pipelines(tmp_path))
    try:
        for number, (codec, sound, clock_hz, payload) in enumerate(WANTED):
            url = parse_rtsp_url(f"rtsp://127.0.0.1:{port}/c{number}")
            session = await open_session(url, wishes=Wishes(transport=transport, sound=True))
            spec = session.spec(StreamKey(1), record=True)
            assert spec.codec is codec
            assert spec.audio is not None
            assert (spec.audio.format.codec, spec.audio.format.clock_hz) == (sound, clock_hz)
            if spec.sets:
                assert sets_of(codec, spec.sets).facts().width_px == 320
            kinds = await (payloads_by_udp(session) if session.by_udp else payloads_inside(session))
            assert kinds == (96, payload)
            assert session.by_udp == (transport is Transport.UDP)
            await session.goodbye()
            session.close()
    finally:
        server.terminate()
        await server.wait()


async def payloads_inside(session: Session) -> tuple[int, int]:
    """Payload types on the picture's and the sound's channel; a keepalive is answered in between."""
    loop, data, found = asyncio.get_running_loop(), session.playing.early, {}
    spec = session.spec(StreamKey(1), record=True)
    assert spec.audio is not None
    await session.send(session.client.keepalive())
    answered = False
    async with asyncio.timeout(20):
        while not answered or {spec.rtp_channel, spec.audio.rtp_channel} - set(found):
            data += await loop.sock_recv(session.sock, 65_536)
            while len(data) > 4:
                if data[0] != 0x24:
                    head, mark, rest = data.partition(b"\r\n\r\n")
                    if not mark:
                        break
                    answered, data = b"200 OK" in head, rest
                    continue
                size = int.from_bytes(data[2:4], "big")
                if len(data) < 4 + size:
                    break
                found[data[1]] = data[5] & 0x7F
                data = data[4 + size :]
    return found[spec.rtp_channel], found[spec.audio.rtp_channel]


async def payloads_by_udp(session: Session) -> tuple[int, int]:
    spec = session.spec(StreamKey(1), record=True)
    assert spec.udp is not None
    assert spec.audio is not None
    assert spec.audio.udp is not None
    loop, found = asyncio.get_running_loop(), []
    async with asyncio.timeout(20):
        for pair in (spec.udp, spec.audio.udp):
            found.append((await loop.sock_recv(pair.rtp, 2048))[1] & 0x7F)
    return found[0], found[1]
