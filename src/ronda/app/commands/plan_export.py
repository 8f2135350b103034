"""`ronda plan export`: a plan of a data folder as files: tables, map layers, the cost plan and the proposal."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.app.data_folder import data_path, open_folder
from ronda.app.plan_files import csv_bytes, geojson_bytes
from ronda.app.plan_layers import layer_bytes
from ronda.app.plan_workbook import workbook_bytes
from ronda.app.wiring import Wiring
from ronda.core.errors import WrongUsageError
from ronda.planning.comparison import by_district
from ronda.planning.proposal import proposal_pdf

LAYERS = (("shp", "shp.zip"), ("kml", "kml"), ("gpkg", "gpkg"))


def export(
    plan: Annotated[
        str, Parameter(help="The number of a plan, such as plan-8w3rx7tf6n; `newest` is the last made.")
    ],
    *,
    out: Annotated[Path, Parameter(name="--out", help="A folder for the files; it is made if need be.")],
    data: Path | None = None,
) -> int:
    """Write a stored plan as CSV, GeoJSON, Shapefile, KML, GeoPackage, XLSX (RAB) and PDF (proposal)."""
    wiring = Wiring(open_folder(data_path(data)))
    plans = wiring.plans.plans()
    if plan == "newest" and not plans:
        raise WrongUsageError("no plan was made yet. Next: make one on the screen Rencana")
    record = plans[0] if plan == "newest" else wiring.plans.plan(plan)
    wiring.note("rencana.usulan", {"rencana": record.plan_id, "revisi": record.revision})
    edition, known = wiring.plans.edition(record), wiring.plans.places(record)
    shares = by_district(record, wiring.plans.planner(record))
    office = wiring.office
    files = {
        "csv": csv_bytes(record, known),
        "geojson": geojson_bytes(record, known),
        "xlsx": workbook_bytes(record, known, edition.items),
        "pdf": proposal_pdf(
            record, edition, shares, wiring.areas.now().district_geometry,
            wiring.planning.prices(), office=office.name, regency=office.regency,
        ),
        **{ending: layer_bytes(record, known, kind) for kind, ending in LAYERS},
    }  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    for ending, content in files.items():
        path = out / f"{record.plan_id}.{ending}"
        path.write_bytes(content)
        print(path)
    return 0
