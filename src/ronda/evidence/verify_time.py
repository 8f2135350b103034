"""Hold what the package says about time against its films and the cameras' own reports.

The lengths and places of all fragments are compared with the films. Offset and drift of each camera's
clock are worked out again from the sender reports. What cannot be proven from inside the package is the
recorder's own clock: what its kernel said of it is worked out again; without that it stays NOT PROVEN YET.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ronda.core.time import SECOND_US, TimeSpan
from ronda.evidence import layout
from ronda.evidence.clock_facts import ClockReport, measure, offset_words, summary
from ronda.evidence.film import Film
from ronda.evidence.folder import PackageFolder
from ronda.evidence.gaps import fits
from ronda.evidence.machine_clock import ClockReading, read_row, utc_uncertainty_us, utc_words
from ronda.evidence.statement import ORIGINAL, UNKNOWN, FilmFile, Statement
from ronda.evidence.verdict import Finding, Verdict, Words

Clocks = Mapping[str, Any]
REPORT_TOLERANCE_US = 5 * SECOND_US


def read_clocks(folder: PackageFolder) -> Clocks:
    """`data/waktu.json`; empty when it cannot be read, so that every film says so."""
    try:
        found = json.loads(folder.read(layout.CLOCKS) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def film_findings(clocks: Clocks, stated: FilmFile, read: Film) -> Iterator[Finding]:
    """The stated span against the film's length, and the place of each fragment."""
    if not fits(stated.span, read.duration_90k):
        length_s = read.duration_90k / 90_000
        words = Words(
            f"rentang dinyatakan {stated.span.duration_s:.1f} dtk, filmnya {length_s:.1f} dtk",
            f"stated span {stated.span.duration_s:.1f} s, its film {length_s:.1f} s",
        )
        yield Finding(Verdict.UNPROVEN, words, stated.path)
    try:
        said = [tuple(row[:5]) for row in clocks["berkas"][stated.path]]
    except (KeyError, TypeError):
        yield _broken("bukti waktu tidak terbaca", "the clock evidence cannot be read")
        return
    is_so = [(f.offset, f.size_bytes, f.frames, f.start_90k, f.duration_90k) for f in read.fragments]
    if said != is_so:
        yield _broken("bukti waktu untuk film lain", "clock evidence of another film")


def clock_findings(folder: PackageFolder, statement: Statement) -> Iterator[Finding]:
    """Each camera's clock, worked out from its reports again, and the sentence made of them."""
    clocks = read_clocks(folder)
    by_camera: dict[str, list[ClockReport]] = {camera: [] for camera in statement.cameras}
    for film in statement.files:
        if film.role != ORIGINAL:
            continue
        try:
            reports = _reports(clocks, film.path)
        except (KeyError, TypeError, ValueError):
            yield _broken("laporan jam kamera tidak terbaca", "the camera's clock reports cannot be read")
            return
        by_camera.setdefault(film.camera, []).extend(reports)
        facts = measure(reports)
        if film.clock != (None if facts is None else facts.document()):
            yield _broken(
                f"jam kamera untuk {film.path} bukan yang dinyatakan",
                f"the camera clock of {film.path} is not the one stated",
            )
        if not all(_is_within(report, film) for report in reports):
            words = "laporan jam di luar rentang film", "clock reports outside the film's span"
            yield Finding(Verdict.UNPROVEN, Words(*words), film.path)
    try:
        utc_us = utc_uncertainty_us(_span(statement), _readings(clocks))
    except (KeyError, TypeError, ValueError):
        yield _broken("keadaan NTP perekam tidak terbaca", "the recorder's NTP state cannot be read")
        return
    yield from _camera_findings(by_camera, statement, utc_us)


def _camera_findings(
    by_camera: Mapping[str, list[ClockReport]], statement: Statement, utc_us: int | None
) -> Iterator[Finding]:
    measured = {camera: measure(reports) for camera, reports in by_camera.items()}
    for camera, facts in measured.items():
        if facts is None:
            words = f"{camera}: jam kamera {UNKNOWN}", f"{camera}: the camera's clock was not measured"
            yield Finding(Verdict.UNPROVEN, Words(*words))
            continue
        words = (
            f"{camera}: jam kamera {offset_words(facts)} terhadap perekam ({facts.reports} laporan)",
            f"{camera}: camera clock {offset_words(facts, 'en')} against the recorder ({facts.reports} reports)",
        )
        yield Finding(Verdict.PROVEN, Words(*words))
    told = statement.document.get("waktu")
    if not isinstance(told, Mapping) or told.get("ringkasan") != summary(measured, utc_us):
        words = "ringkasan waktu tidak sesuai laporan", "the sentence about time does not follow from the reports"
        yield Finding(Verdict.BROKEN, Words(*words), layout.STATEMENT)
    yield _utc_finding(utc_us)


def _utc_finding(utc_us: int | None) -> Finding:
    if utc_us is None:
        words = "jam perekam terhadap UTC belum diukur", "the recorder's own clock was not measured against UTC"
        return Finding(Verdict.UNPROVEN, Words(*words))
    words = (
        f"jam perekam terhadap UTC {utc_words(utc_us)}, menurut keadaan NTP mesinnya",
        f"the recorder's clock against UTC {utc_words(utc_us, 'en')}, by its machine's NTP state",
    )
    return Finding(Verdict.PROVEN, Words(*words))


def _readings(clocks: Clocks) -> list[ClockReading]:
    """Raises KeyError, TypeError or ValueError for rows of another form."""
    return [] if clocks["ntp"] == UNKNOWN else [read_row(row) for row in clocks["ntp"]]


def _span(statement: Statement) -> TimeSpan:
    """From the first film's start to the last one's end. Raises ValueError without a film."""
    spans = [film.span for film in statement.files if film.role == ORIGINAL]
    return TimeSpan(min(span.start_us for span in spans), max(span.end_us for span in spans))


def _reports(clocks: Clocks, path: str) -> list[ClockReport]:
    """Raises KeyError, TypeError or ValueError for rows of another form."""
    if clocks["jam_kamera"] == UNKNOWN:
        return []
    reports = []
    for arrival_us, ntp, rtp_90k in clocks["jam_kamera"][path]:
        report = ClockReport(arrival_us=arrival_us, ntp=int(ntp, 16), rtp_90k=rtp_90k)
        limits = (arrival_us, 1 << 53), (report.ntp, 1 << 64), (rtp_90k, 1 << 32)
        if not all(type(value) is int and 0 <= value < limit for value, limit in limits):
            raise ValueError(path)
        if [arrival_us, ntp, rtp_90k] != report.row():
            raise ValueError(path)
        reports.append(report)
    return reports


def _is_within(report: ClockReport, film: FilmFile) -> bool:
    early, late = film.span.start_us - REPORT_TOLERANCE_US, film.span.end_us + REPORT_TOLERANCE_US
    return early <= report.arrival_us <= late


def _broken(indonesian: str, english: str) -> Finding:
    return Finding(Verdict.BROKEN, Words(indonesian, english), layout.CLOCKS)
