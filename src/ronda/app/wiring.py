"""Choose and join the parts of one installation. The only place that knows every backend."""

import asyncio
import contextlib
import json
import logging
import secrets
import threading
from collections.abc import AsyncIterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ronda.access.allowance import Allowances
from ronda.access.errors import LogUnavailableError
from ronda.access.guessable import context_words
from ronda.access.look_back import SETTING as LOOK_BACK_SETTING
from ronda.access.look_back import minutes_of
from ronda.access.passkeys import Passkeys
from ronda.access.second_factor import SecondFactors
from ronda.access.service import SYSTEM, AccessService
from ronda.access.sessions import Sessions
from ronda.access.slowing import Slowing
from ronda.app.clock import SystemClock
from ronda.app.data_folder import DataFolder, write_private
from ronda.app.detector import NamedDetector
from ronda.app.fleet.desk import FleetDesk
from ronda.app.fleet.incoming import Incoming
from ronda.app.fleet.wanting import Wanting
from ronda.app.known_passwords import PasswordFile
from ronda.app.looking_back import LookingBack
from ronda.app.secret_box import SecretBox
from ronda.app.signing_states import read_signing
from ronda.app.time_stamps import TimeStamps
from ronda.cases.office import Office
from ronda.cases.package import PackageBuilder
from ronda.cases.service import CaseService
from ronda.core.days import day_of
from ronda.core.ids import AreaCode
from ronda.evidence.checkpoint import NoteSigner
from ronda.evidence.entry import AuditEvent, Phase
from ronda.health.book import LedgerBook
from ronda.health.desk import RepairDesk
from ronda.registry.areas import area_name
from ronda.store.disk.index import SqliteIndex
from ronda.store.disk.remote import RemoteIndex
from ronda.store.footage_files import FootageFolder
from ronda.store.keys import log_signer, sealing_identity
from ronda.store.log import SqliteLog
from ronda.store.sql.cases import SqlCaseStore
from ronda.store.sql.duty import SqlDuty
from ronda.store.sql.engine import open_engine
from ronda.store.sql.factors import SqlFactors
from ronda.store.sql.fleet import SqlFleet
from ronda.store.sql.health import SqlHealth
from ronda.store.sql.people import SqlPeople
from ronda.store.sql.plan_inputs import SqlPlanInputs
from ronda.store.sql.planning import SqlPlanning
from ronda.store.sql.register_lists import SqlRegisterLists
from ronda.store.sql.registry import SqlRegistry
from ronda.store.sql.service import SqlService
from ronda.store.sql.settings import SqlSettings
from ronda.store.sql.theft_reports import SqlTheftReports
from ronda.store.sql.tokens import SqlSubjects, SqlTokens
from ronda.store.witnesses import WitnessFolder
from ronda.video.engine.choose import engine_kind
from ronda.video.recorder_client import RecorderClient

if TYPE_CHECKING:
    from ronda.access.changes import ChangeDesk
    from ronda.app.area_map import AreaMap
    from ronda.app.sign_in_provider import SignInProvider
    from ronda.planning.desk import PlanDesk

CHECKPOINT_EVERY_S = 60.0
LOG_ORIGIN = "ronda.kutim/log"
DEFAULT_REGION = "64.08"
PROMISED_AVAILABILITY = 0.97
_notes = logging.getLogger(__name__)


class Wiring:
    """The parts, made when first asked for."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.office = Office()
        self.pack_progress: dict[str, tuple[str, int, int]] = {}
        self.copy_progress: dict[str, tuple[int, int]] = {}
        self.engine = open_engine(folder.config_url)
        self._checkpoint_lock = threading.Lock()
        self.log_fault: str | None = None  # of the last checkpoint; None while all is well

    @cached_property
    def people(self) -> SqlPeople:
        return SqlPeople(self.engine)

    @cached_property
    def register(self) -> SqlRegistry:
        return SqlRegistry(self.engine, SecretBox(self.folder.keys / "camera-addresses.key"))

    @cached_property
    def register_lists(self) -> SqlRegisterLists:
        return SqlRegisterLists(self.engine)

    @cached_property
    def areas(self) -> "AreaMap":
        from ronda.app.area_map import AreaMap  # loads a geometry library: not for every command

        return AreaMap(self.register_lists)

    @cached_property
    def log(self) -> SqliteLog:
        return SqliteLog(self.folder.log, self.clock)

    @cached_property
    def index(self) -> SqliteIndex:
        return SqliteIndex(self.folder.footage / "index.sqlite", create=True)

    @cached_property
    def recorder(self) -> RecorderClient:
        return RecorderClient(self.folder.root)

    @cached_property
    def access(self) -> AccessService:
        return AccessService(
            self.people,
            self.log,
            self.clock,
            forced=not self.folder.training,
            known=PasswordFile(self.folder.root / "passwords.txt"),
            office=context_words((self.office.name, self.office.regency, self.office.code, self.office.city)),
        )

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self.people, self.log, self.clock)

    @cached_property
    def changes(self) -> "ChangeDesk":
        from ronda.app.two_people import change_desk

        return change_desk(self)

    @cached_property
    def duty(self) -> SqlDuty:
        return SqlDuty(self.engine)

    @property
    def look_back_minutes(self) -> int:
        """How many minutes the control room may look back now."""
        return minutes_of(self.settings.get(LOOK_BACK_SETTING))

    @cached_property
    def provider(self) -> "SignInProvider | None":
        """Who else may vouch for a password here; None unless `oidc.json` says so."""
        from ronda.app.sign_in_provider import SignInProvider, read_settings

        settings = read_settings(self.folder.root / "oidc.json")
        return SignInProvider(settings, self.clock) if settings else None

    @cached_property
    def subjects(self) -> SqlSubjects:
        return SqlSubjects(self.engine)

    @cached_property
    def tokens(self) -> SqlTokens:
        return SqlTokens(self.engine)

    @cached_property
    def factors(self) -> SecondFactors:
        return SecondFactors(
            factors=SqlFactors(self.engine, SecretBox(self.folder.keys / "second-factors.key")),
            people=self.people,
            log=self.log,
            clock=self.clock,
            slowing=Slowing(self.clock),
            passkeys=Passkeys(self.clock),
        )

    @cached_property
    def log_signer(self) -> NoteSigner:
        return log_signer(self.folder.keys, LOG_ORIGIN)

    @cached_property
    def witnesses(self) -> WitnessFolder:
        return WitnessFolder(self.folder.log, self.log_signer.verifier)

    @cached_property
    def signing_slowing(self) -> Slowing:
        """Slows guesses of the password that signing a record asks for."""
        return Slowing(self.clock)

    @cached_property
    def allowances(self) -> Allowances:
        """How much each person reads and sends in."""
        return Allowances(self.clock)

    @property
    def time_stamps(self) -> TimeStamps:
        return TimeStamps(self.folder.root)

    @cached_property
    def fleet(self) -> SqlFleet:
        return SqlFleet(self.engine)

    @cached_property
    def fleet_desk(self) -> FleetDesk:
        remote = RemoteIndex(self.index.path)
        return FleetDesk(
            fleet=self.fleet,
            remote=remote,
            register=self.register,
            wanting=Wanting(fleet=self.fleet, remote=remote, cases=self.case_store, log=self.log, clock=self.clock),
            incoming=Incoming(self.folder.root / "incoming", self.folder.footage),
            log=self.log,
            clock=self.clock,
            training=self.folder.training,
            on_late_rows=lambda at_us: self.health.unsettle(day_of(at_us)),
        )

    @cached_property
    def footage(self) -> FootageFolder:
        return FootageFolder(self.folder.footage)

    @cached_property
    def settings(self) -> SqlSettings:
        return SqlSettings(self.engine)

    @cached_property
    def health(self) -> SqlHealth:
        return SqlHealth(self.engine, SecretBox(self.folder.keys / "camera-addresses.key"))

    @cached_property
    def repairs(self) -> RepairDesk:
        return RepairDesk(self.health, self.health, self.index, self.clock)

    @cached_property
    def planning(self) -> SqlPlanning:
        return SqlPlanning(self.engine)

    @cached_property
    def plan_inputs(self) -> SqlPlanInputs:
        return SqlPlanInputs(self.engine)

    @cached_property
    def theft_reports(self) -> SqlTheftReports:
        return SqlTheftReports(self.engine)

    @cached_property
    def looking_back(self) -> LookingBack:
        return LookingBack(
            cases=self.case_store,
            reports=self.theft_reports,
            register=self.register,
            recordings=lambda: self.index,
            clock=self.clock,
            inputs=self.plan_inputs,
        )

    @cached_property
    def plans(self) -> "PlanDesk":
        from ronda.planning.desk import PlanDesk  # loads a solver: not for every command

        return PlanDesk(
            self.planning,
            self.looking_back,
            self.clock,
            region=AreaCode(self.region),
            training=self.folder.training,
        )

    def stop_planning(self) -> None:
        """End what is computed behind plans, if any plan was asked for."""
        if "plans" in vars(self):
            self.plans.stop_all()

    @cached_property
    def region(self) -> str:
        """The code that everything here lies below, such as 64.08; names topics and pages."""
        found = self.settings.get("region")
        return found if isinstance(found, str) else DEFAULT_REGION

    @cached_property
    def village_key(self) -> bytes:
        """Signs the links of village pages; made on first use."""
        path = self.folder.keys / "village-links.key"
        if not path.exists():
            write_private(path, secrets.token_hex(32))
        return bytes.fromhex(path.read_text().strip())

    @property
    def promised_availability(self) -> float:
        """The share of camera time that the office promises to record; 0.97 unless it says otherwise."""
        found = self.settings.get("promised_availability")
        return float(found) if isinstance(found, int | float) and 0 < found <= 1 else PROMISED_AVAILABILITY

    def area_name(self, code: str) -> str:
        """What people call the area; the code itself where the table of areas does not know it."""
        return area_name(AreaCode(code))

    @cached_property
    def ledger(self) -> LedgerBook:
        return LedgerBook(self.index, self.health)

    @cached_property
    def service(self) -> SqlService:
        return SqlService(self.engine)

    @cached_property
    def case_store(self) -> SqlCaseStore:
        return SqlCaseStore(self.engine)

    @cached_property
    def cases(self) -> CaseService:
        builder = PackageBuilder(
            folder=self.folder.packages,
            footage=self.footage,
            identity=sealing_identity(self.folder.keys, self.office.name, self.clock.now_us()),
            log_signer=self.log_signer,
            log=self.log,
            office=self.office,
            witnesses=self.witnesses,
            stamps=self.time_stamps,
            still_picture=self.still_picture,
            signing_seen=lambda: read_signing(self.folder),
            make_hashes=engine_kind("auto").make_bulk_hashes,
        )
        return CaseService(
            store=self.case_store,
            people=self.people,
            register=self.register,
            recordings=self.index,
            holds=self.index,
            footage=self.footage,
            closer=self.recorder,
            builder=builder,
            clock=self.clock,
            training=self.folder.training,
            copies=self.folder.copies,
            letters=self.folder.letters,
            finder=NamedDetector(self.settings).now,
        )

    def still_path(self, still_id: str) -> Path:
        return self.folder.stills / f"{still_id}.png"

    def still_picture(self, still_id: str) -> bytes | None:
        """The PNG of a still; None when it is gone."""
        path = self.still_path(still_id)
        return path.read_bytes() if path.exists() else None

    def note(self, action: str, objects: dict[str, str | int]) -> int:
        """An entry for something done on the machine's own command line; returns its index."""
        return self.log.append(
            AuditEvent(action=action, actor=SYSTEM, role="", phase=Phase.FACT, outcome="berhasil", objects=objects)
        )

    def signed_checkpoint(self) -> str:
        """The log as it stands now, signed; tiles are on disk before it."""
        with self._checkpoint_lock:
            return self.log.checkpoint(self.log_signer)

    @contextlib.asynccontextmanager
    async def keeping_checkpoint(self) -> AsyncIterator[None]:
        """Sign a checkpoint every minute while the web runs; a log that cannot be written is told, not fatal."""
        task = asyncio.create_task(self._checkpoints())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _checkpoints(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self.signed_checkpoint)
                self.log_fault = None
            except LogUnavailableError as error:
                self.log_fault = str(error)
                _notes.warning("%s", error)
            await asyncio.sleep(CHECKPOINT_EVERY_S)

    def demo_theft(self) -> dict[str, str | int | float]:
        """The staged theft of a training folder, as the officer would tell it."""
        path = self.folder.root / "theft.json"
        if not path.exists():
            return {}
        told: dict[str, str | int | float] = json.loads(path.read_text())
        return told
