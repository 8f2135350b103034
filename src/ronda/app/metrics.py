"""What `/metrics` tells a collector. Figures alone: no person, no case, no place of a fault.

A figure that nobody measured has no series at all, never a 0: an alarm on it must be an alarm on its
absence. Names end in their unit; docs/reference/metrics.md lists each, and a test compares the two.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ronda.app.fleet.wanting import NOT_CONNECTED_AFTER_US
from ronda.app.wiring import Wiring
from ronda.core.time import SECOND_US
from ronda.health.model import RepairState
from ronda.video.recorder_client import RecorderStatus

Values = Iterable[tuple[str, float | None]]  # the label's value, "" for a figure without label
WORKER_STATE: Final = "worker.json"


def registry_of(wiring: Wiring, recorder: RecorderStatus | None) -> CollectorRegistry:
    """Everything as it is at this moment. `recorder` None: it does not answer."""
    registry = CollectorRegistry()
    registry.register(_Now(wiring, recorder))
    return registry


class _Now(Collector):
    def __init__(self, wiring: Wiring, recorder: RecorderStatus | None) -> None:
        self._wiring, self._recorder = wiring, recorder

    def describe(self) -> list[Metric]:
        return []  # known only when asked

    def collect(self) -> Iterable[Metric]:
        yield _gauge("ronda_log_entries", "Entries of the access log", [("", self._wiring.log.size())])
        yield _gauge("ronda_recorder_up", "1 while the recorder answers", [("", self._recorder is not None)])
        if self._recorder is not None:
            yield from _recorder(self._recorder)
        yield from _worker(_worker_state(self._wiring))
        yield from _health(self._wiring)
        yield from _edges(self._wiring)
        yield from _witnesses(self._wiring)
        yield from _service(self._wiring)


def _recorder(status: RecorderStatus) -> Iterable[Metric]:
    cameras = status.cameras.items()
    recording = [(camera, float(now.state == "recording")) for camera, now in cameras]
    yield _gauge("ronda_camera_recording", "1 while frames arrive", recording, "camera")
    rates = [(camera, now.kbit_s) for camera, now in cameras]
    yield _gauge("ronda_camera_kbit_per_second", "Bit rate of the last seconds", rates, "camera")
    yield _gauge("ronda_footage_free_bytes", "Free room on the footage disk", [("", status.disk.free_bytes)])


def _worker_state(wiring: Wiring) -> dict[str, dict[str, Any]]:
    """What the worker wrote last; nothing before its first turn."""
    try:
        found = json.loads((wiring.folder.run / WORKER_STATE).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _worker(jobs: Mapping[str, Mapping[str, Any]]) -> Iterable[Metric]:
    def of(name: str) -> Values:
        return [(job, state.get(name)) for job, state in jobs.items()]

    yield _counter("ronda_job_turns", "Turns of a job since the worker started", of("turns"), "job")
    yield _counter("ronda_job_failures", "Turns that failed; each is tried again", of("failures"), "job")
    yield _gauge("ronda_job_last_turn_seconds", "How long the last turn took", of("last_s"), "job")
    failing = [(job, float(state.get("last_fault") is not None)) for job, state in jobs.items()]
    yield _gauge("ronda_job_failing", "1 while the last turn of a job failed", failing, "job")


def _health(wiring: Wiring) -> Iterable[Metric]:
    now_us = wiring.clock.now_us()
    incidents = [("", float(len(wiring.health.open_incidents())))]
    yield _gauge("ronda_incidents_open", "Faults that last, one for each common cause", incidents)
    unfinished = wiring.repairs.unfinished()
    states = [
        (state.value, float(sum(one.state is state for one in unfinished)))
        for state in (RepairState.REPORTED, RepairState.OPEN)
    ]
    yield _gauge("ronda_repairs_unfinished", "Repair orders without their proof", states, "state")
    late = sum(one.deadline_us is not None and one.deadline_us < now_us for one in unfinished)
    yield _gauge("ronda_repairs_late", "Unfinished repair orders past their deadline", [("", float(late))])
    waiting = [("", float(wiring.health.waiting()))]
    yield _gauge("ronda_messages_waiting", "Alerts not yet taken by a receiver that is away", waiting)


def _edges(wiring: Wiring) -> Iterable[Metric]:
    now_us = wiring.clock.now_us()
    edges = [one for one in wiring.fleet.edges() if one.enrolled_us is not None]

    def told(name: str) -> Values:
        return [(one.edge, (one.heartbeat or {}).get(name)) for one in edges]

    def is_connected(last_us: int | None) -> float:
        return float(last_us is not None and now_us - last_us < NOT_CONNECTED_AFTER_US)

    connected = [(one.edge, is_connected(one.last_contact_us)) for one in edges]
    yield _gauge("ronda_edge_connected", "1 while a village's box was heard just now", connected, "edge")
    ages = [
        (one.edge, None if one.last_contact_us is None else (now_us - one.last_contact_us) / SECOND_US)
        for one in edges
    ]
    yield _gauge("ronda_edge_last_contact_age_seconds", "Since a village's box was heard last", ages, "edge")
    yield _gauge("ronda_edge_rows_waiting", "Rows in the box's outbox when it was heard", told("depth"), "edge")
    used = told("budget_used_bytes")
    yield _gauge("ronda_edge_budget_used_bytes", "Footage sent today, as the box counts it", used, "edge")
    budget = [(one.edge, float(one.budget_bytes)) for one in edges]
    yield _gauge("ronda_edge_budget_bytes", "Footage that may be sent in a day", budget, "edge")
    missing = [(one.edge, float(one.missing_rows)) for one in edges]
    yield _gauge("ronda_edge_rows_missing", "Rows between those that arrived", missing, "edge")


def _witnesses(wiring: Wiring) -> Iterable[Metric]:
    now_us = wiring.clock.now_us()
    found = wiring.witnesses.witnesses()
    ages = [
        (one.key.name, None if one.cosigned_us is None else max(0.0, (now_us - one.cosigned_us) / SECOND_US))
        for one in found
    ]
    yield _gauge("ronda_witness_cosignature_age_seconds", "Since a witness signed last", ages, "witness")
    sizes = [(one.key.name, one.cosigned_size) for one in found]
    yield _gauge("ronda_witness_cosigned_entries", "Entries of the log a witness has signed", sizes, "witness")


def _service(wiring: Wiring) -> Iterable[Metric]:
    rows = [(point.camera, float(wiring.service.stored(point.camera))) for point in wiring.service.points()]
    yield _gauge("ronda_service_rows", "Stored quarters of an hour of a service point", rows, "camera")


def _gauge(name: str, said: str, values: Values, *labels: str) -> Metric:
    family = GaugeMetricFamily(name, said, labels=labels)
    return _filled(family, values)


def _counter(name: str, said: str, values: Values, *labels: str) -> Metric:
    family = CounterMetricFamily(name, said, labels=labels)
    return _filled(family, values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Values) -> Metric:
    for label, value in values:
        if isinstance(value, int | float):  # the worker's and an edge's own words may hold anything
            family.add_metric([label] if label else [], float(value))
    return family
