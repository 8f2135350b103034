"""The edge drill with real processes: the line cut, kill -9 of either side in it. The long one: benchmarks/edge."""

import argparse
from pathlib import Path

import pytest
from benchmarks.edge.drill import drill


def test_nothing_is_lost_or_doubled_and_the_film_arrives_whole(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Camera over RTSP, recorder, outbox, thin line, hub; both killed while the line is cut."""
    options = argparse.Namespace(cut=24.0, bits=1_000_000.0, minutes=1.0, budget_mb=20.0)
    report = drill(tmp_path, tmp_path_factory.getbasetemp().parent / "drill-scenes", options)
    assert report["rows_lost"] == 0
    assert report["rows_doubled"] == 0
    assert report["rows_at_hub"] == report["rows_at_edge"] > 4
    assert report["films_asked"] == report["films_arrived"] == report["films_equal"] > 0
    assert report["relay_bytes"] <= report["budget_bytes"]
    assert report["budget_used_bytes"] >= report["relay_bytes"]
    assert report["ok"] is True
