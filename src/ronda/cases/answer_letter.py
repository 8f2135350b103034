"""The letter that answers a citizen's request for footage of themselves: the copy that was given, or why not.

Decides which sentences stand in it; the layout is `templates/surat-jawaban.typ`. The texts go in as data and are
never run. It states the reason of a refusal and where to object, since a refusal without them is no answer.
"""

from importlib.resources import files

import typst

from ronda.cases.citizen import answer_clock
from ronda.cases.errors import WrongStateError
from ronda.cases.model import Case, Citizen
from ronda.cases.office import Office
from ronda.cases.texts import IDENTITY, REFUSALS
from ronda.core.time import wita_text
from ronda.evidence import canonical
from ronda.evidence.bast import span_words
from ronda.evidence.canonical import Json
from ronda.evidence.errors import EvidenceError
from ronda.evidence.statement import TRAINING_MARK

_LAW = "Undang-Undang Nomor 27 Tahun 2022 tentang Pelindungan Data Pribadi"


def render(case: Case, office: Office, *, training: bool) -> bytes:
    """The PDF. Raises WrongStateError while there is no answer, EvidenceError when it cannot be set."""
    data = canonical.write(letter_data(case, office, training=training)).decode()
    page = (files("ronda.cases") / "templates" / "surat-jawaban.typ").read_bytes()
    try:
        made = typst.Compiler(page, ignore_system_fonts=True, sys_inputs={"data": data}).compile(
            format="pdf", timestamp=0
        )
    except RuntimeError as error:
        raise EvidenceError(f"the letter of answer could not be set: {str(error)[:300]}") from None
    if not isinstance(made, bytes):
        raise EvidenceError("the letter of answer is not one document")
    return made


def letter_data(case: Case, office: Office, *, training: bool) -> dict[str, Json]:
    """Everything on the page, as texts. Raises WrongStateError for a case that has no answer, or no citizen."""
    citizen, clock = case.request.citizen, answer_clock(case)
    if citizen is None or clock is None or clock.answered_us is None:
        raise WrongStateError("there is no answer yet. Next: give the released copy, or refuse with a reason")
    decided = case.refusal or case.approval
    return {
        "regency": office.regency,
        "office": office.name,
        "number": case.case_id,
        "subject": "penolakan permintaan rekaman diri sendiri" if case.refusal else "salinan rekaman diri sendiri",
        "place_date": f"{office.city}, {wita_text(clock.answered_us).split()[0]}",
        "name": citizen.name,
        "contact": citizen.contact,
        "opening": _opening(case),
        "facts": _facts(case, citizen),
        "closing": _closing(case),
        "signer": decided.name if decided else office.name,
        "signer_office": case.approval.office if case.approval else "Pemberi keputusan",
        "training": training,
        "training_mark": TRAINING_MARK,
    }


def _opening(case: Case) -> list[Json]:
    asked = f"Permintaan Saudara tanggal {wita_text(case.requested_us)} sudah kami periksa menurut {_LAW}."
    if case.refusal is None:
        return [asked, "Permintaan itu dikabulkan. Salinan rekaman sudah diserahkan kepada Saudara."]
    ground = REFUSALS[case.refusal.ground] if case.refusal.ground else "lihat alasan"
    return [asked, f"Permintaan itu tidak dapat dikabulkan, karena {ground}.", f"Penjelasan: {case.refusal.reason}"]


def _facts(case: Case, citizen: Citizen) -> list[Json]:
    rows: list[Json] = [
        ["Tempat", case.request.place],
        ["Waktu yang diminta", span_words(case.request.scope.span)],
        ["Keperluan", case.request.reason],
        ["Pemeriksaan identitas", IDENTITY[citizen.identity]],
    ]
    given = {one.package_id: one for one in case.hand_overs}
    for copy in case.copies:
        if copy.copy_id in given:
            rows.append(["Salinan", f"{copy.camera}, {span_words(copy.span)}, SHA-256 {copy.sha256}"])
            rows.append(
                ["Diserahkan", f"{wita_text(given[copy.copy_id].at_us)} WITA, {given[copy.copy_id].medium}"]
            )
    return rows


def _closing(case: Case) -> list[Json]:
    if case.refusal is None:
        return [
            "Orang dan kendaraan lain di dalam salinan sudah disamarkan dan tidak dapat dibuka kembali. "
            "Rekaman asli tetap disimpan kantor sampai masa simpannya berakhir.",
        ]
    return [
        "Saudara dapat mengajukan keberatan tertulis kepada kantor ini, atau mengadu kepada lembaga pelindungan "
        "data pribadi. Rekaman yang diminta tetap terkunci 7 hari sejak penolakan ini, agar keberatan tidak "
        "terlambat.",
    ]
