"""RTSP, RTP, H.264 and fragmented MP4: bytes in, events and bytes out; no I/O."""
