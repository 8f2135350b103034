"""What the register tells the recorder: only what an entry has a ground for."""

import dataclasses
import json
from pathlib import Path

from tests.unit.test_register import ENTRY

from ronda.app.data_folder import DataFolder
from ronda.app.recorder_file import write_cameras
from ronda.core.ids import camera_id, sub_stream
from ronda.registry.purposes import PurposeKind
from ronda.video.cameras_file import read_cameras, with_sub_streams


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


def test_what_gives_way_first_follows_the_purposes_and_every_second_stream_before_them(tmp_path: Path):
    """One published figure decides: the longest days of a camera's purpose. Second streams go first of all."""
    folder = DataFolder(tmp_path, training=False)
    folder.recorder_cameras.parent.mkdir(parents=True)
    sub_url = "rtsp://192.0.2.9/sub"
    entries = [
        dataclasses.replace(ENTRY, camera=camera_id(kind.value.replace("_", "-")), purpose_kind=kind)
        for kind in (PurposeKind.SCHOOLS, PurposeKind.HAZARDS, PurposeKind.PUBLIC_ORDER)
    ]
    hazards = dataclasses.replace(entries[1], sub_url=sub_url, record_sub=True)
    write_cameras(folder, [entries[0], hazards, entries[2]])
    configs = with_sub_streams(read_cameras(folder.recorder_cameras)[0])
    in_order = [str(one.camera) for one in sorted(configs, key=lambda one: one.priority)]
    assert in_order == [sub_stream(hazards.camera), "schools", "public-order", "hazards"]
