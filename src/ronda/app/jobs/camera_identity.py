"""Ask cameras for their serial number; stop recording where another device answers, until a person confirms.

Only cameras whose serial number was kept at enrolment are asked. One that does not answer is not judged.
"""

import logging
from dataclasses import replace

from ronda.app.camera_place import allowed_networks
from ronda.app.card import device_of
from ronda.app.identities import change_identities, read_identities
from ronda.app.recorder_file import write_cameras
from ronda.app.wiring import Wiring
from ronda.app.worker import Job
from ronda.media.rtsp_url import WrongUrlError
from ronda.registry.model import Camera, CameraState
from ronda.video.onvif.camera import OnvifCamera
from ronda.video.onvif.errors import OnvifError
from ronda.video.onvif.identity import Identity, Judgement, judge, swapped_with
from ronda.video.onvif.transport import Line
from ronda.video.onvif.where import place_of

EVERY_S = 600.0
_log = logging.getLogger(__name__)


def camera_identity(wiring: Wiring) -> Job:
    return Job(name="camera_identity", every_s=EVERY_S, run=lambda: look(wiring))


def look(wiring: Wiring) -> None:
    """One turn for all cameras whose serial number is known."""
    known = read_identities(wiring.folder)
    for entry in wiring.register.cameras():
        if entry.camera in known and entry.state is CameraState.IN_SERVICE and not entry.off_reason:
            serial = _serial(wiring, entry)
            if serial is not None and judge(known[entry.camera], serial) is Judgement.OTHER:
                _refuse(wiring, entry, known, serial)


def _serial(wiring: Wiring, entry: Camera) -> str | None:
    """What the device at its address says now; None when it says nothing."""
    try:
        url, host, port, login = device_of(entry)
        with Line(place_of(host, port, allowed=allowed_networks(wiring)), login) as line:
            camera = OnvifCamera(line, url, login)
            camera.clock()
            return camera.facts().serial
    except (OnvifError, WrongUrlError) as fault:
        _log.info("camera %s tells no serial number: %s", entry.camera, fault)
        return None


def _refuse(wiring: Wiring, entry: Camera, known: dict[str, Identity], serial: str) -> None:
    """Entry, then identity, then the switch: each alone leaves a state that the next turn completes."""
    was = swapped_with({name: one for name, one in known.items() if name != entry.camera}, serial)
    wiring.note("kamera.tertukar", {"kamera": entry.camera, "seri": serial[:60], "milik": was or "-"})

    def remember(rows: dict[str, Identity]) -> None:
        if entry.camera in rows:
            rows[entry.camera] = replace(rows[entry.camera], other=serial)

    change_identities(wiring.folder, remember)
    wiring.register.set_off(entry.camera, _reason(known[entry.camera].serial, serial, was))
    write_cameras(wiring.folder, wiring.register.cameras())
    _log.warning("another device answers for camera %s; it is recorded again once a person confirms", entry.camera)


def _reason(registered: str, seen: str, was: str | None) -> str:
    """Shown beside the camera, and the evidence of its gap."""
    whose = f", terdaftar sebagai {was}" if was else ""
    return (
        f"perangkat lain di alamat ini: nomor seri {seen[:40]}{whose}; yang terdaftar {registered[:40]}. "
        "Nyalakan lagi hanya bila memang diganti"
    )[:200]
