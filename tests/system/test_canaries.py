"""Secrets planted in an installation are found nowhere but where they are kept (S4).

Looked through: process lists and environments of the running programs, what they say, every answer of the API to
every role, errors, the log with its openings, the database, a backup, a package, and all else in the data folder.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pyotp
import pytest
from tests.camera_kit import test_camera
from tests.http_kit import CAMERA, Town, town
from tests.system.test_disk_faults import children
from tests.system.test_matrix import routes
from tests.system.test_process_limits import child_of, served

from ronda.access.model import Role
from ronda.app.backup import backup
from ronda.core.ids import camera_id

CAMERA_PASSWORD = "kenari-kamera-7f3a91"
CHANNEL_PASSWORD = "kenari-saluran-40be"
ROLES = ["nobody", *(role.value for role in Role)]


@dataclass(frozen=True, slots=True)
class Canaries:
    """By name: what must be found nowhere."""

    place: Town
    case: str
    planted: dict[str, bytes]

    def found_in(self, data: bytes) -> list[str]:
        return [name for name, secret in self.planted.items() if secret in data]


def planted_town(root: Path) -> Canaries:
    place = town(root, training=True)
    wiring = place.wiring
    entry = wiring.register.camera(camera_id(CAMERA))
    assert entry is not None
    wiring.register.save(replace(entry, url=f"rtsp://admin:{CAMERA_PASSWORD}@127.0.0.1:1/main"))
    admin = place.client("admin")
    token = admin.post(
        "/api/tokens", json={"name": "Dasbor", "actions": ["see_gaps"], "area": "64.08", "days": 30}
    ).json()["token"]
    settings = {"host": "127.0.0.1", "port": "1", "user": "ronda", "password": CHANNEL_PASSWORD}
    made = admin.post("/api/alerts/channels", json={"kind": "mqtt", "name": "mqtt", "settings": settings})
    assert made.status_code == 201, made.text
    totp = admin.post("/api/session/factors/totp", json={"name": "Telepon"}).json()
    code = pyotp.TOTP(totp["secret"]).now()
    codes = admin.post(f"/api/session/factors/totp/{totp['factor_id']}", json={"code": code}).json()["codes"]
    session = place.client("operator").cookies
    case = place.approved_case()
    assert place.client("investigator").post(f"/api/cases/{case}/packages", json={}).status_code == 201
    planted = {
        "camera password": CAMERA_PASSWORD.encode(),
        "channel password": CHANNEL_PASSWORD.encode(),
        "token": token.encode(),
        "TOTP secret": totp["secret"].encode(),
        "recovery code": codes[0].encode(),
        "session": next(iter(session.values())).encode(),
        **{f"key {path.name}": body for path in private_keys(wiring.folder.keys) for body in [key_body(path)]},
    }
    assert len(planted) >= 9, sorted(planted)
    return Canaries(place, case, planted)


def private_keys(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.iterdir()) if b"PRIVATE KEY" in path.read_bytes())


def key_body(path: Path) -> bytes:
    """The longest line of base64: with or without its frame, this is the key."""
    return max(path.read_bytes().splitlines(), key=len)


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Canaries:
    return planted_town(tmp_path_factory.mktemp("canaries") / "data")


def held_by(root: Path, canaries: Canaries) -> dict[str, list[str]]:
    """Each file below `root` that holds a canary, by its path."""
    found = {}
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        if names := canaries.found_in(path.read_bytes()):
            found[str(path.relative_to(root))] = names
    return found


def test_the_data_folder_holds_a_secret_only_where_it_is_kept(canaries: Canaries) -> None:
    """The list of cameras that the recorder reads, and the keys, each for its owner alone."""
    root = canaries.place.wiring.folder.root
    found = held_by(root, canaries)
    for relative, names in found.items():
        assert (root / relative).stat().st_mode & 0o077 == 0, relative
        if relative == "recorder/cameras.json":
            assert names == ["camera password"]
        else:
            assert relative.startswith("keys/"), names
            assert names == [f"key {Path(relative).name}"]
    assert any(relative.startswith("keys/") for relative in found), "the search would find one"


def test_a_backup_holds_keys_in_their_folder_alone_and_no_password(canaries: Canaries, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    said: list[str] = []
    backup(canaries.place.wiring.folder, out, footage="all", tell=said.append)
    assert canaries.found_in("\n".join(said).encode()) == []
    found = held_by(out, canaries)
    assert {relative.split("/")[1] for relative in found} == {"keys"}, found
    assert all((out / relative).stat().st_mode & 0o077 == 0 for relative in found)


@pytest.mark.parametrize("role", ROLES)
def test_no_answer_page_header_or_error_shows_one(canaries: Canaries, role: str) -> None:
    """All that can be fetched and all that can be sent wrongly, packages and their check too."""
    place, leaks = canaries.place, []
    client = place.client(role)
    own = {"camera": CAMERA, "case_id": canaries.case}
    for route in routes():
        if route.path.startswith(("/api/oidc", "/api/session")):
            continue
        path = re.sub(r"{(\w+)(?::\w+)?}", lambda match: own.get(match[1], "apa-saja"), route.path)
        for method in sorted(route.methods & {"GET", "POST", "PUT"}):
            body = None if method == "GET" else {"camera": CAMERA, "url": f"exec:{CAMERA_PASSWORD[:6]}"}
            answer = client.request(method, f"{path}?at_us={place.start_us}", json=body)
            shown = answer.content + json.dumps(dict(answer.headers)).encode()
            leaks += [(method, route.path, name) for name in canaries.found_in(shown)]
    assert leaks == []


def test_no_package_and_no_entry_of_the_log_holds_one(canaries: Canaries) -> None:
    wiring = canaries.place.wiring
    assert held_by(wiring.folder.packages, canaries) == {}
    texts = [entry.leaf for entry in wiring.log.entries(0, 10_000)]
    texts += [one.value.encode() for at in range(wiring.log.size()) for one in wiring.log.openings(at)]
    assert canaries.found_in(b"\n".join(texts)) == []


async def test_no_process_list_environment_or_message_of_the_running_programs_shows_one(tmp_path: Path) -> None:
    """`ronda serve` with its children, recording a camera whose address holds a password."""
    where = tmp_path / "data"
    async with test_camera() as camera:
        told_url = re.sub(r"rtsp://(?:[^@/]*@)?", f"rtsp://admin:{CAMERA_PASSWORD}@", camera.url)
        async with served(where, SimpleNamespace(url=told_url)) as (serving, _, _):
            top = serving.process.pid
            for role in ("recorder", "web", "worker"):
                await child_of(top, role)
            pids = [top, *children(top)]
            assert len(pids) >= 4
            for pid in pids:
                for part in ("cmdline", "environ"):
                    assert CAMERA_PASSWORD.encode() not in Path(f"/proc/{pid}/{part}").read_bytes(), (pid, part)
            told = serving
        keys = [key_body(path) for path in private_keys(where / "keys")]
    assert CAMERA_PASSWORD not in told.text
    assert not any(body.decode() in told.text for body in keys)
