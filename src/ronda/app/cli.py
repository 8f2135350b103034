"""The `ronda` command: little more than the list of its subcommands.

Each lives in `ronda.app.commands` and is imported only when called, so that `ronda record` and
`ronda verify` start without the web.
"""

import sys
from typing import NoReturn

from cyclopts import App, CycloptsError

from ronda import __version__
from ronda.app.process import keep_memory_to_ourselves
from ronda.core.errors import RondaError, WrongUsageError

app = App(name="ronda", version=__version__, help="Ronda: an open platform for a region's public CCTV.")
user = App(name="user", help="People with an account.")
camera = App(name="camera", help="The register of cameras.")
app.command(user)
app.command(camera)
witness = App(name="witness", help="Watch a hub's access log from outside.")
app.command(witness)
log = App(name="log", help="Check the published log: figures and printed anchors.")
app.command(log)
registry = App(name="registry", help="The register of areas, places and cameras as files.")
app.command(registry)
edge = App(name="edge", help="A village box behind a thin line, and the hub's side of it.")
app.command(edge)
timestamp = App(name="timestamp", help="Who puts a time from outside on sealed packages (RFC 3161).")
app.command(timestamp)
report = App(name="report", help="Papers that an office owes, filled from live settings.")
app.command(report)
disk = App(name="disk", help="Further disks for footage.")
app.command(disk)
plan = App(name="plan", help="Planning files: solve, score, compare and explain; a stored plan as files.")
app.command(plan)

COMMANDS = "ronda.app.commands"
PUBLIC = {
    "init": "Make a data folder with one admin; prints a one-time password once.",
    "serve": "Record the registered cameras and serve the screens, until Ctrl-C.",
    "demo": "Serve a virtual regency; with --once play its story unattended.",
    "backup": "Copy an installation into a folder while it runs.",
    "restore": "Put a backup into an empty place and prove its log.",
    "record": "Record streams into a folder: the recorder alone, without accounts or screens.",
    "check": "Prove that index and files of the footage agree.",
    "verify": "Check a sealed evidence package offline, line by line.",
    "sim": "Serve virtual cameras over RTSP.",
    "openapi": "Print the API's own description.",
}
INTERNAL = ("recorder", "web", "worker")  # started by `serve`
for name, text in PUBLIC.items():
    app.command(f"{COMMANDS}.{name}:{name}", name=name, help=text)
for name in INTERNAL:
    app.command(f"{COMMANDS}.{name}:{name}", name=name, show=False)
for name, function, text in (
    ("add", "add", "Make an account; prints its one-time password once."),
    ("list", "show", "List the accounts."),
    ("reset", "reset", "A new one-time password for an account."),
    ("link", "link", "Let a name at the sign-in provider sign in as an account."),
):
    user.command(f"{COMMANDS}.user:{function}", name=name, help=text)
for name, text in (
    ("dpia", "Write the data protection impact assessment, or say whether it is stale."),
    ("breach", "Write the pack for a breach, with its deadline."),
    ("audit", "Write the pack for the yearly audit."),
    ("month", "Write the monthly report with the anchor of the log."),
):
    report.command(f"{COMMANDS}.report:{name}", name=name, help=text)
for name, function, text in (
    ("add", "add", "Register a camera; a running recorder takes it up at once."),
    ("list", "show", "List the cameras; addresses without their passwords."),
    ("off", "off", "Switch recording off; the reason becomes the cause of the gap."),
    ("on", "on", "Switch recording on again."),
):
    camera.command(f"{COMMANDS}.camera:{function}", name=name, help=text)
for name, function, text in (
    ("discover", "discover", "Ask the local network for ONVIF cameras."),
    ("probe", "probe_camera", "Ask one camera what it is and which streams to record; changes nothing in it."),
):
    camera.command(f"{COMMANDS}.camera_onvif:{function}", name=name, help=text)
for name, text in (
    ("fill", "Fill a camera's gaps from its own card."),
    ("reboot", "Restart a camera over ONVIF."),
):
    camera.command(f"{COMMANDS}.camera_fill:{name}", name=name, help=text)
for name, function, text in (
    ("init", "init", "Make a witness with a key of its own; prints the public key for the hub."),
    ("key", "key", "Print the witness's public key."),
    ("run", "run", "Check that the log only grew, and cosign its checkpoint; every S seconds, or once."),
    ("trust", "trust", "On the hub: let a witness's cosignatures count."),
    ("distrust", "distrust", "On the hub: stop counting a witness."),
    ("list", "show", "On the hub: who watches the log, and when each signed last."),
):
    witness.command(f"{COMMANDS}.witness:{function}", name=name, help=text)
registry.command(
    f"{COMMANDS}.registry:import_file", name="import", help="Take in a CSV or GeoJSON whole, or say what is wrong."
)
for name, text in (
    ("figures", "Count the public figures again from the published log, and compare."),
    ("anchor", "A month's log for paper, or hold the log against a printed one."),
):
    log.command(f"{COMMANDS}.log:{name}", name=name, help=text)
app.command(f"{COMMANDS}.edge:link", name="edge-link", show=False)
for name, function, text in (
    ("invite", "invite", "On the hub: a one-time token for a village box, good for a day."),
    ("enrol", "enrol", "On the box: join the hub; makes the data folder and a key that never leaves it."),
    ("run", "run", "On the box: record, and speak to the hub whenever there is a line."),
    ("list", "show", "On the hub: the village boxes and when each was heard last."),
    ("accept", "accept", "On the hub: of two boxes that speak for one edge, this one is right."),
    ("end", "end", "On the hub: a box was stolen or taken down; its key is believed no more."),
    ("release", "release", "On the hub: let rows of a wrong clock into the timeline as they are."),
):
    edge.command(f"{COMMANDS}.edge:{function}", name=name, help=text)
for name, function, text in (
    ("add", "add", "Give footage a further disk, filled after those before."),
    ("list", "show", "List the footage disks: which are there, how full, and what is wrong."),
):
    disk.command(f"{COMMANDS}.disk:{function}", name=name, help=text)
for name, function, text in (
    ("add", "add", "Have packages stamped by an authority; tries it once before it is kept."),
    ("list", "show", "List the authorities with the fingerprints of their roots."),
    ("remove", "remove", "Stop asking an authority."),
):
    timestamp.command(f"{COMMANDS}.timestamp:{function}", name=name, help=text)
for name, function, text in (
    ("solve", "solve_file", "Find a plan and prove how good it is; Ctrl-C prints the best so far."),
    ("score", "score", "Count what a plan of any origin is worth, and which rules it breaks."),
    ("compare", "compare", "Two plans for one problem, side by side."),
    ("sweep", "sweep", "One problem at many budgets, also on Ray: the curve of value and bound."),
    ("benchmark", "benchmark", "Solve files and print value, bound and CPU seconds of each."),
):
    plan.command(f"{COMMANDS}.plan:{function}", name=name, help=text)
plan.command(
    f"{COMMANDS}.plan_explain:explain", name="explain", help="Why a site is built or not; what else costs."
)
plan.command(f"{COMMANDS}.plan_export:export", name="export", help="A stored plan as tables, layers, papers.")


def main() -> NoReturn:
    """Run a command; its return value, or the error's own status, becomes the exit status."""
    keep_memory_to_ourselves()
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
