"""GStreamer's RTSP server playing MP4 files; run with the system's Python.

/usr/bin/python3 gst_server.py FILE...      prints `port N`, serves FILE number n at /cn
A FILE that begins with `launch:` is a pipeline of its own.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_service("0")
for number, path in enumerate(sys.argv[1:]):
    factory = GstRtspServer.RTSPMediaFactory()
    played = f"filesrc location={path} ! qtdemux ! h264parse ! rtph264pay name=pay0 pt=96"
    factory.set_launch(f"( {path.removeprefix('launch:') if path.startswith('launch:') else played} )")
    server.get_mount_points().add_factory(f"/c{number}", factory)
server.attach(None)
print("port", server.get_bound_port(), flush=True)
GLib.MainLoop().run()
