"""A witness beside a real hub: what it signs, and that it names what was changed on the hub's disk."""

import json
import re
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from tests.http_kit import Town, town
from tests.hub_kit import HubProcess, hub, ronda

from ronda.app.jobs.witness_proofs import witness_proofs
from ronda.cases.ports import LogWitnesses
from ronda.evidence.folder import PackageFolder
from ronda.evidence.verdict import Check, Verdict
from ronda.evidence.verify import verify_package

NAME = "inspektorat.example/penjaga"


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path / "hub")


def witness(place: Town, state: Path, *, trusted: bool = True) -> str:
    made = ronda("witness", "init", "--state", str(state), "--name", NAME)
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    if trusted:
        done = ronda("witness", "trust", NAME, key, "--data", str(place.wiring.folder.root))
        assert done.returncode == 0, done.stderr
    return key


def look(served: HubProcess, state: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return ronda("witness", "run", "--hub", served.url, "--state", str(state), "--once", *more)


def change_entry(place: Town, index: int) -> None:
    """As somebody with the disk in hand would: past the triggers, the tree left as it is."""
    with sqlite3.connect(place.wiring.folder.log / "log.sqlite") as db:
        db.execute("DROP TRIGGER entry_keeps")
        (leaf,) = db.execute("SELECT leaf FROM entry WHERE seq=?", (index,)).fetchone()
        db.execute("UPDATE entry SET leaf=? WHERE seq=?", (leaf.replace(b"berhasil", b"ditolakk"), index))


def entries(place: Town, count: int) -> None:
    for number in range(count):
        place.wiring.note("latihan.kasus", {"nomor": number})


def seen_by_hub(place: Town) -> dict[str, object]:
    answer: dict[str, object] = place.client("nobody").get("/api/log/witnesses").json()
    return answer


def test_a_cosigned_checkpoint_is_shown_and_stands_in_the_next_package(place: Town, tmp_path: Path) -> None:
    """The line of the witnesses is proven, by a key that the sealed statement names."""
    witness(place, tmp_path / "stick")
    case = place.approved_case()
    with hub(place.wiring.folder.root) as served:
        first = look(served, tmp_path / "stick")
        assert first.returncode == 0, first.stderr
        shown = seen_by_hub(place)
        assert NAME in str(shown["cosigned"])
        assert shown["witnesses"][0]["late"] is False  # type: ignore[index]
        sealed = place.client("investigator").post(f"/api/cases/{case}/packages", json={})
        assert sealed.status_code in (200, 201), sealed.text
        look(served, tmp_path / "stick")
    (package,) = place.wiring.folder.packages.glob("BUKTI_*")
    before = verify_package(PackageFolder(package))
    witness_proofs(place.wiring).run()
    after = verify_package(PackageFolder(package))
    assert verdict(before) is Verdict.UNPROVEN
    assert verdict(after) is Verdict.PROVEN
    assert after.broken == []
    script = subprocess.run(["python3", "-I", package / "verifikasi.py", package], capture_output=True, text=True)
    assert script.returncode == 2, script.stdout
    assert re.search(r"Penjaga log +SESUAI", script.stdout)


def verdict(report: object) -> Verdict:
    return next(line.verdict for line in report.lines if line.check is Check.WITNESSES)  # type: ignore[attr-defined]


def test_an_entry_changed_on_disk_is_named_and_nothing_is_signed(place: Town, tmp_path: Path) -> None:
    """The tree still fits its root; only who kept the hashes can say which entry reads otherwise."""
    state = tmp_path / "stick"
    witness(place, state)
    entries(place, 12)
    with hub(place.wiring.folder.root) as served:
        assert look(served, state).returncode == 0
        before = seen_by_hub(place)["cosigned"]
        change_entry(place, 7)
        entries(place, 3)
        found = look(served, state)
    assert found.returncode == 1
    assert "entri 7 berubah sejak" in found.stderr
    assert "TIDAK ditandatangani" in found.stderr
    shown = seen_by_hub(place)
    assert shown["cosigned"] == before
    report = shown["reports"][0]  # type: ignore[index]
    assert (report["kind"], report["index"], report["open"]) == ("changed", 7, True)
    (alarm,) = (state / "alarms").glob("*.json")
    kept = json.loads(alarm.read_text())["perubahan"]
    assert [one["entri"] for one in kept] == [7]
    assert kept[0]["dulu"] != kept[0]["sekarang"]


def test_an_alarm_is_over_when_all_is_as_it_was_and_not_before(place: Town, tmp_path: Path) -> None:
    """Put back from a backup, the log fits again what the witness keeps: it signs, nobody has to click."""
    state, file = tmp_path / "stick", place.wiring.folder.log / "log.sqlite"
    witness(place, state)
    entries(place, 5)
    with hub(place.wiring.folder.root) as served:
        assert look(served, state).returncode == 0
        with sqlite3.connect(file) as live, sqlite3.connect(tmp_path / "backup.sqlite") as copy:
            live.backup(copy)
        change_entry(place, 2)
        assert look(served, state).returncode == 1
        assert seen_by_hub(place)["reports"][0]["open"] is True  # type: ignore[index]
        with sqlite3.connect(file) as live, sqlite3.connect(tmp_path / "backup.sqlite") as copy:
            copy.backup(live)
        time.sleep(1.1)  # signatures count whole seconds
        assert look(served, state).returncode == 0
    assert seen_by_hub(place)["reports"][0]["open"] is False  # type: ignore[index]


def test_entries_taken_out_are_named_though_the_hub_itself_signs_no_more(place: Town, tmp_path: Path) -> None:
    state = tmp_path / "stick"
    witness(place, state)
    entries(place, 9)
    with hub(place.wiring.folder.root) as served:
        assert look(served, state).returncode == 0
    with sqlite3.connect(place.wiring.folder.log / "log.sqlite") as db:
        db.execute("DROP TRIGGER entry_stays")
        db.execute("DELETE FROM opening WHERE seq=4")
        db.execute("DELETE FROM entry WHERE seq=4")
    with hub(place.wiring.folder.root) as served:
        found = look(served, state, "--lang", "en")
    assert found.returncode == 1
    assert "entry 4 was removed since" in found.stderr


def test_a_log_rolled_back_with_its_checkpoint_is_named(place: Town, tmp_path: Path) -> None:
    """The hub cannot know: all its own files agree. The witness has seen more."""
    state, log = tmp_path / "stick", place.wiring.folder.log
    witness(place, state)
    place.wiring.signed_checkpoint()
    shutil.copytree(log, tmp_path / "old")
    entries(place, 5)
    with hub(place.wiring.folder.root) as served:
        assert look(served, state).returncode == 0
    shutil.rmtree(log)
    shutil.copytree(tmp_path / "old", log)
    with hub(place.wiring.folder.root) as served:
        found = look(served, state)
    assert found.returncode == 1
    assert "jejak menyusut" in found.stderr


def test_a_witness_away_for_a_week_catches_up_and_is_shown_as_late_meanwhile(place: Town, tmp_path: Path) -> None:
    state = tmp_path / "stick"
    witness(place, state)
    with hub(place.wiring.folder.root) as served:
        assert look(served, state).returncode == 0
        entries(place, 700)
        note = place.wiring.folder.log / "cosigned"
        (path,) = note.glob("*.note")
        backdate(path, state, days=7)
        shown = seen_by_hub(place)["witnesses"][0]  # type: ignore[index]
        assert (shown["late"], shown["days_ago"]) == (True, 7)
        again = look(served, state)
    assert again.returncode == 0, again.stderr
    shown = seen_by_hub(place)["witnesses"][0]  # type: ignore[index]
    assert shown["late"] is False
    assert shown["cosigned_size"] >= 700


def backdate(path: Path, state: Path, *, days: int) -> None:
    """The same checkpoint, cosigned `days` earlier by the same witness."""
    from ronda.evidence.checkpoint import read_note
    from ronda.store.witness_state import WitnessState

    note = path.read_text()
    signer = WitnessState(state).signer
    at_s = signer.key.cosigned_s(read_note(note)) or 0
    own = [line for line in note.splitlines(keepends=True) if line.startswith(f"— {NAME} ")]
    path.write_text(note.replace(own[0], signer.line(read_note(note).text, at_s - days * 86_400)))


def test_a_cosignature_of_a_stranger_is_refused_in_words(place: Town, tmp_path: Path) -> None:
    state = tmp_path / "stick"
    witness(place, state, trusted=False)
    with hub(place.wiring.folder.root) as served:
        found = look(served, state)
    assert found.returncode == 0
    assert "belum mempercayai" in found.stdout
    assert seen_by_hub(place)["cosigned"] is None


def test_a_hub_that_does_not_answer_is_no_alarm(place: Town, tmp_path: Path) -> None:
    state = tmp_path / "stick"
    witness(place, state)
    found = ronda("witness", "run", "--hub", "http://127.0.0.1:9", "--state", str(state), "--once")
    assert found.returncode == 75
    assert "does not answer" in found.stderr


def test_the_log_of_another_hub_is_not_signed(place: Town, tmp_path: Path) -> None:
    """A witness stays with the key it saw first: a new key is a new log."""
    state = tmp_path / "stick"
    witness(place, state)
    with hub(place.wiring.folder.root) as served:
        assert look(served, state).returncode == 0
    other = town(tmp_path / "other")
    with hub(other.wiring.folder.root) as served:
        found = look(served, state)
    assert found.returncode == 1
    assert "no good signature" in found.stderr


def port(place: Town) -> LogWitnesses:
    """The store satisfies the port of the cases."""
    return place.wiring.witnesses
