"""Choose and join the parts of one installation. The only place that knows every backend."""

from functools import cached_property

from ronda.access.service import SYSTEM, AccessService
from ronda.app.clock import SystemClock
from ronda.app.data_folder import DataFolder
from ronda.app.secret_box import SecretBox
from ronda.evidence.entry import AuditEvent, Phase
from ronda.store.disk.index import SqliteIndex
from ronda.store.log import SqliteLog
from ronda.store.sql.engine import open_engine
from ronda.store.sql.people import SqlPeople
from ronda.store.sql.registry import SqlRegistry


class Wiring:
    """The parts, made when first asked for."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self._engine = open_engine(folder.config_url)

    @cached_property
    def people(self) -> SqlPeople:
        return SqlPeople(self._engine)

    @cached_property
    def register(self) -> SqlRegistry:
        return SqlRegistry(self._engine, SecretBox(self.folder.keys / "camera-addresses.key"))

    @cached_property
    def log(self) -> SqliteLog:
        return SqliteLog(self.folder.log, self.clock)

    @cached_property
    def index(self) -> SqliteIndex:
        return SqliteIndex(self.folder.footage / "index.sqlite")

    @cached_property
    def access(self) -> AccessService:
        return AccessService(self.people, self.log, self.clock)

    def note(self, action: str, objects: dict[str, str | int]) -> None:
        """An entry for something done on the machine's own command line."""
        self.log.append(
            AuditEvent(
                action=action, actor=SYSTEM, role="", phase=Phase.FACT, outcome="berhasil", objects=objects
            )
        )
