# ruff: noqa: E501  (tables read best as they are)
"""No faces, no plates, no search for a person: a model, table, route or package for it makes the build fail (N56, P3).

What is looked at is what there is: every table and column, every route and field of the API, every requirement with
its locked dependencies, and every file that would be shipped.
"""

import json
import re
from collections.abc import Iterable

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text
from tests.needs import ROOT

import ronda.store.sql.tables  # noqa: F401 - fills the metadata
from ronda.store.sql.schema import metadata

# In names of tables, columns, routes and fields; whole words between underscores, slashes, dots and dashes.
WORDS = frozenset(
    {
        "face", "faces", "facial", "wajah", "biometric", "biometrics", "biometrik", "embedding", "embeddings", "descriptor",
        "faceprint", "gait", "iris", "fingerprints", "reid", "plate", "plates", "pelat", "anpr", "alpr", "gallery", "watchlist",
        "lookalike", "emotion", "gender", "ethnicity", "suku",
    }
)  # fmt: skip
PACKAGES = re.compile(
    r"face|dlib|insight|arcface|deepface|retinaface|mediapipe|reid|openalpr|easyocr|tesser|paddle|speechbrain|"
    r"facenet|biometr|gait|alpr",
    re.IGNORECASE,
)
MODELS = re.compile(
    r".*(haarcascade.*\.xml|\.(onnx|pt|pth|tflite|caffemodel|pb|safetensors|h5|engine|dat|mlmodel))", re.I
)


def words_of(name: str) -> set[str]:
    return set(re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()))


def named(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if words_of(name) & WORDS)


def table_names(tables: MetaData) -> list[str]:
    return [f"{table.name}.{column.name}" for table in tables.tables.values() for column in table.columns]


def packages(text: str) -> list[str]:
    found = re.findall(r"^([A-Za-z0-9_.-]+)", text, re.MULTILINE)
    return sorted(name for name in found if PACKAGES.search(name))


def model_files(paths: Iterable[str]) -> list[str]:
    return sorted(path for path in paths if MODELS.fullmatch(path))


def test_no_table_or_column_could_hold_a_face_a_plate_or_a_template() -> None:
    names = table_names(metadata)
    assert len(names) > 100
    assert named(names) == []


def test_no_route_parameter_or_field_asks_for_a_face_or_a_person_in_a_picture() -> None:
    api = json.loads((ROOT / "web/src/api/openapi.json").read_text())
    names = list(api["paths"])
    for schema in api["components"]["schemas"].values():
        names += schema.get("properties", {})
    names += [
        one["name"] for path in api["paths"].values() for act in path.values() for one in act.get("parameters", ())
    ]
    assert len(names) > 300
    assert named(names) == []


def test_no_package_that_recognises_is_installed_with_it_or_asked_for() -> None:
    for path in sorted((ROOT / "requirements").iterdir()):
        assert packages(path.read_text()) == [], path.name
    project = (ROOT / "pyproject.toml").read_text()
    assert PACKAGES.findall(project.partition("[project.scripts]")[0]) == []
    web = json.loads((ROOT / "web/package.json").read_text())
    asked = {**web.get("dependencies", {}), **web.get("devDependencies", {})}
    assert [name for name in asked if PACKAGES.search(name)] == []


def test_no_model_is_shipped() -> None:
    shipped = [
        path for part in ("src", "native", "web/src", "web/public", "deploy") for path in (ROOT / part).rglob("*")
    ]
    assert len(shipped) > 500
    assert model_files(str(path.relative_to(ROOT)) for path in shipped) == []


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("faces", "id"),
        ("sighting", "face_vector"),
        ("person", "embedding"),
        ("vehicle", "plate_text"),
        ("wajah", "cap"),
    ],
)
def test_adding_a_template_table_or_column_is_found(table: str, column: str) -> None:
    """N56: as a hurried colleague would add it."""
    more = MetaData()
    Table(
        table,
        more,
        Column("id", Text, primary_key=True),
        *([] if column == "id" else [Column(column, LargeBinary)]),
    )
    assert named(table_names(more))


def test_adding_a_model_a_package_or_a_route_is_found() -> None:
    assert model_files(
        ["src/ronda/detect/arc.onnx", "src/ronda/x/haarcascade_frontalface.xml", "src/ronda/a.py"]
    ) == [
        "src/ronda/detect/arc.onnx",
        "src/ronda/x/haarcascade_frontalface.xml",
    ]
    assert packages("numpy==2.0\nface-recognition==1.3\ninsightface==0.7\n") == ["face-recognition", "insightface"]
    assert named(["/api/search/faces", "/api/cases/{case_id}", "faceId", "surface"]) == [
        "/api/search/faces",
        "faceId",
    ]
