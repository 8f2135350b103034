"""What a witness says on its own screen, in both languages."""

from typing import Literal

from ronda.app.witness.round import Outcome
from ronda.core.time import wita_text
from ronda.evidence.witness import Change, ChangeKind

Lang = Literal["id", "en"]
_SHOWN = 10


def told(outcome: Outcome, lang: Lang) -> list[str]:
    """One sentence for each finding, entries by number; or what was signed."""
    if outcome.changes:
        said = [_change(one, outcome.good_us, lang) for one in outcome.changes[:_SHOWN]]
        more = len(outcome.changes) - len(said)
        if more:
            said.append(f"dan {_n(more, lang)} lagi" if lang == "id" else f"and {_n(more, lang)} more")
        end = (
            "Titik periksa TIDAK ditandatangani; bukti disimpan di folder alarms. Beri tahu inspektorat."
            if lang == "id"
            else "The checkpoint was NOT signed; the proof is kept in the folder alarms. Tell the inspectorate."
        )
        return [*said, end]
    size = _n(outcome.size, lang)
    said = [f"{size} entri disaksikan" if lang == "id" else f"{size} entries witnessed"]
    if not outcome.trusted:
        said.append(
            f"pusat belum mempercayai penjaga ini: {outcome.hub_said}"
            if lang == "id"
            else f"the hub does not trust this witness yet: {outcome.hub_said}"
        )
    return said


def _change(one: Change, good_us: int | None, lang: Lang) -> str:
    since = wita_text(good_us) if good_us is not None else ("awal" if lang == "id" else "the beginning")
    kept, now = (one.kept or "-")[:16], (one.now or "-")[:16]
    number = _n(one.index, lang)
    texts = {
        ChangeKind.CHANGED: (
            f"entri {number} berubah sejak {since}: dulu {kept}, sekarang {now}",
            f"entry {number} changed since {since}: was {kept}, is {now}",
        ),
        ChangeKind.REMOVED: (
            f"entri {number} dihapus sejak {since}: dulu {kept}",
            f"entry {number} was removed since {since}: was {kept}",
        ),
        ChangeKind.SHORTER: (
            f"jejak menyusut menjadi {number} entri sejak {since}: salinan lama dipasang kembali",
            f"the log shrank to {number} entries since {since}: an old copy was put back",
        ),
        ChangeKind.OTHER_TREE: (
            f"pohon jejak tidak melanjutkan {number} entri yang disaksikan {since}: dulu {kept}, sekarang {now}",
            f"the log's tree does not continue the {number} entries witnessed {since}: was {kept}, is {now}",
        ),
    }
    return texts[one.kind][0 if lang == "id" else 1]


def _n(value: int, lang: Lang) -> str:
    return f"{value:,}".replace(",", ".") if lang == "id" else f"{value:,}"
