"""What the register tells the recorder: only what an entry has a ground for."""

import dataclasses
import json
from pathlib import Path

from tests.unit.test_register import ENTRY

from ronda.app.data_folder import DataFolder
from ronda.app.recorder_file import write_cameras
from ronda.video.cameras_file import read_cameras


def test_the_register_never_asks_for_sound_since_it_holds_no_ground_for_it(tmp_path: Path):
    """No field of an entry names one; purpose and legal basis are those of pictures, whatever they say."""
    folder = DataFolder(tmp_path, training=False)
    folder.recorder_cameras.parent.mkdir(parents=True)
    talkative = dataclasses.replace(ENTRY, purpose="Rekaman suara di loket pengaduan", legal_basis="sound: yes")
    write_cameras(folder, [talkative])
    (row,) = json.loads(folder.recorder_cameras.read_text())
    assert "sound" not in row
    cameras, refused = read_cameras(folder.recorder_cameras)
    assert refused == []
    assert [(one.camera, one.sound, one.record_sub, one.tls_goes_on) for one in cameras] == [
        (ENTRY.camera, False, False, False)
    ]


def test_a_second_stream_and_a_way_of_sending_reach_the_recorder(tmp_path: Path):
    """The list is written anew at each change of the register: what was asked for must not get lost there."""
    folder = DataFolder(tmp_path, training=False)
    folder.recorder_cameras.parent.mkdir(parents=True)
    asked = dataclasses.replace(
        ENTRY, sub_url="rtsp://192.0.2.9/sub", record_sub=True, transport="udp", vendor="Contoh"
    )
    write_cameras(folder, [asked])
    cameras, refused = read_cameras(folder.recorder_cameras)
    assert refused == []
    assert [(one.record_sub, one.transport.value) for one in cameras] == [(True, "udp")]
