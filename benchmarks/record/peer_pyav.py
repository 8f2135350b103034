"""A peer for run.py: PyAV, one thread a camera, copied packets into fragmented MP4 files of 60 s.

peer_pyav.py FILE_OF_ADDRESSES FOLDER
"""

import sys
import threading
from pathlib import Path

import av

SEGMENT_S = 60
FLAGS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


def record(url: str, folder: Path, name: str) -> None:
    """Until the stream ends. A new file begins at the first key frame after 60 s."""
    source = av.open(url, options={"rtsp_transport": "tcp"}, timeout=20)
    video = source.streams.video[0]
    out, track, began_s, number = None, None, 0.0, 0
    try:
        for packet in source.demux(video):
            if packet.dts is None:
                continue
            at_s = float(packet.dts * video.time_base)
            if out is None or (packet.is_keyframe and at_s - began_s >= SEGMENT_S):
                if out is not None:
                    out.close()
                out = av.open(str(folder / f"{name}_{number:05}.mp4"), "w", format="mp4", options=FLAGS)
                track = out.add_stream_from_template(video)
                began_s, number = at_s, number + 1
            packet.stream = track
            out.mux(packet)
    finally:
        if out is not None:
            out.close()
        source.close()


def main() -> None:
    urls, folder = Path(sys.argv[1]).read_text().split(), Path(sys.argv[2])
    threads = [threading.Thread(target=record, args=(url, folder, url.rpartition("/")[2])) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
