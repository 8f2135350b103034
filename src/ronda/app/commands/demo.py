"""`ronda demo`: a virtual regency in the browser, or its story played unattended."""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.app.process import cancelled_by_sigterm

DEFAULT = Path("ronda-demo")


def demo(
    *,
    data: Annotated[Path, Parameter(help="The demo's own data folder; never a real one.")] = DEFAULT,
    port: Annotated[int, Parameter(help="Port on loopback.")] = 8080,
    once: Annotated[bool, Parameter(help="Play the story unattended, then end.", negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", help="With --once: one JSON report.", negative="")] = False,
) -> int:
    """Serve a virtual regency until Ctrl-C; with --once play the theft from request to sealed package."""
    root = data.absolute()
    if not once:
        from ronda.app.demo.run import run_demo

        with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
            asyncio.run(cancelled_by_sigterm(run_demo(root, port)))
        return 0
    from ronda.app.demo.once import as_text, play_once

    report = asyncio.run(cancelled_by_sigterm(play_once(root)))
    print(json.dumps(report, indent=1, ensure_ascii=False) if as_json else as_text(report))
    return 0 if report["ok"] else 1
