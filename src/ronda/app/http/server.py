"""Join guard, routes and screens into one application."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.responses import FileResponse, JSONResponse
from starlette.types import ASGIApp

from ronda import __version__
from ronda.app.data_folder import DataFolder
from ronda.app.http import video_socket
from ronda.app.http.context import Context
from ronda.app.http.guard import Guard, refuse_nul
from ronda.app.http.problems import PROBLEMS, add_problem_answers
from ronda.app.http.routes import (
    alerts,
    areas,
    cameras,
    case_members,
    case_papers,
    case_signatures,
    case_stills,
    cases,
    changes,
    citizen,
    copies,
    demo,
    duty,
    enrol,
    factors,
    fleet,
    health,
    ledger,
    log,
    masks,
    oidc,
    people,
    plan,
    plan_files,
    plan_import,
    plan_propose,
    plan_review,
    plan_what_if,
    public,
    register,
    repairs,
    service,
    session,
    sessions,
    tampering,
    tokens,
    village,
    witness,
)
from ronda.app.process import use_ready_threads
from ronda.app.wiring import Wiring

ROUTERS = tuple(
    part.router
    for part in (
        session,
        sessions,
        tampering,
        oidc,
        factors,
        people,
        changes,
        tokens,
        duty,
        cameras,
        register,
        masks,
        enrol,
        areas,
        public,
        case_members,
        case_papers,
        case_signatures,
        citizen,
        case_stills,
        cases,
        copies,
        log,
        witness,
        fleet,
        health,
        ledger,
        repairs,
        alerts,
        plan,
        plan_review,
        plan_what_if,
        plan_files,
        plan_import,
        plan_propose,
        service,
        village,
        video_socket,
    )
)
STATIC = Path(__file__).parent.parent / "static"


def make_app(folder: DataFolder) -> ASGIApp:
    """The whole application for one data folder."""
    context = Context(Wiring(folder))
    app = _bare_app(training=folder.training, context=context)
    app.state.context = context
    return Guard(app)


def describe() -> dict[str, Any]:
    """The OpenAPI document of everything, the demo's own routes included."""
    return _bare_app(training=True, context=None).openapi()


def _bare_app(*, training: bool, context: Context | None) -> FastAPI:
    app = FastAPI(
        title="Ronda", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json",
        lifespan=_keeping_checkpoint(context) if context else None, responses=PROBLEMS,
        dependencies=[Depends(refuse_nul)],
    )  # fmt: skip
    add_problem_answers(app)
    for router in ROUTERS:
        app.include_router(router)
    if training:  # on any other data folder these routes do not exist
        app.include_router(demo.router)
    _add_screens(app)
    return app


def _keeping_checkpoint(context: Context) -> Any:
    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        use_ready_threads()
        async with context.wiring.keeping_checkpoint():
            yield
        context.wiring.stop_planning()

    return lifespan


def _add_screens(app: FastAPI) -> None:
    """The built screens; any path without an extension is a screen of the same page."""

    @app.get("/{path:path}", include_in_schema=False, response_model=None)
    def screen(path: str) -> FileResponse | JSONResponse:
        wanted = (STATIC / path).resolve()
        if path.startswith("api/") or not wanted.is_relative_to(STATIC):
            return JSONResponse({"code": "not_found", "message": "there is nothing here"}, 404)
        if path and wanted.is_file():
            immutable = path.startswith("assets/")
            return FileResponse(wanted, headers={"cache-control": "max-age=31536000" if immutable else "no-cache"})
        if "." in path.rsplit("/", 1)[-1]:
            return JSONResponse({"code": "not_found", "message": "there is nothing here"}, 404)
        return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})
