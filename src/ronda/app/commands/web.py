"""`ronda web`: the web process alone; started by `ronda serve`."""

from pathlib import Path

from ronda.app.data_folder import data_path, open_folder
from ronda.app.process import end_with_parent


def web(*, host: str, port: int, data: Path | None = None) -> int:
    """Serve API, video socket and screens until told to stop."""
    end_with_parent()
    import uvicorn

    from ronda.app.http.server import make_app

    app = make_app(open_folder(data_path(data)))
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, ws="websockets-sansio",
        ws_max_size=64 * 1024, timeout_graceful_shutdown=3, server_header=False,
    )  # fmt: skip
    uvicorn.Server(config).run()
    return 0
