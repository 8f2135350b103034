"""`ronda witness`: watch a hub's access log from outside, with an own key.

Exit status of `run`: 0 signed, 1 the log is not what was seen, 75 the hub does not answer.
"""

import sys
import threading
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.app.clock import SystemClock
from ronda.app.data_folder import data_path, open_folder
from ronda.app.hub_http import HubHttp, HubUnreachableError
from ronda.app.process import stop_on_signals
from ronda.app.wiring import Wiring
from ronda.app.witness.round import Outcome, Round
from ronda.app.witness.words import Lang, told
from ronda.core.time import wita_text
from ronda.evidence.checkpoint import read_vkey
from ronda.evidence.cosignature import read_cosigner_key
from ronda.evidence.errors import EvidenceError
from ronda.store.witness_state import WitnessState


def init(
    *,
    state: Annotated[Path, Parameter(help="The witness's own folder: another machine, or a stick.")],
    name: Annotated[str, Parameter(help="Under which it signs, such as inspektorat.kutaitimur/penjaga.")],
) -> int:
    """Make a witness with a key of its own; prints the public key for the hub."""
    made = WitnessState.create(state, name)
    print(made.signer.key.vkey())
    return 0


def key(*, state: Path) -> int:
    """Print the witness's public key."""
    print(WitnessState(state).signer.key.vkey())
    return 0


def run(
    *,
    hub: Annotated[str, Parameter(help="Address of the hub, such as https://ronda.kutaitimur.go.id.")],
    state: Annotated[Path, Parameter(help="The witness's own folder.")],
    every: Annotated[float, Parameter(help="Seconds between two rounds.")] = 60.0,
    once: Annotated[bool, Parameter(negative="")] = False,
    log_key: Annotated[
        str | None, Parameter(help="The log's public key from paper; else the first one seen is kept.")
    ] = None,
    ca: Annotated[Path | None, Parameter(help="Certificate of the hub's own authority, PEM.")] = None,
    lang: Lang = "id",
) -> int:
    """Check that the log only grew, and cosign its checkpoint; every S seconds, or once."""
    own = WitnessState(state)
    if log_key is not None and own.log_key is None:
        own.log_key = read_vkey(log_key)
    lock, stop = own.hold(), threading.Event()
    stop_on_signals(stop)
    rounds, status, last = Round(state=own, hub=HubHttp(hub, ca=ca), clock=SystemClock()), 75, ""
    try:
        while not stop.is_set():
            status, said = _one(rounds, lang)
            if said != last:
                print(said, file=sys.stdout if status == 0 else sys.stderr, flush=True)
            last = said
            if once:
                break
            stop.wait(max(0.2, every))
    finally:
        lock.close()
    return status


def _one(rounds: Round, lang: Lang) -> tuple[int, str]:
    try:
        outcome: Outcome = rounds.run()
    except HubUnreachableError as error:
        return error.exit_status, str(error)
    except EvidenceError as error:  # another log's key, or a signature that is none
        return 1, str(error)
    return (0 if outcome.signed else 1), "\n".join(told(outcome, lang))


def trust(name: str, key: str, *, data: Path | None = None) -> int:
    """On the hub: let a witness's cosignatures count; `key` as `ronda witness key` printed it."""
    wiring = Wiring(open_folder(data_path(data)))
    read = read_cosigner_key(key)
    if read.name != name:
        raise EvidenceError(f"the key is that of {read.name!r}, not of {name!r}; nothing was changed")
    wiring.witnesses.trust(read, wiring.clock.now_us())
    wiring.note("jejak.penjaga_dipercaya", {"penjaga": name, "kunci": read.key_hash.hex()})
    print(f"{name}: trusted")
    return 0


def distrust(name: str, *, data: Path | None = None) -> int:
    """On the hub: stop counting a witness; what it signed stays where it is."""
    wiring = Wiring(open_folder(data_path(data)))
    wiring.witnesses.distrust(name)
    wiring.note("jejak.penjaga_dicabut", {"penjaga": name})
    print(f"{name}: no longer trusted")
    return 0


def show(*, data: Path | None = None) -> int:
    """On the hub: who watches the log, and when each signed last."""
    for one in Wiring(open_folder(data_path(data))).witnesses.witnesses():
        last = "never" if one.cosigned_us is None else f"{one.cosigned_size} entries, {wita_text(one.cosigned_us)}"
        print(f"{one.key.name}\t{last}\t{one.key.vkey()}")
    return 0
