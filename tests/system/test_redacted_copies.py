"""A redacted copy from draft to the hands of a citizen: what is in its film, who may see it, who lets it go."""

import io
import subprocess
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest
from tests.evidence_kit import (
    APPROVER,
    FPS,
    INVESTIGATOR,
    NIGHT_US,
    OPERATOR,
    House,
    film_bytes,
    house,
    letter,
    person,
    scope,
)
from tests.needs import require_program, require_shared

from ronda.access.model import Role
from ronda.cases.errors import IncompleteRequestError, NotYourStepError, RedactionError
from ronda.cases.model import Case
from ronda.cases.redacted_film import checked, find, read_stored, write
from ronda.cases.redacted_package import FILM
from ronda.cases.shown_pictures import Originals
from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.evidence.errors import UnreadablePackageError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.verify import verify_package
from ronda.redaction.model import CopyState, Patch, PatchKind, RedactedCopy
from ronda.redaction.rules import LONGEST_COPY_US

RINA, HADI, NUR = INVESTIGATOR.person_id, APPROVER.person_id, OPERATOR.person_id
CAMERA = CameraId("simpang-3")
SPAN = TimeSpan(NIGHT_US, NIGHT_US + 14 * SECOND_US)


@pytest.fixture
def home(tmp_path: Path) -> House:
    """Four seconds of footage, six missing, four more."""
    made = house(tmp_path)
    for number, start_s in enumerate((0, 10)):
        data = film_bytes(number, 4, 320, 240)
        made.recorder.record(CAMERA, NIGHT_US + start_s * SECOND_US, data)
    return made


def opened(home: House) -> Case:
    case = home.service.request(RINA, letter(scope(CAMERA, end_s=14)))
    return home.service.approve(HADI, case.case_id, scope_version=1)


def drawn(kind: PatchKind = PatchKind.CLEAR) -> Patch:
    return Patch(
        patch_id="p1", kind=kind, left=0.2, top=0.3, right=0.8, bottom=0.9, span=SPAN, note="pemohon", by=RINA
    )


def released(home: House) -> tuple[Case, RedactedCopy]:
    case = opened(home)
    case, copy = home.service.make_copy(RINA, case.case_id, CAMERA, SPAN)
    home.service.review_copy(RINA, case.case_id, copy.copy_id, copy.version)
    second = person("sari", "86010203", Role.APPROVER)
    home.people.rows[second.person_id] = second
    case = home.service.release_copy(second.person_id, case.case_id, copy.copy_id, copy.version)
    return case, case.copies[0]


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def test_a_draft_hides_all_that_moves_shows_the_gap_and_has_no_sound(home: House) -> None:
    """N52: no sound, no data of the camera; N40: an interruption is a card."""
    case = opened(home)
    case, copy = home.service.make_copy(RINA, case.case_id, CAMERA, SPAN)
    assert (copy.state, copy.version, copy.frames) == (CopyState.DRAFT, 1, 8 * FPS)
    path = home.service.copy_film(RINA, case.case_id, copy.copy_id)
    with av.open(str(path)) as film:
        assert [stream.type for stream in film.streams] == ["video"]
        assert not set(film.metadata) - {"major_brand", "minor_version", "compatible_brands", "encoder"}
        seconds = float(film.streams.video[0].duration * film.streams.video[0].time_base)
    assert 12 < seconds < 15, "the interruption keeps its length"
    shown = pictures(path)
    assert len(shown) == 8 * FPS + 7, "a card each second from the last picture to the next"
    moving = shown[10][40:, :, 1].reshape(-1)
    assert len(np.unique(moving // 8)) <= 12, "the noise that moved all over the picture is a few greys"
    assert all(sha for sha, _ in copy.derived)
    assert len(copy.derived) == 2


def test_a_film_that_shows_something_in_a_hidden_cell_is_thrown_away(home: House, tmp_path: Path) -> None:
    """The last gate: what left the encoder is measured, not what went in."""
    case = opened(home)
    segments = home.recorder.segments(CAMERA, SPAN)
    originals = Originals(footage=home.recorder, recordings=home.recorder, segments=segments, span=SPAN)
    found = find(originals, None)
    assert case.approval
    open_cells = np.zeros_like(found.cells)
    write(tmp_path / "open.mp4", originals, found, open_cells, "kamera")
    checked(tmp_path / "open.mp4", found, open_cells)
    with pytest.raises(RedactionError, match="hidden cell"):
        checked(tmp_path / "open.mp4", found, np.ones_like(found.cells))


def test_a_correction_makes_the_film_anew_and_asks_for_a_new_look(home: House) -> None:
    """Keeping somebody clear opens the middle of the picture; the review before it counts no more."""
    case = opened(home)
    case, copy = home.service.make_copy(RINA, case.case_id, CAMERA, SPAN)
    home.service.review_copy(RINA, case.case_id, copy.copy_id, 1)
    before = home.service.copy_film(RINA, case.case_id, copy.copy_id).read_bytes()
    case, copy = home.service.patch_copy(RINA, case.case_id, copy.copy_id, [drawn()])
    assert (copy.state, copy.version, copy.reviewed_by) == (CopyState.DRAFT, 2, None)
    after = home.service.copy_film(RINA, case.case_id, copy.copy_id)
    assert after.read_bytes() != before
    assert copy.veiled < case.copies[0].veiled + 0.01 < 1
    middle = pictures(after)[10][100:200, 100:200, 1]
    assert len(np.unique(middle)) > 50
    with pytest.raises(NotYourStepError, match="looked through"):
        home.service.release_copy(second_approver(home), case.case_id, copy.copy_id, 2)


def second_approver(home: House) -> object:
    one = person("sari", "86010203", Role.APPROVER)
    home.people.rows[one.person_id] = one
    return one.person_id


def test_who_made_or_reviewed_it_may_not_release_it_under_any_account(home: House) -> None:
    """An unmasking needs two people, and NIP counts, not logins."""
    case = opened(home)
    case, copy = home.service.make_copy(RINA, case.case_id, CAMERA, SPAN)
    home.service.review_copy(RINA, case.case_id, copy.copy_id, 1)
    twin = person("rina-dua", INVESTIGATOR.official_id, Role.APPROVER)
    home.people.rows[twin.person_id] = twin
    for who in (RINA, twin.person_id):
        with pytest.raises(NotYourStepError):
            home.service.release_copy(who, case.case_id, copy.copy_id, 1)
    assert home.actions()[-1] == ("salinan.dilepas", "fakta", "ditolak")
    far = person("jauh", "86010204", Role.APPROVER, area="64.09")
    home.people.rows[far.person_id] = far
    with pytest.raises(Exception, match="no case"):
        home.service.release_copy(far.person_id, case.case_id, copy.copy_id, 1)


def test_each_step_is_in_the_log_before_it_happens(home: House) -> None:
    case, copy = released(home)
    home.service.copy_package(RINA, case.case_id, copy.copy_id)
    told = [(action, phase) for action, phase, _ in home.actions() if action.startswith("salinan.")]
    assert told == [
        (f"salinan.{act}", phase)
        for act in ("dibuat", "diperiksa", "dilepas", "diunduh")
        for phase in ("niat", "hasil")
    ]


def test_a_draft_is_footage_and_shown_to_nobody_outside_the_case(home: House) -> None:
    case = opened(home)
    case, copy = home.service.make_copy(RINA, case.case_id, CAMERA, SPAN)
    for who in (HADI, NUR):
        with pytest.raises(NotYourStepError):
            home.service.copy_film(who, case.case_id, copy.copy_id)
    with pytest.raises(NotYourStepError):
        home.service.copy_package(RINA, case.case_id, copy.copy_id)


def test_a_copy_stays_within_the_scope_and_within_half_an_hour(home: House) -> None:
    case = opened(home)
    with pytest.raises(NotYourStepError, match="not in the scope"):
        home.service.make_copy(RINA, case.case_id, CAMERA, TimeSpan(SPAN.start_us, SPAN.end_us + 1))
    home.recorder.record(CAMERA, NIGHT_US + 60 * SECOND_US, film_bytes(3))
    wide = home.service.request(RINA, letter(scope(CAMERA, end_s=LONGEST_COPY_US // SECOND_US + 60)))
    home.service.approve(HADI, wide.case_id, scope_version=1)
    with pytest.raises(IncompleteRequestError, match="30 minutes"):
        home.service.make_copy(RINA, wide.case_id, CAMERA, wide.request.scope.span)


def test_a_film_changed_on_the_disk_is_not_shown_or_released(home: House) -> None:
    case = opened(home)
    case, copy = home.service.make_copy(RINA, case.case_id, CAMERA, SPAN)
    home.service.review_copy(RINA, case.case_id, copy.copy_id, 1)
    path = home.service.copies / copy.copy_id / FILM
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(RedactionError, match="not the one that was made"):
        home.service.copy_film(RINA, case.case_id, copy.copy_id)
    with pytest.raises(RedactionError):
        home.service.release_copy(second_approver(home), case.case_id, copy.copy_id, 1)


def test_what_goes_out_is_checked_with_ordinary_tools_and_is_no_evidence(home: House, tmp_path: Path) -> None:
    """E12: sha256sum and openssl accept it, `ronda verify` refuses it by name."""
    case, copy = released(home)
    name, files, film = home.service.copy_package(RINA, case.case_id, copy.copy_id)
    folder = tmp_path / name
    folder.mkdir()
    for file, data in files.items():
        (folder / file).write_bytes(data)
    (folder / FILM).write_bytes(film.read_bytes())
    require_program("openssl", "openssl")
    commands = [
        line.strip() for line in (folder / "BACA-SAYA.txt").read_text().splitlines() if line.startswith("  ")
    ]
    script = "\n".join(commands)
    done = subprocess.run(["sh", "-e", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with pytest.raises(UnreadablePackageError, match="salinan samaran"):
        verify_package(PackageFolder(folder))
    (folder / FILM).write_bytes(film.read_bytes()[:-1] + b"?")
    broken = subprocess.run(["sh", "-e", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert broken.returncode != 0


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x93NUMPY"])
def test_a_broken_list_of_cells_is_told_and_nothing_is_shown(data: bytes) -> None:
    with pytest.raises(RedactionError, match="make the copy anew"):
        read_stored(data)


def test_on_real_people_no_head_is_left_clear(tmp_path: Path) -> None:
    """P4 before any review, without a detector: 10 people, 1,156 boxes drawn by hand, of a street in a town."""
    source, truth = require_shared("footage/tud-stadtmitte.mp4"), require_shared("footage/tud-stadtmitte.gt.txt")
    found = find(_Street(source), None)
    clear = 0
    for frame, _, left, top, width, height, *_ in np.loadtxt(truth, delimiter=","):
        head = found.grid.covered(left + width / 4, top, left + width * 3 / 4, top + height / 7)
        clear += bool((head & ~found.cells[int(frame) - 1]).any())
    assert clear == 0
    assert found.cells.mean() < 0.6, "not everything is hidden"


class _Street(Originals):
    """The pictures of a film that no recorder wrote."""

    def __init__(self, path: Path) -> None:
        object.__setattr__(self, "span", TimeSpan(0, 60 * SECOND_US))
        object.__setattr__(self, "segments", (path,))

    def pictures(self):  # type: ignore[no-untyped-def]
        from ronda.cases.shown_pictures import Shown

        with av.open(str(self.segments[0])) as film:
            for frame in film.decode(video=0):
                yield Shown(frame, int(frame.time * SECOND_US))

    def key_pictures(self, most: int):  # type: ignore[no-untyped-def]
        everything = list(self.pictures())
        yield from everything[:: max(1, len(everything) // most)]


def test_the_zip_holds_the_film_and_its_papers(home: House) -> None:
    from ronda.app.package_files import zip_of

    case, copy = released(home)
    name, files, film = home.service.copy_package(RINA, case.case_id, copy.copy_id)
    data = b"".join(zip_of([*((f"{name}/{file}", data) for file, data in files.items()), (f"{name}/{FILM}", film)]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert f"{name}/{FILM}" in archive.namelist()
