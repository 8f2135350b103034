"""What an edge box keeps in DATA/edge: its name, its hub, its key; and what a copy of it does not share.

edge.json   name, hub, training
edge.key    Ed25519, mode 0600, made here and never sent
"""

import json
import uuid
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ronda.app.data_folder import DataFolder, create, open_folder, write_private
from ronda.app.errors import UnusableFolderError
from ronda.app.hub_http import HubHttp
from ronda.core.errors import WrongUsageError
from ronda.fleet.errors import NotEnrolledError

_MULTICAST = 1 << 40  # set in a node number that Python made up because it found no network card


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An enrolled edge."""

    folder: DataFolder
    edge: str
    hub: str
    ca: Path | None
    key: Ed25519PrivateKey

    @property
    def identity(self) -> str:
        """What a cloned disk or a restored backup changes: the network card, or the key file's own number."""
        node = uuid.getnode()
        card = "" if node & _MULTICAST else f"{node:012x}"
        file = (self.folder.root / "edge" / "edge.key").stat().st_ino
        return sha256(f"{card}/{file}".encode()).hexdigest()[:32]


def enrol(root: Path, hub: str, token: str, ca: Path | None = None) -> Box:
    """Make the folder and join the hub. Raises NotEnrolledError, WrongUsageError on an enrolled folder."""
    place = root / "edge" / "edge.json"
    if place.exists():
        raise WrongUsageError(
            f"{root} is an edge already: {json.loads(place.read_text())['edge']}. Next: `ronda edge run`, "
            "or another folder with --data"
        )
    key = new_key()
    body = {"token": token, "public_key": key.public_key().public_bytes_raw().hex()}
    answer = HubHttp(hub, ca=ca).send("POST", "/api/fleet/enrol", json.dumps(body).encode())
    if answer.status != 201:
        raise NotEnrolledError(answer.message or f"the hub answered {answer.status}; nothing was enrolled")
    told = answer.json()
    keep_box(root, str(told["edge"]), hub, key, training=bool(told["training"]), ca=ca)
    return open_box(root)


def new_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def keep_box(
    root: Path, edge: str, hub: str, key: Ed25519PrivateKey, *, training: bool, ca: Path | None = None
) -> None:
    """Make the data folder of an edge whose key the hub knows."""
    create(root, training=training)
    (root / "edge").mkdir(mode=0o700, exist_ok=True)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(root / "edge" / "edge.key", pem.decode())
    known = {"edge": edge, "hub": hub, "ca": str(ca) if ca else None}
    write_private(root / "edge" / "edge.json", json.dumps(known) + "\n")


def open_box(root: Path) -> Box:
    """Raises WrongUsageError for a folder that was never enrolled, UnusableFolderError for a broken one."""
    try:
        told = json.loads((root / "edge" / "edge.json").read_text())
        key = serialization.load_pem_private_key((root / "edge" / "edge.key").read_bytes(), password=None)
    except FileNotFoundError:
        raise WrongUsageError(f"{root} is no edge. Next: `ronda edge enrol` with the token of the hub") from None
    except (OSError, ValueError) as error:
        raise UnusableFolderError(f"{root / 'edge'} cannot be read ({type(error).__name__})") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableFolderError(f"{root / 'edge' / 'edge.key'} is no Ed25519 key")
    ca = Path(told["ca"]) if told.get("ca") else None
    return Box(folder=open_folder(root), edge=str(told["edge"]), hub=str(told["hub"]), ca=ca, key=key)
