"""Decide which cameras share one fault, so that four dead tiles raise one alert.

Pure. The common cause is the smallest circle (camera, site, village, district, everywhere) in which
every watched camera went down within WINDOW_US of each other. Two cameras that die a quarter of an
hour apart are two faults. What lies behind it is told from evidence only: cameras that disagree
about the cause leave it unknown.
Invariant: each camera that is down long enough belongs to exactly one group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ronda.core.ids import CameraId
from ronda.health.model import Down, Reach, Watched
from ronda.video.model import GapCause

ALERT_AFTER_S = 300
WINDOW_US = 120_000_000
_WIDEST_FIRST = (Reach.EVERYWHERE, Reach.DISTRICT, Reach.VILLAGE, Reach.SITE)
_VILLAGE_PARTS, _DISTRICT_PARTS = 4, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cameras with one common fault."""

    reach: Reach
    where: str
    where_name: str
    cause: GapCause
    evidence: str
    since_us: int
    cameras: tuple[CameraId, ...]


def groups(watched: Sequence[Watched], down: Sequence[Down], *, now_us: int, after_us: int) -> list[Group]:
    """The faults that have lasted `after_us`, each camera in one; oldest first.

    A group counts as lasting when its first camera does: the others fell with it.
    """
    facts = {one.camera: one for one in watched}
    left = {one.camera: one for one in down if one.camera in facts and one.cause is not GapCause.PLANNED_OFF}
    found: list[Group] = []
    while True:
        due = sorted(
            (one for one in left.values() if now_us - one.since_us >= after_us),
            key=lambda one: (one.since_us, one.camera),
        )
        if not due:
            return found
        group = _group_of(due[0], watched, left, facts)
        for camera in group.cameras:
            del left[camera]
        found.append(group)


def _group_of(
    first: Down, watched: Sequence[Watched], left: Mapping[CameraId, Down], facts: Mapping[CameraId, Watched]
) -> Group:
    for reach in _WIDEST_FIRST:
        where = _place(facts[first.camera], reach)
        inside = [one for one in watched if _place(one, reach) == where]
        fallen = [left[one.camera] for one in inside if one.camera in left]
        together = len(fallen) == len(inside) >= _FEWEST[reach] and all(
            abs(one.since_us - first.since_us) <= WINDOW_US for one in fallen
        )
        if together and where:
            return _named(reach, where, first, fallen, facts)
    return _named(Reach.CAMERA, first.camera, first, [first], facts)


# A wide circle is named only for several sites: one site's cameras are the site's fault.
_FEWEST = {Reach.EVERYWHERE: 3, Reach.DISTRICT: 3, Reach.VILLAGE: 2, Reach.SITE: 2}


def _place(one: Watched, reach: Reach) -> str:
    parts = one.area.split(".")
    match reach:
        case Reach.EVERYWHERE:
            return "*"
        case Reach.DISTRICT:
            return ".".join(parts[:_DISTRICT_PARTS]) if len(parts) >= _DISTRICT_PARTS else ""
        case Reach.VILLAGE:
            return one.area if len(parts) >= _VILLAGE_PARTS else ""
        case Reach.SITE:
            return one.site
        case Reach.CAMERA:
            return one.camera


def _named(
    reach: Reach, where: str, first: Down, fallen: Sequence[Down], facts: Mapping[CameraId, Watched]
) -> Group:
    sites = {facts[one.camera].site for one in fallen}
    if reach is not Reach.CAMERA and len(sites) == 1:  # a village with one site: the site says more
        reach, where = Reach.SITE, facts[first.camera].site
    causes = {one.cause for one in fallen}
    place = facts[first.camera]
    names = {Reach.CAMERA: place.name, Reach.SITE: place.site_name}
    return Group(
        reach=reach,
        where="" if reach is Reach.EVERYWHERE else where,
        where_name=names.get(reach, ""),  # areas are named by the screen that knows the register of areas
        cause=_shared(causes, len(fallen)),
        evidence="; ".join(sorted({one.evidence for one in fallen})[:3]),
        since_us=min(one.since_us for one in fallen),
        cameras=tuple(sorted(one.camera for one in fallen)),
    )


def _shared(causes: set[GapCause], cameras: int) -> GapCause:
    """The cause that all agree on. Cameras do not break in the same two minutes: then it is what they share."""
    if len(causes) > 1 or (cameras > 1 and causes == {GapCause.CAMERA}):
        return GapCause.UNKNOWN
    return next(iter(causes))
