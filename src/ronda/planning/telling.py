"""Reasons, sums and trades in words, Indonesian and English: what a camat can read out. Decides nothing."""

from collections.abc import Mapping, Sequence
from typing import Final

from ronda.planning.demand import shown_count
from ronda.planning.model import Aimed, Reason, Why
from ronda.planning.pricing import Item

_OTHERS: Final = 3

_SENTENCES: Final[dict[str, dict[Why, str]]] = {
    "id": {
        Why.PROMISED: "wajib: dijanjikan berdiri paling lambat {by_year}",
        Why.FORCED: "dimasukkan atas keputusan rapat",
        Why.THEFTS: "{thefts} pencurian setahun dalam jangkauan, belum terjangkau kamera",
        Why.TRAFFIC: "{traffic} kejadian lalu lintas setahun dalam jangkauan, belum terjangkau kamera",
        Why.REQUESTED: "{requests} permintaan warga dalam jangkauan, belum terjangkau kamera",
        Why.FORBIDDEN: "dikeluarkan atas keputusan rapat",
        Why.SEEN_BY_OTHERS: "tempatnya sudah terjangkau {others}",
        Why.NOTHING_TO_SEE: "tidak ada kejadian tercatat yang belum terjangkau di sini",
        Why.TOO_DEAR: "menambah lebih sedikit per rupiah daripada titik yang terpilih{enters}",
    },
    "en": {
        Why.PROMISED: "promised: must stand by {by_year}",
        Why.FORCED: "put in by decision of the meeting",
        Why.THEFTS: "{thefts} thefts a year within reach that no camera sees yet",
        Why.TRAFFIC: "{traffic} traffic incidents a year within reach that no camera sees yet",
        Why.REQUESTED: "{requests} requests of residents within reach that no camera sees yet",
        Why.FORBIDDEN: "taken out by decision of the meeting",
        Why.SEEN_BY_OTHERS: "its place is already seen by {others}",
        Why.NOTHING_TO_SEE: "nothing was recorded here that is not seen yet",
        Why.TOO_DEAR: "adds less for each rupiah than the chosen points{enters}",
    },
}
_ENTERS: Final = {"id": "; masuk mulai {money} setahun", "en": "; enters from {money} a year"}


def sentence(reason: Reason, names: Mapping[str, str], language: str) -> str:
    """The reason in one sentence; small counts are not shown singly."""
    told = _SENTENCES[language][reason.why]
    enters = ""
    if reason.enters_at_idr is not None:
        enters = _ENTERS[language].format(money=rupiah(reason.enters_at_idr, language))
    return told.format(
        thefts=shown_count(reason.thefts),
        traffic=shown_count(reason.traffic),
        requests=shown_count(reason.requests),
        others=", ".join(names.get(other, other) for other in reason.others),
        by_year=reason.by_year,
        enters=enters,
    )


def rupiah(amount_idr: int, language: str) -> str:
    """`Rp3,1 miliar`, `Rp58 juta`, `Rp30.000`; in English `Rp3.1 billion`, `Rp58 million`, `Rp30,000`."""
    if abs(amount_idr) < 1_000_000:
        whole = f"{amount_idr:,}"
        return "Rp" + (whole.replace(",", ".") if language == "id" else whole)
    big, small = ("miliar", "juta") if language == "id" else ("billion", "million")
    if abs(amount_idr) >= 1_000_000_000:
        text = f"{amount_idr / 1e9:.2f}".rstrip("0").rstrip(".") + f" {big}"
    else:
        text = f"{amount_idr / 1e6:.1f}".rstrip("0").rstrip(".") + f" {small}"
    return "Rp" + (text.replace(".", ",") if language == "id" else text)


_WINDS: Final = {
    "id": ("utara", "timur laut", "timur", "tenggara", "selatan", "barat daya", "barat", "barat laut"),
    "en": ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"),
}
ITEM_NAMES: Final[dict[str, dict[Item, str]]] = {
    "id": {
        Item.POLE: "tiang",
        Item.CABINET: "kabinet",
        Item.SWITCH: "sakelar jaringan",
        Item.UPLINK_FIBRE_M: "serat optik (per meter)",
        Item.UPLINK_RADIO: "radio",
        Item.UPLINK_CELLULAR: "seluler",
        Item.UPLINK_SHARED: "sambungan bersama",
        Item.POWER_GRID: "listrik PLN",
        Item.POWER_SOLAR: "panel surya",
        Item.CAMERA_FIXED: "kamera tetap",
        Item.CAMERA_LONG: "kamera tele",
        Item.CAMERA_DOME: "kamera kubah",
    },
    "en": {
        Item.POLE: "pole",
        Item.CABINET: "cabinet",
        Item.SWITCH: "network switch",
        Item.UPLINK_FIBRE_M: "optical fibre (a metre)",
        Item.UPLINK_RADIO: "radio",
        Item.UPLINK_CELLULAR: "cellular",
        Item.UPLINK_SHARED: "shared uplink",
        Item.POWER_GRID: "grid power",
        Item.POWER_SOLAR: "solar panel",
        Item.CAMERA_FIXED: "fixed camera",
        Item.CAMERA_LONG: "long-lens camera",
        Item.CAMERA_DOME: "dome camera",
    },
}
_AROUND: Final = {"id": "ke segala arah", "en": "all around"}
_TOWARDS: Final = {"id": "ke {where}", "en": "to the {where}"}
_AND: Final = {"id": " dan ", "en": " and "}
FULL_DEG: Final = 360.0


def aim(one: Aimed, language: str) -> str:
    """`kamera tetap ke timur laut (45°)`."""
    return f"{ITEM_NAMES[language][one.item]} {_towards([one], language)}"


def _towards(cameras: Sequence[Aimed], language: str) -> str:
    """`ke timur laut (45°) dan selatan (180°)`."""
    if cameras[0].view_deg >= FULL_DEG:
        return _AROUND[language]
    told = []
    for one in cameras:
        wind = _WINDS[language][round(one.direction_deg / 45) % 8]
        degrees = f"{one.direction_deg:g}".replace(".", "," if language == "id" else ".")
        told.append(f"{wind} ({degrees}°)")
    joined = _AND[language].join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)
    return _TOWARDS[language].format(where=joined)


def aims(cameras: Sequence[Aimed], language: str) -> str:
    """All of a point, by kind: `kamera tetap ke utara (0°) dan timur (90°); kamera tele ke selatan (180°)`."""
    told = []
    for item in dict.fromkeys(one.item for one in cameras):
        some = sorted((one for one in cameras if one.item is item), key=lambda one: one.direction_deg)
        told.append(f"{ITEM_NAMES[language][item]} {_towards(some, language)}")
    return "; ".join(told)


_TRADES: Final = {
    "id": {
        "in": "{point} masuk pada {year} seharga {money}; {leaves}, dan manfaat seluruh rencana {loss}",
        "out": "{point} tidak dibangun; {leaves}, dan manfaat seluruh rencana {loss}",
        "leaves": "titik yang keluar: {names}",
        "nobody": "tidak ada titik lain yang keluar",
        "more": " dan {count} lagi",
        "falls": "turun {percent} %",
        "same": "tetap",
    },
    "en": {
        "in": "{point} comes in {year} for {money}; {leaves}, and the value of the whole plan {loss}",
        "out": "{point} is not built; {leaves}, and the value of the whole plan {loss}",
        "leaves": "points that leave: {names}",
        "nobody": "no other point leaves",
        "more": " and {count} more",
        "falls": "falls by {percent} %",
        "same": "stays",
    },
}


def trade_sentence(
    point: str, year: int | None, cost_idr: int, leaves: list[str], loss: float, language: str
) -> str:
    """What putting a point in, or keeping it out, does to the plan; in one sentence."""
    words = _TRADES[language]
    who = words["nobody"]
    if leaves:
        more = words["more"].format(count=len(leaves) - _OTHERS) if len(leaves) > _OTHERS else ""
        who = words["leaves"].format(names=", ".join(leaves[:_OTHERS]) + more)
    percent = f"{loss * 100:.2f}"
    change = words["falls"].format(percent=percent.replace(".", ",") if language == "id" else percent)
    return words["in" if year is not None else "out"].format(
        point=point,
        year=year,
        money=rupiah(cost_idr, language),
        leaves=who,
        loss=change if loss > 5e-5 else words["same"],
    )
