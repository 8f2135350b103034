"""`ronda log`: figures counted again from copies, also of a log that began before; printed anchors."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.evidence_kit import FixedClock
from tests.http_kit import Town, town
from tests.needs import require_program

from ronda.app.cli import main
from ronda.app.wiring import Wiring
from ronda.core.days import month_of
from ronda.core.time import DAY_US, parse_utc
from ronda.evidence import canonical
from ronda.evidence.entry import AuditEvent, Phase
from ronda.evidence.errors import MalformedError, ProofError
from ronda.evidence.leaf import make_leaf, public_part
from ronda.evidence.log_anchor import Anchor, read_anchor
from ronda.evidence.published_log import read_published
from ronda.store import log as log_module
from ronda.store.log import SqliteLog


@pytest.fixture
def place(tmp_path: Path) -> Town:
    here = town(tmp_path / "data")
    here.approved_case()
    here.client("investigator").post("/api/cases", json={})  # refused: one more entry or none, but no request
    return here


def copied(place: Town, folder: Path) -> Path:
    """What anybody fetches: figures first, then checkpoint, key and tiles, over the open routes alone."""
    client = place.client("nobody")
    (folder / "tile").mkdir(parents=True)
    (folder / "jejak.csv").write_bytes(client.get("/publik/jejak.csv").content)
    (folder / "checkpoint").write_bytes(client.get("/api/log/checkpoint").content)
    (folder / "key").write_bytes(client.get("/api/log/key").content)
    width = int((folder / "checkpoint").read_text().split("\n")[1])
    for kind in ("0", "umum"):
        path = f"tile/{kind}/000.p/{width}"
        answer = client.get(f"/api/log/{path}")
        assert answer.status_code == 200, path
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_bytes(answer.content)
    return folder


def ronda(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["ronda", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_the_published_figures_are_counted_again_from_copies_of_what_is_open(
    place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(place, tmp_path / "salinan")
    key = (folder / "key").read_text()
    assert ronda(monkeypatch, "log", "figures", "--from", str(folder), "--key", key) == 0
    told = capsys.readouterr().out
    assert [line.split()[1:5] for line in told.splitlines() if "disetujui" in line] == [
        ["disetujui", "1", "=", "1"]
    ]
    assert ronda(monkeypatch, "log", "figures", "--from", str(folder)) == 2, "the key came from the same place"
    text = (folder / "jejak.csv").read_text()
    (folder / "jejak.csv").write_text(text.replace("permintaan_polisi,1", "permintaan_polisi,0"))
    assert ronda(monkeypatch, "log", "figures", "--from", str(folder), "--key", key) == 1
    assert "1 figures differ" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["checkpoint", "tile/0", "tile/umum", "jejak.csv"])
def test_copies_that_do_not_fit_or_are_missing_prove_nothing(
    place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = copied(place, tmp_path / "salinan")
    path = next((folder / name).rglob("*.p/*")) if name.startswith("tile") else folder / name
    whole = path.read_bytes()
    changed = (
        whole.replace(b"permintaan.disetujui", b"permintaan.dihilangkn") if name == "tile/umum" else whole[:-9]
    )
    path.write_bytes(changed)
    assert ronda(monkeypatch, "log", "figures", "--from", str(folder)) in (1, 3)
    path.unlink()
    assert ronda(monkeypatch, "log", "figures", "--from", str(folder)) == 3


@pytest.mark.parametrize(
    "path", ["entries/000.p/3", "../log.sqlite", "umum/../entries/000", "0", "umum/x", "0/%2e%2e/0"]
)
def test_no_path_below_the_tiles_gives_what_is_private(place: Town, path: str) -> None:
    place.wiring.signed_checkpoint()
    answer = place.client("nobody").get(f"/api/log/tile/{path}")
    assert answer.status_code in (400, 404)
    assert b"pelaku" not in answer.content


def test_a_log_that_began_before_stays_whole_and_says_since_when_it_can_be_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old entries stay private and proven; the figures begin with the first of the new form."""

    def old_form(event: AuditEvent, **about: Any) -> Any:
        leaf, openings = make_leaf(event, **about)
        fields = dict(canonical.read_object(leaf, "leaf"))
        for name in ("v", "garam", "hari", "menit"):
            fields.pop(name, None)
        return canonical.write(fields), openings

    clock = FixedClock(parse_utc("2026-10-20T08:00:00+08:00"))
    log = SqliteLog(tmp_path / "log", clock)
    seen = AuditEvent(action="rekaman.putar", actor="p", role="", phase=Phase.INTENT, outcome="boleh")
    with monkeypatch.context() as before:
        before.setattr(log_module, "make_leaf", old_form)
        for _ in range(300):
            log.append(seen)
    clock.advance(days=2)
    for _ in range(5):
        log.append(seen)
    wiring = Wiring.__new__(Wiring)
    from ronda.app.log_counts import LogCounts

    monkeypatch.setattr(type(wiring), "log", log, raising=False)
    counted = LogCounts().upto(wiring)
    assert counted.first == (300, "2026-10-22")
    assert ("2026-10", "rekaman_dibuka", 5, "2026-10-22", 300) in counted.rows()
    assert log.verify_all() == []
    assert all(public_part(leaf) is None for _index, leaf in log.leaves(0, 300))


def test_an_anchor_is_printed_typed_in_again_and_found_or_not(
    place: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, clock = str(place.wiring.folder.root), place.wiring.clock
    this = month_of(clock.now_us())
    assert ronda(monkeypatch, "log", "anchor", "--month", this, "--data", data) == 64, "a month that is not over"
    later_us = clock.now_us() + 40 * DAY_US
    monkeypatch.setattr(type(clock), "now_us", lambda _self: later_us)
    assert ronda(monkeypatch, "log", "anchor", "--month", this, "--data", data) == 0
    printed = capsys.readouterr().out.strip()
    typed = printed.upper().replace(" ", "  ").replace("  ", " \n", 3)
    assert ronda(monkeypatch, "log", "anchor", "--check", typed, "--data", data) == 0
    digits = printed[-1]
    wrong = printed[:-1] + ("0" if digits != "0" else "1")
    assert ronda(monkeypatch, "log", "anchor", "--check", wrong, "--data", data) == 1
    found = read_anchor(printed)
    short = Anchor(month=found.month, size=found.size - 1, root=place.wiring.log.root(found.size - 1))
    assert ronda(monkeypatch, "log", "anchor", "--check", short.line, "--data", data) == 1, "an entry too few"


def test_the_monthly_report_holds_the_anchor_that_can_be_typed_in_and_the_figures(
    place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    require_program("pdftotext", "poppler-utils")
    data, clock = str(place.wiring.folder.root), place.wiring.clock
    this = month_of(clock.now_us())
    later_us = clock.now_us() + 40 * DAY_US
    monkeypatch.setattr(type(clock), "now_us", lambda _self: later_us)
    assert ronda(monkeypatch, "report", "month", str(tmp_path / "out"), "--month", this, "--data", data) == 0
    pdf = tmp_path / "out" / f"laporan-{this}.pdf"
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    ronda(monkeypatch, "log", "anchor", "--month", this, "--data", data)
    line = capsys.readouterr().out.strip().splitlines()[-1]
    assert "".join(line.split()) in "".join(text.split())
    assert ronda(monkeypatch, "log", "anchor", "--check", line, "--data", data) == 0
    assert "Disetujui orang kedua" in text
    assert f"{this},disetujui,1," in (tmp_path / "out/jejak.csv").read_text()
    noted = place.wiring.log.entries(0, 500, action="laporan.bulanan")
    assert noted[0].fields["objek"]["akar"] == read_anchor(line).root.hex()  # type: ignore[index,call-overload]


def test_a_published_act_that_is_not_in_the_tree_or_is_kept_back_is_named(place: Town, tmp_path: Path) -> None:
    folder = copied(place, tmp_path / "salinan")
    path = next((folder / "tile/umum").rglob("*.p/*"))
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"berhasil", b"berhasi1", 1))
    with pytest.raises(ProofError, match="not what stands in the tree"):
        read_published(lambda name: (folder / name).read_bytes(), None)
    first = 2 + int.from_bytes(whole[:2], "big")
    second = int.from_bytes(whole[first : first + 2], "big")
    path.write_bytes(whole[:first] + b"\0\0" + whole[first + 2 + second :])
    with pytest.raises(ProofError, match="entry 1 is kept back"):
        read_published(lambda name: (folder / name).read_bytes(), None)


@pytest.mark.parametrize("typed", ["", "2026-11", "2026-13 5 " + "ab" * 32, "2026-11 5 " + "ab" * 31, "x" * 500])
def test_what_is_no_anchor_is_told(typed: str) -> None:
    with pytest.raises(MalformedError, match="no anchor"):
        read_anchor(typed)
