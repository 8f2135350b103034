"""Screens speak Indonesian: what the server can refuse or find has a sentence of its own there."""

import importlib
import pkgutil
import re
from pathlib import Path

import ronda
from ronda.access.policy import Action
from ronda.app.errors import (
    BackupBrokenError,
    BadCertificateError,
    BadListenAddressError,
    DetectorUnusableError,
    StepFailedError,
)
from ronda.app.http.problems import code_of
from ronda.app.hub_http import HubUnreachableError
from ronda.app.notify.errors import NotTakenError
from ronda.cases.model import (
    CitizenRefusal,
    IdentityCheck,
    LegalGround,
    Officer,
    OutcomeKind,
    Purpose,
    Request,
    Scope,
)
from ronda.cases.rules import request_problems
from ronda.core.errors import RondaError
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.registry.purposes import ALLOWED_BY, LONGEST_DAYS, PurposeKind
from ronda.video.gap_cause import Finding
from ronda.video.model import GapCause

I18N = Path(__file__).parents[2] / "web" / "src" / "i18n"
HTTP = Path(ronda.__file__).parent / "app" / "http"
PACKAGES = (
    "access",
    "app",
    "cases",
    "core",
    "evidence",
    "health",
    "planning",
    "registry",
    "service",
    "store",
    "video",
)
# Told on a command line, or caught by the worker and by the trial of a channel: no request ends with them.
COMMANDS_ONLY = {
    BackupBrokenError,
    BadCertificateError,
    BadListenAddressError,
    DetectorUnusableError,
    HubUnreachableError,
    NotTakenError,
    StepFailedError,
}


def texts(language: str) -> dict[str, str]:
    """Every key of one language with its text."""
    found: dict[str, str] = {}
    for path in I18N.glob(f"*{language}.ts"):
        found.update(re.findall(r'^  "([^"]+)": "((?:[^"\\]|\\.)*)",$', path.read_text(), re.MULTILINE))
    return found


def errors_of_the_web() -> list[type[RondaError]]:
    """Every error that a request may end with; the base of a package is never raised itself."""
    for module in pkgutil.walk_packages(ronda.__path__, "ronda."):
        # Alembic's own script runs only inside a migration.
        if not module.name.endswith(("__main__", "migrations.env")):
            importlib.import_module(module.name)
    found, waiting = [], [RondaError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        package = kind.__module__.split(".")[1]
        base = RondaError in kind.__bases__ and package.startswith(kind.__name__.removesuffix("Error").lower())
        if package in PACKAGES and not base and kind not in {RondaError, *COMMANDS_ONLY}:
            found.append(kind)
    return found


def test_every_error_has_its_sentence_in_indonesian() -> None:
    known = texts("id")
    # code_of only looks at the class, so the error need not be made.
    codes = {code_of(kind.__new__(kind)) for kind in errors_of_the_web()}
    assert "not_signed_in" in codes
    assert "footage_unreadable" in codes, "errors outside errors.py count too"
    assert sorted(code for code in codes if f"problem.{code}" not in known) == []


def test_what_is_refused_before_a_route_has_its_sentence_too() -> None:
    written = "".join(path.read_text() for path in HTTP.rglob("*.py"))
    codes = set(re.findall(r'"code": ?"(\w+)"', written))
    assert {"foreign_page", "too_large", "not_found"} <= codes
    assert sorted(code for code in codes if f"problem.{code}" not in texts("id")) == []


def test_every_field_of_a_request_that_can_be_wrong_has_its_sentence() -> None:
    """A request in which everything is wrong names every field."""
    nobody = Officer(name="", rank="", nrp="x", unit="")
    ahead = TimeSpan(5, 9)
    request = Request(
        lp_number="", lp_date="", letter_number="", letter_date="", requester=nobody, crime_kind="", place="",
        lat_deg=99.0, lon_deg=999.0, incident=ahead, scope=Scope(cameras=(CameraId("a"),) * 2, span=ahead),
        purpose=next(iter(Purpose)), ground=next(iter(LegalGround)), reason="", from_letter=False,
    )  # fmt: skip
    fields = {field for field, _sentence in request_problems(request, now_us=1)}
    assert len(fields) > 12
    assert sorted(field for field in fields if f"field.{field}" not in texts("id")) == []


def test_the_words_of_closed_lists_are_there() -> None:
    known = texts("id")
    wanted = [f"cause.{cause.value}" for cause in GapCause]
    wanted += [f"may.{action.value}" for action in Action]
    wanted += [f"outcome.{kind.value}" for kind in OutcomeKind]
    wanted += [f"ground.{ground.value}" for ground in LegalGround]
    wanted += [f"identity.{check.value}" for check in IdentityCheck]
    wanted += [f"refusal.{ground.value}" for ground in CitizenRefusal]
    wanted += [f"purpose.{purpose.value}" for purpose in Purpose]
    wanted += [f"purposekind.{kind.value}" for kind in PurposeKind]
    assert [key for key in wanted if key not in known] == []


def test_the_form_offers_the_days_that_the_register_allows() -> None:
    text = (I18N.parent / "lib" / "purposes.ts").read_text()
    offered = {name: int(days) for name, days in re.findall(r"^  (\w+): (\d+),$", text, re.MULTILINE)}
    assert offered == {kind.value: days for kind, days in LONGEST_DAYS.items()}
    noted = dict(re.findall(r'^  (\w+): "(.+)",$', text, re.MULTILINE))
    assert noted == {kind.value: note for kind, note in ALLOWED_BY.items()}


def test_every_act_in_the_log_has_words() -> None:
    """An action is written once, in Indonesian shorthand; the inspector reads words in both languages."""
    subjects = (
        "akun|bukti|desa|jejak|kamera|kasus|kunci|masuk|paket|pantauan|permintaan|rekaman|rt|sandi|tanda|tempat|"
        "wilayah"
    )
    written = "".join(path.read_text() for path in Path(ronda.__file__).parent.rglob("*.py"))
    acts = set(re.findall(rf'"((?:{subjects})\.[a-z_]+)"', written))
    acts = {act for act in acts if not act.endswith((".csv", ".md"))}  # files of the papers are no acts
    assert len(acts) > 25
    assert sorted(act for act in acts if f"act.{act}" not in texts("id")) == []


def test_screens_recognise_evidence_by_the_recorders_own_sentence() -> None:
    """The English text of a finding is the sentence that stands in the gap's row, letter for letter."""
    english, indonesian = texts("en"), texts("id")
    for finding in Finding:
        assert english[f"finding.{finding.name.lower()}"] == finding.sentence
        assert indonesian[f"finding.{finding.name.lower()}"] != finding.sentence
