"""The public page and its open data, from facts to text. No request, no store: facts in, text out."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Final

from shapely import from_geojson, simplify
from shapely.geometry.base import BaseGeometry

from ronda.app.area_map import AreaShapes
from ronda.app.pages import render
from ronda.app.pages.public import KINDS, PURPOSE_KINDS, PURPOSES, TEXTS, number, wait_text
from ronda.app.pages.village import date, month_name, share
from ronda.app.public_facts import PublicFacts, PublicGroup
from ronda.core.time import MINUTE_US, WITA, utc
from ronda.registry.areas import all_areas, area_name, district_code
from ronda.registry.model import CameraState
from ronda.registry.purposes import LONGEST_DAYS
from ronda.registry.targets import Target, TargetState

MOST_GROUPS: Final = 300  # more stand in the CSV: the page stays below 150 kB
MOST_REQUEST_ROWS: Final = 60
FEW_GROUPS: Final = 8  # so few are shown open
_MAP_WIDTH: Final = 600
_MAP_STEP_DEG: Final = 0.008
_TINTS: Final = ("#ffffff", "#dcebe8", "#b9d8d2", "#8fc2b8", "#62a899")


def public_page(facts: PublicFacts, shapes: AreaShapes, lang: str, address: str) -> str:
    """The whole page."""
    texts = TEXTS[lang]
    other = "en" if lang == "id" else "id"
    said = texts["contact"] if facts.contact else texts["no_contact"]
    shown = facts.groups[:MOST_GROUPS]
    return render(
        "public.html",
        lang=lang,
        t=texts,
        other_lang=other,
        other_name=texts["other"],
        other_url=f"/publik?lang={other}",
        training=facts.training,
        office=facts.office,
        as_of=f"{date(facts.now_us, lang)}, {clock(facts.now_us, lang)} WITA",
        figures=_figures(facts, lang),
        open_cameras=[
            {"camera": one.camera, "name": one.name, "area": one.area_name, "reason": one.mark.reason}
            for one in facts.open_cameras
        ],
        map=_map(facts, shapes, lang),
        districts=_districts(shown, lang),
        few=len(shown) <= FEW_GROUPS,
        more_groups=texts["more_groups"].format(n=len(facts.groups) - len(shown))
        if len(facts.groups) > len(shown)
        else "",
        targets=[_target(one, lang) for one in facts.targets],
        requests=[
            {
                "month": month_name(one.month, lang),
                "kind": PURPOSES[lang][one.purpose.value if one.purpose else "together"],
                "asked": one.asked,
                "granted": one.granted,
                "refused": one.refused,
                "waiting": one.waiting,
            }
            for one in facts.requests[:MOST_REQUEST_ROWS]
        ],
        contact=said.format(office=facts.office, contact=facts.contact),
        checkpoint=facts.log.checkpoint,
        key=facts.log.key,
        address=address,
    )


def clock(at_us: int, lang: str) -> str:
    at = utc(at_us).astimezone(WITA)
    return f"{at:%H.%M}" if lang == "id" else f"{at:%H:%M}"


def _figures(facts: PublicFacts, lang: str) -> list[dict[str, str]]:
    texts = TEXTS[lang]
    serving = sum(one.cameras for one in facts.groups if one.state is CameraState.IN_SERVICE)
    planned = sum(one.cameras for one in facts.groups if one.state is CameraState.PLANNED)
    now, before = facts.uptime
    sums = facts.sums
    return [
        {
            "value": number(serving, lang),
            "label": texts["fig_cameras"],
            "small": texts["fig_planned"].format(n=number(planned, lang)) if planned else "",
        },
        {
            "value": share(now.account.availability, lang),
            "label": texts["fig_uptime"].format(month=month_name(now.month, lang)),
            "small": texts["fig_uptime_small"].format(
                month=month_name(before.month, lang),
                share=share(before.account.availability, lang),
                promised=share(facts.promised, lang),
            ),
        },
        {
            "value": number(sums.asked, lang),
            "label": texts["fig_asked"],
            "small": texts["fig_asked_small"].format(
                granted=sums.granted, refused=sums.refused, waiting=sums.waiting
            ),
        },
        {"value": number(sums.handed_over_min, lang), "label": texts["fig_minutes"], "small": ""},
        {"value": wait_text(sums.mean_decision_us, lang), "label": texts["fig_decision"], "small": ""},
    ]


def _districts(groups: Sequence[PublicGroup], lang: str) -> list[dict[str, object]]:
    """Groups under their district, in the order of codes: eighteen lines to open, not hundreds of rows."""
    found: dict[str, list[PublicGroup]] = {}
    for one in groups:
        found.setdefault(area_name(district_code(one.area) or one.area), []).append(one)
    return [
        {
            "name": name,
            "text": TEXTS[lang]["in_district"].format(n=number(sum(one.cameras for one in alike), lang)),
            "groups": [_group(one, lang) for one in alike],
        }
        for name, alike in found.items()
    ]


def _group(one: PublicGroup, lang: str) -> dict[str, object]:
    return {
        "area": one.area_name,
        "kind": KINDS[lang][one.kind.value],
        "owner": one.owner,
        "cameras": one.cameras,
        "planned": one.state is CameraState.PLANNED,
        "why": PURPOSE_KINDS[lang][one.purpose_kind],
        "purpose": one.purpose,
        "basis": one.legal_basis,
        "kept": TEXTS[lang]["kept_days"].format(n=one.retention_days, most=LONGEST_DAYS[one.purpose_kind]),
    }


def _target(one: TargetState, lang: str) -> dict[str, object]:
    texts = TEXTS[lang]
    if one.total is None:
        text = texts["no_rt"] if one.target is Target.NEIGHBOURHOOD else texts["no_list"]
    else:
        text = f"{number(one.covered, lang)}/{number(one.total, lang)}"
    percent = round(100 * one.covered / one.total, 1) if one.total else None
    name = KINDS[lang][one.target.value]
    return {"name": name[0].upper() + name[1:], "text": text, "percent": percent}


def _map(facts: PublicFacts, shapes: AreaShapes, lang: str) -> dict[str, object]:
    """Districts, coarse: where an area lies, never where a camera stands."""
    coarse = {
        code: simplify(from_geojson(json.dumps(geometry)), _MAP_STEP_DEG)
        for code, geometry in shapes.district_geometry.items()
    }
    west = min(shape.bounds[0] for shape in coarse.values())
    north = max(shape.bounds[3] for shape in coarse.values())
    scale = _MAP_WIDTH / (max(shape.bounds[2] for shape in coarse.values()) - west)
    most = max(facts.by_district.values(), default=0)
    rows = []
    for code, shape in coarse.items():
        count = facts.by_district[code]
        area = all_areas()[code]
        rows.append(
            {
                "d": _path(shape, west, north, scale),
                "fill": _TINTS[0 if not count else 1 + min(3, 4 * (count - 1) // max(most, 1))],
                "name": area.name,
                "count": count,
                "x": round((area.lon_deg - west) * scale),
                "y": round((north - area.lat_deg) * scale) + 5,
            }
        )
    height = round((north - min(shape.bounds[1] for shape in coarse.values())) * scale)
    uploaded = shapes.uploaded
    source = TEXTS[lang]["map_official"].format(file=uploaded.file_name) if uploaded else TEXTS[lang]["map_cells"]
    return {"width": _MAP_WIDTH, "height": height, "districts": rows, "source": source}


def _path(shape: BaseGeometry, west: float, north: float, scale: float) -> str:
    parts = getattr(shape, "geoms", [shape])
    return "".join(
        "M" + "L".join(f"{(x - west) * scale:.0f} {(north - y) * scale:.0f}" for x, y in part.exterior.coords) + "Z"
        for part in parts
        if part.geom_type == "Polygon"
    )


# ---- open data


def cameras_csv(facts: PublicFacts) -> str:
    """One row for each group of like cameras; docs/reference/open-data.md names the columns."""
    head = (
        "kode_wilayah", "wilayah", "jenis", "status", "jumlah", "tujuan", "dasar_hukum", "simpan_hari", "pemilik",
        "foto_papan", "golongan_tujuan", "paling_lama_hari",
    )  # fmt: skip
    rows = [
        (one.area, one.area_name, one.kind.value, one.state.value, one.cameras, one.purpose, one.legal_basis,
         one.retention_days, one.owner, one.signs, one.purpose_kind.value, LONGEST_DAYS[one.purpose_kind])
        for one in facts.groups
    ]  # fmt: skip
    return _csv(head, rows)


def figures_csv(facts: PublicFacts) -> str:
    """One figure a row. A figure that nobody measured is an empty cell, never 0."""
    rows: list[tuple[object, ...]] = []
    for one in facts.uptime:
        measured = one.account.availability
        rows.append((one.month, "ketersediaan", "", "" if measured is None else f"{measured:.4f}", "bagian"))
        rows.append((one.month, "menit_terekam", "", round(one.account.recorded_us / MINUTE_US), "menit kamera"))
        rows += [
            (one.month, "menit_hilang", cause.value, round(us / MINUTE_US), "menit kamera")
            for cause, us in sorted(one.account.missing_us.items())
        ]
    for count in facts.requests:
        for name in ("asked", "granted", "refused", "waiting"):
            word = {"asked": "diminta", "granted": "dikabulkan", "refused": "ditolak", "waiting": "menunggu"}[name]
            rows.append(
                (
                    count.month,
                    f"permintaan_{word}",
                    count.purpose.value if count.purpose else "gabungan",
                    getattr(count, name),
                    "permintaan",
                )
            )
    decision = facts.sums.mean_decision_us
    rows.append(("", "menit_diserahkan", "", round(facts.sums.handed_over_min), "menit kamera"))
    rows.append(("", "rata_rata_keputusan", "", "" if decision is None else round(decision / MINUTE_US), "menit"))
    for target in facts.targets:
        rows.append(("", "target_tercapai", target.target.value, target.covered, "tempat"))
        rows.append(
            ("", "target_seluruhnya", target.target.value, "" if target.total is None else target.total, "tempat")
        )
    return _csv(("bulan", "ukuran", "rincian", "nilai", "satuan"), rows)


def _csv(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([_safe(cell) for cell in row])
    return out.getvalue()


def _safe(cell: object) -> object:
    """A text that a spreadsheet would take for a formula is marked as text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t" and cell else cell
