"""The report of one film in sentences: six lines, each with its own verdict, never one word for all.

Decides the verdict of each line. A film without any signature is not proven; where the camera signed when the
film was taken in, it is broken, since signatures do not vanish by themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from ronda.evidence.camera_signing.claim import KeyMaterial
from ronda.evidence.camera_signing.order import LINK, LOST, OLDER, RESTART
from ronda.evidence.camera_signing.report import FilmReport, Group, Status
from ronda.evidence.camera_signing.signatures import Signed
from ronda.evidence.camera_signing.trust import NOBODY, Judged, Trust, judge, key_der, public_key
from ronda.evidence.errors import MalformedError
from ronda.evidence.verdict import Finding, Verdict, Words

_SHOWN = 12


class FilmCheck(StrEnum):
    """The six lines, in order."""

    SIGNATURES = "signatures"
    PICTURES = "pictures"
    ORDER = "order"
    EDGES = "edges"
    KEY = "key"
    TIME = "time"


LABELS = {
    FilmCheck.SIGNATURES: Words("Tanda tangan", "Signatures"),
    FilmCheck.PICTURES: Words("Gambar", "Pictures"),
    FilmCheck.ORDER: Words("Urutan", "Order"),
    FilmCheck.EDGES: Words("Tepi film", "Edges of the film"),
    FilmCheck.KEY: Words("Kunci kamera", "Camera's key"),
    FilmCheck.TIME: Words("Waktu kamera", "Camera's time"),
}
STATUS_WORDS = {
    Status.AUTHENTIC: Words("asli", "authentic"),
    Status.MISSING: Words("asli, ada yang hilang", "authentic with missing pictures or signatures"),
    Status.NOT_AUTHENTIC: Words("tidak asli", "not authentic"),
    Status.NOT_SIGNED: Words("tidak ditandatangani", "not signed"),
    Status.UNREADABLE: Words("bertanda tangan, tidak dapat diperiksa", "signed, cannot be checked"),
}
STRIPPED = Words(
    "tanda tangan hilang, padahal kamera menandatangani saat film diterima",
    "signature missing though the camera signed at intake",
)
NOT_COVERED = Words(
    "Yang dijamin tanda tangan kamera: isi gambar dan urutannya. Tidak dijamin: wadah film (waktu tayang, ukuran, "
    "parameter pengode), suara, dan pesan SEI lain.",
    "What a camera's signature vouches for: the pictures and their order. Not for: the container (times shown, "
    "sizes, the encoder's parameters), sound, and other SEI messages.",
)
UNSIGNED = Words(
    "film ini tanpa tanda tangan kamera; tidak dapat dibedakan dari tanda tangan yang dibuang",
    "this film carries no camera signature; that cannot be told from signatures taken out",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the reader brings: trust, the time of recording, and whether the camera signed at intake."""

    trust: Trust = NOBODY
    span_us: tuple[int, int] | None = None
    now_us: int
    signed_at_intake: bool = False


def film_findings(report: FilmReport, asked: Asked) -> dict[FilmCheck, list[Finding]]:
    """Every finding, by line."""
    if report.status is Status.NOT_SIGNED:
        first = Finding(Verdict.BROKEN, STRIPPED) if asked.signed_at_intake else Finding(Verdict.UNPROVEN, UNSIGNED)
        nothing = Finding(Verdict.UNCHECKED, Words("tanpa tanda tangan", "without a signature"))
        return {check: [first if check is FilmCheck.SIGNATURES else nothing] for check in FilmCheck}
    return {
        FilmCheck.SIGNATURES: list(_signatures(report)),
        FilmCheck.PICTURES: list(_pictures(report)),
        FilmCheck.ORDER: list(_order(report)),
        FilmCheck.EDGES: list(_edges(report)),
        FilmCheck.KEY: list(key_findings(report, asked)),
        FilmCheck.TIME: [_time(report)],
    }


def _signatures(report: FilmReport) -> Iterator[Finding]:
    for picture, fault in report.bad_seis[:_SHOWN]:
        why = Words(fault or "tanda tangannya tidak cocok", fault or "its signature does not fit")
        yield _broken(f"SEI pada gambar {picture}: {why.id}", f"SEI at picture {picture}: {why.en}")
    if report.no_key:
        yield _unproven(
            f"{report.no_key} SEI tanpa kunci dalam film", f"{report.no_key} SEIs without a key in the film"
        )
    loose = sum(group.signed is Signed.UNSIGNED for group in report.groups)
    if loose:
        yield _unproven(
            f"{loose} SEI menunggu SEI bertanda tangan yang tidak ada dalam film",
            f"{loose} SEIs wait for a signed one that is not in the film",
        )
    good = report.seis - len(report.bad_seis) - report.no_key - loose
    if good and not report.bad_seis:
        yield _proven(f"{good} tanda tangan cocok ({report.scheme})", f"{good} signatures fit ({report.scheme})")


def _pictures(report: FilmReport) -> Iterator[Finding]:
    for group in report.groups:
        yield from _group(group)
    if report.uncovered:
        named = ranges(report.uncovered)
        yield _unproven(
            f"tanda tangan untuk gambar {named} hilang", f"the signature for pictures {named} is missing"
        )
    if report.unsigned_kinds:
        named = ranges(report.unsigned_kinds)
        yield _unproven(
            f"gambar {named} memuat potongan jenis yang tidak ditandatangani",
            f"pictures {named} hold slices of a kind that is not signed",
        )
    if report.covered:
        yield _proven(
            f"{report.covered} dari {report.pictures} gambar utuh seperti yang ditandatangani kamera",
            f"{report.covered} of {report.pictures} pictures are as the camera signed them",
        )
    elif not any(group.changed for group in report.groups):
        yield _unproven("tidak satu gambar pun tercakup", "no picture is covered")


def _group(group: Group) -> Iterator[Finding]:
    name, english = _name(group)
    if group.changed:
        old, old_en = "", ""
        if group.old_counter is not None:
            when = moment(group.old_start_us, None)
            old = f"; itu gambar kelompok {group.old_counter} ({when[0]})"
            old_en = f"; they are those of group {group.old_counter} ({when[1]})"
        named = ranges(group.changed)
        yield _broken(f"{name}: gambar {named} diubah{old}", f"{english}: pictures {named} changed{old_en}")
    if group.moved:
        named = ranges(group.moved)
        yield _broken(f"{name}: gambar {named} berpindah tempat", f"{english}: pictures {named} out of place")
    if group.added:
        named = ranges(group.added)
        yield _broken(f"{name}: gambar {named} disisipkan", f"{english}: pictures {named} put in")
    if group.missing:
        yield _unproven(
            f"{name}: {group.missing} dari {group.expected} gambar tidak ada",
            f"{english}: {group.missing} of {group.expected} pictures are not there",
        )


def _order(report: FilmReport) -> Iterator[Finding]:
    for group in report.groups:
        name, english = _name(group)
        when = moment(group.start_us, group.ticks_us)
        if OLDER in group.faults:
            yield _broken(
                f"{name}: kelompok lama atau dipindah, ditandatangani untuk {when[0]}",
                f"{english}: old or moved, signed for {when[1]}",
            )
        if LINK in group.faults:
            yield _broken(
                f"{name} ({when[0]}): tidak menyambung ke kelompok sebelumnya",
                f"{english} ({when[1]}): does not link to the group before",
            )
        if LOST in group.faults:
            yield _unproven(
                f"{name} ({when[0]}): sebelumnya ada kelompok yang hilang",
                f"{english} ({when[1]}): groups before it are lost",
            )
        if RESTART in group.faults:
            yield _unproven(
                f"{name} ({when[0]}): kamera mulai menandatangani lagi; tidak terikat pada yang sebelumnya",
                f"{english} ({when[1]}): the camera began again to sign; nothing ties it to what was before",
            )
    sound = [group for group in report.groups if not group.faults]
    if sound:
        yield _proven(f"{len(sound)} kelompok sambung-menyambung", f"{len(sound)} groups follow each other")
    else:
        yield _unproven("tidak ada kelompok yang dapat diurutkan", "no group can be put in order")


def _edges(report: FilmReport) -> Iterator[Finding]:
    """Cut edges are no tampering; what stands outside the signed part is still not proven."""
    if report.before_film:
        yield _proven(
            f"dipotong di awal: {report.before_film} gambar sebelum film ini ditandatangani bersama yang pertama",
            f"cut at the start: {report.before_film} pictures before this film were signed with its first ones",
        )
    if report.head:
        yield _unproven(
            f"{report.head} gambar pertama di luar bagian bertanda tangan",
            f"the first {report.head} pictures lie outside the signed part",
        )
    if report.tail:
        yield _unproven(
            f"{report.tail} gambar terakhir: film berakhir sebelum SEI penutup kelompoknya",
            f"the last {report.tail} pictures: the film ends before the SEI that closes their group",
        )
    if not report.head and not report.tail:
        yield _proven("semua gambar di dalam bagian bertanda tangan", "all pictures lie inside the signed part")


def key_findings(report: FilmReport, asked: Asked) -> Iterator[Finding]:
    """Each key, followed to what the reader trusts. A second key beside a trusted one is a stranger's."""
    spans = zip(report.keys, report.key_spans_us, report.key_pictures, strict=True)
    judged: list[tuple[int, Judged]] = []
    for key, span, picture in spans:
        judged.append((picture, judge(key.material, asked.trust, span or asked.span_us, asked.now_us)))
    if not judged:
        yield _unproven("film tidak membawa kunci kamera", "the film brings no camera key")
    trusted = any(one.verdict is Verdict.PROVEN for _, one in judged)
    for (picture, one), key in zip(judged, report.keys, strict=True):
        stranger = trusted and one.verdict is Verdict.UNPROVEN
        verdict = Verdict.BROKEN if stranger else one.verdict
        since = (f" sejak gambar {picture}", f" since picture {picture}") if len(judged) > 1 else ("", "")
        name = key_name(key.material)
        words = f"kunci {name}{since[0]}: {one.words.id}", f"key {name}{since[1]}: {one.words.en}"
        yield Finding(verdict, Words(*words))
    if not asked.trust and judged:
        yield _unproven("berikan akar yang dipercaya dengan --trust", "give the root that you trust with --trust")


def key_name(material: KeyMaterial) -> str:
    """The first 16 hexadecimal digits of the key's SHA-256."""
    try:
        return sha256(key_der(public_key(material))).hexdigest()[:16]
    except MalformedError:
        return "?"


def _time(report: FilmReport) -> Finding:
    times = [at for group in report.groups for at in (group.start_us, group.end_us) if at is not None]
    if not times:
        return _unproven(
            "kamera tidak menyebut waktu (jamnya belum diatur)",
            "the camera states no time (its clock was never set)",
        )
    first, last = moment(min(times), None), moment(max(times), None)
    return _proven(f"menurut kamera {first[0]} sampai {last[0]}", f"by the camera's clock {first[1]} to {last[1]}")


def moment(at_us: int | None, ticks_us: int | None) -> tuple[str, str]:
    """When, in both languages; the camera's own count where its clock was never set."""
    if at_us is not None:
        text = f"{datetime.fromtimestamp(at_us / 1e6, UTC):%Y-%m-%d %H:%M:%S}Z"
        return text, text
    if ticks_us is not None:
        return f"detik {ticks_us / 1e6:.1f} hitungan kamera", f"second {ticks_us / 1e6:.1f} of the camera's count"
    return "waktu tidak disebut", "time not stated"


def ranges(pictures: Sequence[int]) -> str:
    """1-3, 7, 9-12; at most twelve pieces."""
    rows: list[list[int]] = []
    for one in pictures:
        if rows and one == rows[-1][1] + 1:
            rows[-1][1] = one
        else:
            rows.append([one, one])
    said = [str(a) if a == b else f"{a}-{b}" for a, b in rows[:_SHOWN]]
    return ", ".join(said) + (" ..." if len(rows) > _SHOWN else "")


def _name(group: Group) -> tuple[str, str]:
    where = "" if group.at_s is None else f" ({group.at_s:.1f} s)"
    return f"kelompok {group.counter}{where.replace(' s)', ' dtk)')}", f"group {group.counter}{where}"


def _proven(indonesian: str, english: str) -> Finding:
    return Finding(Verdict.PROVEN, Words(indonesian, english))


def _unproven(indonesian: str, english: str) -> Finding:
    return Finding(Verdict.UNPROVEN, Words(indonesian, english))


def _broken(indonesian: str, english: str) -> Finding:
    return Finding(Verdict.BROKEN, Words(indonesian, english))
