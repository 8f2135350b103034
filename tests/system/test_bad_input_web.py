# ruff: noqa: E501  (tables read best as they are)
"""What people may send to the web: odd names, SQL, paths, floods, files that are something else. One clear answer each."""

import ast
import json
import re
import struct
import zlib
from pathlib import Path

import pytest
from tests.http_kit import CAMERA, Town, town

ROOT = Path(__file__).parents[2]
SIGN = f"/api/register/{CAMERA}/sign"
NAMES = [
    "O'Brien \"Bob\"; DROP TABLE people;--", "$(touch /tmp/x)", "`id`", "baris\nkedua", "<script>alert(1)</script>",
    "nama\u202egnp.exe", "😀" * 20, "é" * 190, "../../etc/passwd", "{{7*7}}", "%s%n%x", "\u0000nul", "=HYPERLINK(1)",
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("town"))


@pytest.mark.parametrize(("number", "name"), list(enumerate(NAMES)))
def test_an_odd_name_is_kept_as_text_or_refused_and_the_log_stays_whole(
    place: Town, number: int, name: str
) -> None:
    """N7."""
    body = {
        "login": f"aneh-{number}", "name": name, "official_id": str(5000 + number), "office": name, "roles": ["operator"],
        "area": "64.08",
    }  # fmt: skip
    made = place.client("admin").post("/api/people", json=body)
    assert made.status_code in (201, 422)
    if made.status_code == 201:
        shown = [one for one in place.client("admin").get("/api/people").json() if one["login"] == f"aneh-{number}"]
        assert [one["name"] for one in shown] == [name]
    entries = place.wiring.log.entries(0, 1000)
    assert all(b"\n" not in entry.leaf for entry in entries)
    assert place.wiring.log.verify_all() == []


def test_a_name_of_a_megabyte_is_refused_before_it_is_read(place: Town) -> None:
    body = {
        "login": "besar",
        "name": "ü" * 1_000_000,
        "official_id": "1",
        "office": "x",
        "roles": ["operator"],
        "area": "64",
    }
    assert place.client("admin").post("/api/people", json=body).status_code in (413, 422)


SQL = [
    "1 OR 1=1",
    "1; DROP TABLE people",
    "' OR '1'='1",
    "1 UNION SELECT 1",
    "-1",
    "1e9",
    "0x10",
    "NULL",
    "sleep(5)",
]


@pytest.mark.parametrize("text", SQL)
def test_sql_in_a_number_is_refused_and_in_a_filter_it_is_a_word_that_nothing_has(place: Town, text: str) -> None:
    """N8."""
    client = place.client("inspector")
    assert client.get("/api/log", params={"before": text}).status_code == 422
    found = client.get("/api/log", params={"outcome": text})
    assert found.status_code in (200, 422)
    assert found.status_code == 422 or found.json()["lines"] == []
    assert place.client("admin").get("/api/people").status_code == 200


@pytest.mark.parametrize("role", ["operator", "planner", "service_head", "investigator", "approver"])
def test_who_may_not_sees_no_log_no_people_and_no_secret_anywhere(place: Town, role: str) -> None:
    """N16: nor are there pages of settings, backups or the framework's own."""
    client = place.client(role)
    for path in ("/api/log", "/api/log/check", "/api/people", "/api/tokens", "/api/alerts/channels"):
        assert client.get(path).status_code == 403
    for path in (
        "/docs",
        "/redoc",
        "/config.json",
        "/api/config",
        "/api/backup",
        "/api/debug",
        "/.env",
        "/ronda.json",
        "/oidc.json",
    ):
        answer = client.get(path)
        assert answer.status_code == 404 or "text/html" in answer.headers["content-type"], path
        assert "kenari-rahasia" not in answer.text
    assert "kenari-rahasia" not in client.get("/api/openapi.json").text


def flood(side: int) -> bytes:
    """A PNG of a few bytes that says it is enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


FILES = {
    "a flood of pixels": flood(60_000), "a zip": b"PK\x03\x04" + b"\0" * 500, "a page": b"<html><script>x</script>",
    "a pdf with a picture's name": b"%PDF-1.7\n\x89PNG\r\n\x1a\n", "nothing": b"", "a pickle": b"\x80\x04cos\nsystem\n.",
    "an svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>",
}  # fmt: skip


@pytest.mark.parametrize("what", list(FILES))
def test_a_file_that_is_no_photograph_is_refused_by_what_it_is(place: Town, what: str) -> None:
    """N17."""
    answer = place.client("admin").put(SIGN, content=FILES[what])
    assert (answer.status_code, answer.json()["code"]) == (422, "no_sign_picture")
    signs = place.wiring.folder.signs
    assert not signs.exists() or list(signs.iterdir()) == []


def test_an_upload_beyond_its_size_is_refused_by_its_size(place: Town) -> None:
    assert place.client("admin").put(SIGN, content=b"x" * 12_100_000).status_code == 413


def test_no_route_takes_a_path_to_read_or_delete(place: Town) -> None:
    """N3, N4: what is deleted is named by camera and span; files are named by digest or by a stored record."""
    for path in (
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "....//etc/passwd",
        "%2e%2e%5cetc",
        "/etc/passwd",
        "a%00b",
    ):
        for route in (
            f"/api/cases/{path}",
            f"/api/register/{path}/sign",
            f"/api/cases/x/stills/{path}",
            f"/{path}",
        ):
            answer = place.client("admin").get(route)
            assert answer.status_code in (400, 403, 404, 422) or "text/html" in answer.headers["content-type"], (
                route
            )
            assert "root:" not in answer.text
    wish = {"camera": "../../etc", "from_us": 1, "to_us": 2, "reason": "Hapus berkas di luar"}
    assert place.client("admin").post("/api/changes/deletion", json=wish).status_code == 404


def test_no_source_runs_a_shell_or_reads_objects_from_a_file() -> None:
    """N18, N20: no shell, no pickle, no YAML, no eval anywhere in the product."""
    forbidden = re.compile(
        r"^(os\.system|os\.popen|eval|exec|pickle\.|yaml\.|marshal\.|shelve\.|subprocess\.getoutput)"
    )
    found = []
    for path in (ROOT / "src/ronda").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                shell = any(one.arg == "shell" and ast.unparse(one.value) != "False" for one in node.keywords)
                if forbidden.match(name) or shell:
                    found.append((path.name, node.lineno, name))
    assert found == []


def test_an_answer_of_the_api_is_never_kept_by_a_browser_or_a_proxy(place: Town) -> None:
    """N1: what one person may see is not answered to another from a cache."""
    for path in ("/api/cameras", "/api/cases", "/api/session", "/api/register"):
        assert place.client("operator").get(path).headers["cache-control"] == "no-store"


def test_no_address_opens_a_picture_by_itself(place: Town) -> None:
    """N13: there are no stream links: pictures come over a session alone, so nothing like a link can leak."""
    case = place.approved_case()
    at_us = place.start_us
    token = place.wiring.access.start_session(place.people["investigator"])
    nobody = place.client("nobody")
    for query in (
        f"token={token}",
        f"access_token={token}",
        f"session={token}",
        f"ronda_session={token}",
        f"sig={token}",
    ):
        answer = nobody.get(f"/api/cases/{case}/footage/{CAMERA}?at_us={at_us}&{query}")
        assert answer.status_code == 401
    described = json.dumps(place.client("admin").get("/api/openapi.json").json())
    assert not re.search(r'"(stream_url|clip_url|hls|m3u8|playback_url|signed_url)"', described)
