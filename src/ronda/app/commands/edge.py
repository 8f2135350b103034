"""`ronda edge`: a village box that records alone and sends its rows, and films when a case asks."""

import asyncio
import logging
import sys
import threading
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.app.commands.init import KUTAI_TIMUR
from ronda.app.data_folder import data_path, open_folder
from ronda.app.edge import box as boxes
from ronda.app.fleet.desk import DEFAULT_BUDGET_BYTES
from ronda.app.process import end_with_parent, stop_on_signals
from ronda.app.recorder_file import write_edge_cameras
from ronda.app.wiring import Wiring
from ronda.core.time import wita_text


def invite(
    name: str,
    *,
    camera: Annotated[list[str], Parameter(help="A camera it records; may be given several times.")],
    area: str = KUTAI_TIMUR,
    budget_mb: Annotated[int, Parameter(help="Bytes a day over its line, in MB.")] = DEFAULT_BUDGET_BYTES // 10**6,
    data: Path | None = None,
) -> int:
    """On the hub: a one-time token for a village box, good for a day."""
    wiring = Wiring(open_folder(data_path(data)))
    print(invite_edge(wiring, name, camera, area, budget_mb * 10**6))
    return 0


def invite_edge(wiring: Wiring, name: str, cameras: list[str], area: str, budget_bytes: int) -> str:
    """The token; the cameras leave the hub's own recorder at once."""
    token = wiring.fleet_desk.invite(name, area, cameras, budget_bytes)
    write_edge_cameras(wiring.folder, wiring.fleet.cameras(), wiring.register.cameras())
    return token


def enrol(
    *,
    hub: Annotated[str, Parameter(help="Address of the hub, such as https://ronda.kutaitimur.go.id.")],
    token: Annotated[str, Parameter(help="As `ronda edge invite` printed it.")],
    ca: Annotated[Path | None, Parameter(help="Certificate of the hub's own authority, PEM.")] = None,
    data: Path | None = None,
) -> int:
    """On the box: join the hub; makes the data folder and a key that never leaves it."""
    box = boxes.enrol(data_path(data), hub, token, ca)
    print(f"{box.edge}: enrolled at {hub}")
    return 0


def run(
    *,
    hub: Annotated[str | None, Parameter(help="In place of the address it was enrolled at.")] = None,
    data: Path | None = None,
) -> int:
    """On the box: record, and speak to the hub whenever there is a line, until Ctrl-C."""
    from ronda.app.edge.run import run_tree

    logging.basicConfig(level=logging.INFO, format="edge: %(message)s", stream=sys.stderr)
    asyncio.run(run_tree(boxes.open_box(data_path(data)), hub))
    return 0


def link(*, hub: str | None = None, data: Path | None = None) -> int:
    """The line alone; started by `ronda edge run`."""
    from ronda.app.edge.run import run_link

    end_with_parent()
    logging.basicConfig(level=logging.INFO, format="edge: %(message)s", stream=sys.stderr)
    stop = threading.Event()
    stop_on_signals(stop)
    run_link(boxes.open_box(data_path(data)), stop, hub)
    return 0


def accept(name: str, instance: str, *, data: Path | None = None) -> int:
    """On the hub: of two boxes that speak for one edge, this instance is the right one."""
    Wiring(open_folder(data_path(data))).fleet_desk.accept(name, instance)
    print(f"{name}: instance {instance} speaks for it now; the other one waits")
    return 0


def end(name: str, *, data: Path | None = None) -> int:
    """On the hub: a box was stolen or taken down; its key is believed no more. What it brought stays."""
    Wiring(open_folder(data_path(data))).fleet_desk.end(name)
    print(f"{name}: its key is refused from now on. Next, for another box: ronda edge invite {name}")
    return 0


def release(name: str, *, data: Path | None = None) -> int:
    """On the hub: let rows of a wrong clock into the timeline, with the times they have."""
    wiring = Wiring(open_folder(data_path(data)))
    count = wiring.fleet.release(name)
    wiring.note("desa.karantina_dilepas", {"desa": name, "baris": count})
    wiring.fleet_desk.project(name)
    print(f"{name}: {count} rows released")
    return 0


def show(*, data: Path | None = None) -> int:
    """On the hub: the village boxes and when each was heard last."""
    for one in Wiring(open_folder(data_path(data))).fleet.edges():
        heard = "never" if one.last_contact_us is None else wita_text(one.last_contact_us)
        print(f"{one.edge}\t{','.join(one.cameras)}\t{heard}\trow {one.cursor.settled} of epoch {one.cursor.epoch}")
    return 0
