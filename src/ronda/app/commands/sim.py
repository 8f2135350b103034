"""`ronda sim`: virtual cameras on this machine, each an RTSP address of its own."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.core.errors import WrongUsageError
from ronda.media.rtsp_server import Credentials
from ronda.sim.builder import ensure_scenes
from ronda.sim.onvif import VirtualDevice, VirtualOnvif
from ronda.sim.plan import SimPlan, VirtualCamera, cameras_of, load_plan
from ronda.sim.scenes.looks import DEMO_LOOKS, look_named
from ronda.sim.server import Serving, SimClock, SimOptions, SimServer


def sim(
    *,
    data: Path | None = None,
    cameras: int | None = None,
    scene: str | None = None,
    port: int = 8554,
    control_port: int = 0,
    plan: Path | None = None,
    base_path: str = "",
    user: str | None = None,
    auth: str = "digest",
    onvif: int | None = None,
    json_output: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Serve virtual cameras until Ctrl-C.

    Prints one line `name<TAB>rtsp://...` for each camera, or one JSON object.

    Parameters
    ----------
    data
        Folder for scenes (built at the first start, kept), truth.jsonl and sim.json.
    cameras
        How many. Without --scene the demo's cameras, at most all of them.
    scene
        One look for every camera, such as street: for load tests.
    port
        RTSP port; 0 takes any free one.
    control_port
        Port for faults on command; 0 takes any free one, named in sim.json.
    plan
        JSON with cameras, showings and faults at set times, such as
        {"showings": [{"camera": "simpang-3", "clip": "rideby", "at": "+60"}],
        "faults": [{"camera": "simpang-3", "kind": "drop", "at": "+90", "for_s": 41}]}.
    base_path
        Stands before each camera's name in its address.
    user
        name:password that clients must give.
    auth
        digest or basic, with --user.
    onvif
        Also answer ONVIF on this port (0 takes any free one): device, streams, a still, events.
    json_output
        One JSON object instead of lines.
    """
    folder = data or Path(os.environ.get("RONDA_DATA", "ronda-data"))
    folder.mkdir(parents=True, exist_ok=True)
    clock = SimClock()
    sim_plan = _plan(cameras, scene, plan, clock.now_us())
    logins = _credentials(user, auth)
    options = SimOptions(data=folder, port=port, control_port=control_port, base_path=base_path, credentials=logins)
    asyncio.run(_serve(_server(sim_plan, options, clock), logins, onvif, as_json=json_output))
    return 0


def _server(plan: SimPlan, options: SimOptions, clock: SimClock) -> SimServer:
    looks = [look_named(name) for name in sorted({camera.look for camera in plan.cameras})]
    return SimServer(plan, ensure_scenes(options.data, looks, _progress), options, clock)


def _plan(count: int | None, scene: str | None, path: Path | None, now_us: int) -> SimPlan:
    cameras = _cameras(count, scene)
    result = SimPlan(cameras=cameras) if path is None else load_plan(path, start_us=now_us, cameras=cameras)
    for camera in result.cameras:
        look_named(camera.look)
    return result


def _cameras(count: int | None, scene: str | None) -> tuple[VirtualCamera, ...]:
    if count is not None and count < 1:
        raise WrongUsageError(f"--cameras {count} is none. Next: name 1 or more")
    if scene is not None:
        look_named(scene)
        return cameras_of([(f"{scene}-{number:03}", scene) for number in range(1, (count or 1) + 1)])
    names = list(DEMO_LOOKS)
    if count is not None and count > len(names):
        raise WrongUsageError(
            f"the demo has {len(names)} cameras, not {count}. Next: add --scene street to show one scene on all"
        )
    return cameras_of([(name, name) for name in names[:count]])


def _credentials(user: str | None, auth: str) -> Credentials | None:
    if auth not in ("digest", "basic"):
        raise WrongUsageError(f"--auth {auth!r} is unknown. Next: digest or basic")
    if user is None:
        return None
    name, colon, password = user.partition(":")
    if not name or not colon:
        raise WrongUsageError("--user needs name:password")
    return Credentials(user=name, password=password, digest=auth == "digest")


def _progress(done: int, total: int, name: str) -> None:
    print(f"scenes {done}/{total}: {name}", file=sys.stderr, flush=True)


async def _serve(server: SimServer, credentials: Credentials | None, onvif: int | None, *, as_json: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stopped.set)
    serving = await server.start()
    with contextlib.ExitStack() as stack:
        devices: dict[str, str] = {}
        if onvif is not None:
            named = stack.enter_context(VirtualOnvif(_devices(serving, credentials), port=onvif))
            devices = {name: named.address(name) for name in serving.urls}
        _tell(serving, devices, as_json=as_json)
        await stopped.wait()
        await server.stop()


def _devices(serving: Serving, credentials: Credentials | None) -> list[VirtualDevice]:
    return [
        VirtualDevice(
            name=name,
            url=url,
            sub_url=serving.sub_urls.get(name),
            serial=f"SIM-{number:04}",
            user=credentials.user if credentials else "admin",
            password=credentials.password if credentials else "",
        )
        for number, (name, url) in enumerate(serving.urls.items(), start=1)
    ]


def _tell(serving: Serving, devices: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        facts = {
            "port": serving.port,
            "control_port": serving.control_port,
            "cameras": [
                {"name": name, "url": url, "sub_url": serving.sub_urls.get(name), "onvif": devices.get(name)}
                for name, url in serving.urls.items()
            ],
        }
        print(json.dumps(facts), flush=True)
        return
    for name, url in serving.urls.items():
        print("\t".join([name, url, *([devices[name]] if name in devices else [])]), flush=True)
