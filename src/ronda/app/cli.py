"""The `ronda` command: little more than the list of its subcommands.

Each lives in `ronda.app.commands` and is imported only when called, so that `ronda record` and
`ronda verify` start without the web.
"""

import sys
from typing import NoReturn

from cyclopts import App, CycloptsError

from ronda import __version__
from ronda.core.errors import RondaError, WrongUsageError

app = App(name="ronda", version=__version__, help="Ronda: an open platform for a region's public CCTV.")
user = App(name="user", help="People with an account.")
camera = App(name="camera", help="The register of cameras.")
app.command(user)
app.command(camera)

COMMANDS = "ronda.app.commands"
app.command(f"{COMMANDS}.init:init", name="init")
app.command(f"{COMMANDS}.serve:serve", name="serve")
app.command(f"{COMMANDS}.demo:demo", name="demo")
app.command(f"{COMMANDS}.record:record", name="record")
app.command(f"{COMMANDS}.check:check", name="check")
app.command(f"{COMMANDS}.verify:verify", name="verify")
app.command(f"{COMMANDS}.sim:sim", name="sim")
app.command(f"{COMMANDS}.openapi:openapi", name="openapi")
app.command(f"{COMMANDS}.recorder:recorder", name="recorder", show=False)
app.command(f"{COMMANDS}.web:web", name="web", show=False)
user.command(f"{COMMANDS}.user:add", name="add")
user.command(f"{COMMANDS}.user:show", name="list")
user.command(f"{COMMANDS}.user:reset", name="reset")
camera.command(f"{COMMANDS}.camera:add", name="add")
camera.command(f"{COMMANDS}.camera:show", name="list")
camera.command(f"{COMMANDS}.camera:off", name="off")
camera.command(f"{COMMANDS}.camera:on", name="on")


def main() -> NoReturn:
    """Run a command; its return value, or the error's own status, becomes the exit status."""
    try:
        status = app(sys.argv[1:], exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        sys.exit(WrongUsageError.exit_status)  # said already, with the option it is about
    except RondaError as error:
        print(f"ronda: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(status if isinstance(status, int) else 0)
