"""What cases need from outside: stores, the recorder, the log, the register, the keys."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ronda.access.model import Person
from ronda.cases.model import Case
from ronda.core.ids import CameraId, CaseId, PersonId
from ronda.evidence.canonical import Json
from ronda.evidence.checkpoint import NoteSigner
from ronda.evidence.cosignature import CosignerKey
from ronda.evidence.entry import AuditEvent
from ronda.evidence.leaf import Opening
from ronda.evidence.time_stamp import Authority, Second
from ronda.registry.model import Camera


class CaseStore(Protocol):
    """Cases, each stored as a whole."""

    def add(self, case: Case) -> None: ...

    def save(self, case: Case) -> Case:
        """Store `case` if its revision is still the stored one; returns it with the next revision.

        Raises ChangedMeanwhileError otherwise.
        """
        ...

    def get(self, case_id: CaseId) -> Case | None: ...

    def all(self) -> Sequence[Case]:
        """Every case, newest first."""
        ...


class People(Protocol):
    """Accounts as they are now: a role that was taken away is gone here first."""

    def by_id(self, person_id: PersonId) -> Person | None: ...


class CameraRegister(Protocol):
    def camera(self, camera: CameraId) -> Camera | None: ...


class FootageFiles(Protocol):
    """Recorded files by their path below the footage folder."""

    def path(self, relative: str) -> Path:
        """Where the file lies. Raises CaseError for a path that leads out of the folder."""
        ...


class SegmentCloser(Protocol):
    """Asks the recorder to end the running segment of a camera, so that it can be sealed."""

    async def close_segment(self, camera: CameraId) -> object: ...


class EntryView(Protocol):
    """One entry of the log as stored."""

    @property
    def index(self) -> int: ...
    @property
    def leaf(self) -> bytes: ...
    @property
    def action(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, Json]: ...


class ProvingLog(Protocol):
    """The access log with what a package needs of it: `ronda.store.log.SqliteLog`."""

    def append(self, event: AuditEvent) -> int: ...

    def entries(self, start: int = 0, count: int = 100, *, case: str | None = None) -> Sequence[EntryView]: ...

    def entry(self, index: int) -> EntryView | None: ...

    def openings(self, index: int) -> list[Opening]: ...

    def inclusion(self, index: int, size: int) -> list[bytes]: ...

    def checkpoint(self, signer: NoteSigner) -> str: ...


class LogWitnesses(Protocol):
    """Who signs the log's state from outside: `ronda.store.witnesses.WitnessFolder`."""

    def trusted(self) -> Sequence[tuple[CosignerKey, int]]: ...

    def awaited_s(self, now_us: int) -> float:
        """How long it is worth to wait for a cosignature: 0 when no witness is at work now."""
        ...

    def wait_cosigned(self, above: int, wait_s: float) -> str | None:
        """A cosigned note over more than `above` entries, or None."""
        ...


class StampAuthorities(Protocol):
    """Time-stamp authorities of this installation: `ronda.app.time_stamps.TimeStamps`."""

    def authorities(self) -> Sequence[Authority]:
        """At most two, in order."""
        ...

    def ask(self, address: str, query: bytes) -> bytes:
        """The answer as it came. Raises OSError when there is none in time."""
        ...

    @property
    def second(self) -> Second | None:
        """Judges tokens that the first library cannot read; None without one."""
        ...
