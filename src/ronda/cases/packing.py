"""Gather what goes into a package: whole segments of the approved scope, gaps, the register's facts.

The approved span is widened to the segments that overlap it; the package says so. Segments that still
run are ended by the recorder first.
"""

from dataclasses import dataclass

from ronda.access.model import Person
from ronda.cases.acts import role_names
from ronda.cases.errors import FootageAwayError, PackageError
from ronda.cases.model import Case, Scope
from ronda.cases.package import Job, PackageBuilder
from ronda.cases.package_parts import Recorded, package_name
from ronda.cases.papers import Papers
from ronda.cases.ports import CameraRegister, SegmentCloser
from ronda.core.ids import CameraId, new_id
from ronda.core.time import SECOND_US, TimeSpan
from ronda.evidence.clock_facts import ClockReport
from ronda.registry.model import Camera
from ronda.video.model import Origin, Segment, SegmentState
from ronda.video.ports import RecordingReader

_PICTURE_STATES = (SegmentState.OPEN, SegmentState.CLOSED, SegmentState.REPAIRED)


def with_picture(recordings: RecordingReader, camera: CameraId, span: TimeSpan) -> list[Segment]:
    """Segments that hold pictures: rows of training history have none."""
    return [one for one in recordings.segments(camera, span) if one.state in _PICTURE_STATES]


def origin_words(origin: Origin) -> str:
    """For the statement of a package, which is Indonesian."""
    return (
        f"diambil kemudian dari kartu kamera ({origin.kind}); waktu menurut jam perangkat itu, dikoreksi "
        f"{-origin.offset_us / SECOND_US:+.1f} dtk, paling jauh meleset {origin.uncertainty_us / SECOND_US:.1f} dtk"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """Reads index and register for one package."""

    recordings: RecordingReader
    register: CameraRegister
    closer: SegmentCloser
    builder: PackageBuilder

    async def close_running(self, scope: Scope) -> None:
        """Ask the recorder to end segments that still run within the scope."""
        for camera in scope.cameras:
            found = with_picture(self.recordings, camera, scope.span)
            if any(segment.state is SegmentState.OPEN for segment in found):
                await self.closer.close_segment(camera)

    def job(
        self, who: Person, case: Case, scope: Scope, now_us: int, *, training: bool, letter: bytes | None = None
    ) -> Job:
        """Everything the builder needs. Raises PackageError for a segment that could not be ended."""
        by_camera = {camera: with_picture(self.recordings, camera, scope.span) for camera in scope.cameras}
        chosen = [segment for segments in by_camera.values() for segment in segments]
        if case.letter is not None and letter is None:
            raise PackageError(
                "the letter of request is not the one that was filed, or is gone; nothing was packed. "
                "Next: file it again"
            )
        away = [
            one
            for camera in scope.cameras
            for one in self.recordings.segments(camera, scope.span)
            if one.state is SegmentState.REMOTE
        ]
        if away:
            raise FootageAwayError(away[0].camera, len(away))
        running = [segment.path for segment in chosen if segment.state is SegmentState.OPEN]
        if running:
            raise PackageError(
                f"{running[0]} is still being recorded and could not be ended; nothing was packed. "
                "Next: try again in a minute"
            )
        widened = TimeSpan(
            min([scope.span.start_us, *(segment.span.start_us for segment in chosen)]),
            max([scope.span.end_us, *(segment.span.end_us for segment in chosen)]),
        )
        return Job(
            name=package_name(self.builder.office, case, now_us, new_id("p")[2:]),
            case=case,
            scope=scope,
            widened=widened,
            recorded=tuple(self._recorded(camera, own, widened) for camera, own in by_camera.items()),
            papers=self._papers(who, scope),
            operator=who.person_id,
            operator_role=role_names(who),
            training=training or case.training or any(segment.training for segment in chosen),
            started_us=now_us,
            names=self._names(scope),
            authorities=tuple(self.builder.stamps.authorities()) if self.builder.stamps else (),
            letter=letter,
            machine_clock=tuple(self.recordings.clock_readings(widened)),
        )

    def _names(self, scope: Scope) -> dict[CameraId, tuple[str, str]]:
        entries = ((camera, self.register.camera(camera)) for camera in scope.cameras)
        return {camera: (entry.name, entry.site.name) for camera, entry in entries if entry is not None}

    def _recorded(self, camera: CameraId, segments: list[Segment], widened: TimeSpan) -> Recorded:
        around = TimeSpan(widened.start_us - SECOND_US, widened.end_us + SECOND_US)
        return Recorded(
            camera=camera,
            segments=tuple(segments),
            fragments={one.segment_id: tuple(self.recordings.fragments(one.segment_id)) for one in segments},
            clock={one.segment_id: self._clock(one) for one in segments},
            gaps=tuple(self.recordings.gaps(camera, around)),
            origins=self._origins(camera, segments, widened),
        )

    def _origins(self, camera: CameraId, segments: list[Segment], widened: TimeSpan) -> dict[int, str]:
        """Of what was fetched later: from where, and how wrong its times can be."""
        fetched = {span.start_us: origin for span, origin in self.recordings.origins(camera, widened)}
        return {
            one.segment_id: origin_words(fetched[one.span.start_us])
            for one in segments
            if one.span.start_us in fetched
        }

    def _clock(self, segment: Segment) -> tuple[ClockReport, ...]:
        return tuple(
            ClockReport(arrival_us=pair.arrival_us, ntp=pair.ntp, rtp_90k=pair.rtp_90k)
            for pair in self.recordings.clock_pairs(segment.segment_id)
        )

    def _papers(self, who: Person, scope: Scope) -> Papers:
        cameras: dict[CameraId, Camera] = {}
        for camera in scope.cameras:
            entry = self.register.camera(camera)
            if entry is None:
                raise PackageError(f"camera {camera} is no longer in the register; nothing was packed")
            cameras[camera] = entry
        return Papers(
            office=self.builder.office,
            operator=who,
            cameras=cameras,
            identity=self.builder.identity,
            log_key=self.builder.log_signer.verifier,
            witnesses=tuple(key for key, _ in self.builder.witnesses.trusted()) if self.builder.witnesses else (),
        )
