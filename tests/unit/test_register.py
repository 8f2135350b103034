"""What an entry of the register must have before anything is recorded."""

import dataclasses

import pytest

from ronda.core.errors import WrongUsageError
from ronda.core.ids import AreaCode, SiteId, camera_id
from ronda.core.secrets import mask_url
from ronda.registry.errors import IncompleteEntryError, KeptTooLongError
from ronda.registry.model import Camera, Site, SiteKind
from ronda.registry.purposes import LONGEST_DAYS, PurposeKind
from ronda.registry.rules import MAX_RETENTION_DAYS, check_camera, check_stream_url

ENTRY = Camera(
    camera=camera_id("simpang-3"),
    name="Simpang 3",
    site=Site(
        site_id=SiteId("s-1"),
        name="Simpang 3",
        kind=SiteKind.JUNCTION,
        area=AreaCode("64.08.04"),
        lat_deg=0.5,
        lon_deg=117.5,
    ),
    purpose="Keamanan jalan umum",
    legal_basis="UU 27/2022 Pasal 17",
    retention_days=30,
    url="rtsp://user:rahasia@10.0.0.5:554/main",
    sub_url=None,
    direction_deg=None,
)


def test_a_whole_entry_stands() -> None:
    check_camera(ENTRY)


@pytest.mark.parametrize("purpose", ["", "   ", "test", "kamera"])
def test_no_purpose_no_recording(purpose: str) -> None:
    with pytest.raises(IncompleteEntryError, match="no purpose"):
        check_camera(dataclasses.replace(ENTRY, purpose=purpose))


@pytest.mark.parametrize(
    "url",
    [
        "exec:rm -rf /",
        "ffmpeg:rtsp://x/y",
        "file:///etc/passwd",
        "concat:a|b",
        "pipe:0",
        "http://10.0.0.5/",
        "rtsp://",
        "rtsp:///path",
        "rtsp://host:99999/",
        "rtsp://host/a b",
        "rtsp://host/a\nb",
        "rtsp://[::1/x",
        "",
    ],
)
def test_only_an_rtsp_address_can_be_a_source(url: str) -> None:
    """Block lists lose; one scheme is allowed and nothing is ever handed to a shell."""
    with pytest.raises(IncompleteEntryError):
        check_stream_url(url)


def test_a_refused_address_does_not_show_its_password() -> None:
    with pytest.raises(IncompleteEntryError) as refused:
        check_stream_url("http://admin:rahasia@10.0.0.5/")
    assert "rahasia" not in str(refused.value)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_retention_stays_within_its_limits(days: int) -> None:
    with pytest.raises(IncompleteEntryError, match="1 to 365"):
        check_camera(dataclasses.replace(ENTRY, retention_days=days))


@pytest.mark.parametrize("purpose", list(PurposeKind))
def test_each_purpose_has_a_longest_retention_and_one_day_more_is_refused_with_both_figures(
    purpose: PurposeKind,
) -> None:
    longest = LONGEST_DAYS[purpose]
    basis = "Perbup 12/2026" if purpose is PurposeKind.REGIONAL_RULE else ENTRY.legal_basis
    entry = dataclasses.replace(ENTRY, purpose_kind=purpose, retention_days=longest, legal_basis=basis)
    check_camera(entry)
    if longest == MAX_RETENTION_DAYS:
        return
    with pytest.raises(KeptTooLongError, match=rf"{longest + 1} days .* at most {longest} days") as refused:
        check_camera(dataclasses.replace(entry, retention_days=longest + 1))
    assert refused.value.figures["longest"] == longest


@pytest.mark.parametrize("name", ["", "-x", "x-", "Simpang", "a/b", "..", "a" * 64, "x\n"])
def test_a_camera_name_can_always_be_a_folder(name: str) -> None:
    with pytest.raises(WrongUsageError):
        camera_id(name)


def test_passwords_with_odd_signs_are_masked_whole() -> None:
    assert mask_url("open rtsp://a:p@ss:w@host/x failed") == "open rtsp://***@host/x failed"
    assert mask_url("rtsp://host/x") == "rtsp://host/x"
