"""The steps of the story, each with what it must see. `ronda.app.demo.once` plays them in order."""

import asyncio
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from ronda.access.model import Role
from ronda.app.demo.client import ApiClient, Refused
from ronda.app.demo.people import played_by
from ronda.app.demo.sim_process import VirtualCameras
from ronda.app.demo.theft import told
from ronda.app.errors import StepFailedError
from ronda.app.wiring import Wiring
from ronda.core.time import MINUTE_US, SECOND_US, TimeSpan
from ronda.sim.control import SimControl
from ronda.sim.recorded import marks_of
from ronda.sim.regency import DEAD, INTERRUPTED, REACHING

STEADY_S = 6.0
DROP_S = 11.0
FEWEST_CAMERAS = 12
SEEN_AFTER_S = 70.0  # the theft and both rides are over by then
NOTE = "Cukup rentang sekitar kejadian, kamera yang menjangkau TKP"


class Story:
    """One run: the installation, the virtual cameras, the address of the API."""

    def __init__(self, wiring: Wiring, cameras: VirtualCameras, address: str) -> None:
        self._wiring, self._cameras = wiring, cameras
        self._control = SimControl(cameras.control_port)
        self._investigator = self._play(address, Role.INVESTIGATOR)
        self._approver = self._play(address, Role.APPROVER)
        self._operator = self._play(address, Role.OPERATOR)
        self._inspector = self._play(address, Role.INSPECTOR)
        self._theft = TimeSpan(0, 0)
        self._scope: dict[str, Any] = {}
        self._case = ""
        self._package: dict[str, Any] = {}

    def _play(self, address: str, role: Role) -> ApiClient:
        client = ApiClient(address)
        client.become(played_by(self._wiring.people, role).person_id)
        return client

    # ---- the steps

    async def all_record(self) -> dict[str, Any]:
        """Every camera but the dead one is recorded."""
        self._control.fault(DEAD, "stop", 600.0)

        async def recording() -> bool:
            shown = await asyncio.to_thread(self._operator.get, "/api/cameras")
            on = [camera for camera in shown if camera["now"]["state"] == "recording"]
            return len(on) >= len(self._cameras.urls) - 1

        await self.until(recording, 60, "all cameras to be recorded")
        await asyncio.sleep(STEADY_S)
        live = len(self._cameras.urls)
        _must(live >= FEWEST_CAMERAS, f"{live} virtual cameras, {FEWEST_CAMERAS} wanted")
        return {"virtual": live, "recording": live - 1, "dead": DEAD}

    async def film_the_theft(self) -> dict[str, Any]:
        """The theft, an interruption beside it, and the stolen motorcycle on two more cameras."""
        shown = self._control.show(REACHING[0], "theft")
        start_us = int(shown["from_us"])
        await asyncio.sleep(8)
        self._control.fault(INTERRUPTED, "drop", DROP_S)
        await asyncio.sleep(max(0.0, start_us / SECOND_US + 40 - time.time()))
        self._control.show("simpang-3", "rideby")
        await asyncio.sleep(10)
        self._control.show("yos-sudarso-utara", "rideby")
        await asyncio.sleep(max(0.0, start_us / SECOND_US + SEEN_AFTER_S - time.time()))
        self._theft = TimeSpan(start_us, start_us + 40 * SECOND_US)
        return {"camera": REACHING[0], "filmed_s": 40}

    async def request(self) -> dict[str, Any]:
        """The investigator asks; the footage is locked from that moment."""
        now_us = self._wiring.clock.now_us()
        span = TimeSpan(self._theft.start_us - 5 * MINUTE_US, min(now_us, self._theft.end_us + 25 * SECOND_US))
        letter = told(self._theft, span, self._theft.start_us)
        place = f"lat_deg={letter['lat_deg']}&lon_deg={letter['lon_deg']}"
        found = await self._call(
            self._investigator.get, f"/api/cases/near?from_us={span.start_us}&to_us={span.end_us}&{place}"
        )
        cameras = [camera["camera"] for camera in found[: len(REACHING)]]
        _must(set(cameras) == set(REACHING), f"nearest cameras are {cameras}")
        case = await self._call(self._investigator.post, "/api/cases", _request_body(letter, cameras, span))
        self._case, self._scope = case["case_id"], case["scope"]
        held = [camera["camera"] for camera in case["cameras"] if camera["held"]]
        dead = [camera["camera"] for camera in case["cameras"] if camera["recorded_us"] == 0]
        _must(len(held) == len(REACHING), f"locked: {held}")
        return {"cameras": len(cameras), "locked": len(held), "without_footage_of_the_theft": dead or [DEAD]}

    async def approve(self) -> dict[str, Any]:
        """The asker's own approval is refused; a second person allows less."""
        narrow = {**self._scope, "from_us": self._theft.start_us - 10 * SECOND_US}
        body = {"scope": narrow, "scope_version": 1, "note": NOTE}
        own = await self._refused(self._investigator.post, f"/api/cases/{self._case}/approval", body)
        case = await self._call(self._approver.post, f"/api/cases/{self._case}/approval", body)
        self._scope = case["approval"]["scope"]
        asked_us, given_us = case["requested_us"], case["approval"]["at_us"]
        return {
            "own_approval": f"refused ({own})",
            "span_s": round((narrow["to_us"] - narrow["from_us"]) / SECOND_US),
            "request_to_approval_s": round((given_us - asked_us) / SECOND_US, 1),
        }

    async def nobody_looks_without_a_case(self) -> dict[str, Any]:
        """An operator asks for the past without a case, and for a case that is not theirs: no byte."""
        at = f"footage/{REACHING[0]}?at_us={self._theft.start_us}"
        without = await self._refused(self._operator.get_bytes, f"/api/cases/none/{at}")
        foreign = await self._refused(self._operator.get_bytes, f"/api/cases/{self._case}/{at}")
        outside = await self._refused(
            self._investigator.get_bytes,
            f"/api/cases/{self._case}/footage/{REACHING[0]}?at_us={self._scope['from_us'] - 60 * SECOND_US}",
        )
        log = await self._call(self._inspector.get, "/api/log?outcome=ditolak")
        _must(len(log["lines"]) >= 4, "the refusals are not in the log")
        return {
            "without_case": without,
            "foreign_case": foreign,
            "outside_span": outside,
            "logged": len(log["lines"]),
        }

    async def find(self) -> dict[str, Any]:
        """The next busy stretch on the timeline is the theft; mark it, take a still."""
        lines = await self._call(self._investigator.get, f"/api/cases/{self._case}/timeline")
        busy = {line["camera"]: line["busy"] for line in lines}
        seen = [part for part in busy[REACHING[0]] if part["to_us"] > self._theft.start_us]
        _must(bool(seen), "no busy stretch while the theft was filmed")
        clip = await self._call(
            self._investigator.get_bytes,
            f"/api/cases/{self._case}/footage/{REACHING[0]}?at_us={seen[0]['from_us']}",
        )
        mark = {
            "camera": REACHING[0],
            "from_us": self._theft.start_us,
            "to_us": self._theft.end_us,
            "note": "Orang membungkuk di depan sepeda motor, lalu membawanya pergi",
        }
        await self._call(self._investigator.post, f"/api/cases/{self._case}/marks", mark)
        still = await self._call(
            self._investigator.post,
            f"/api/cases/{self._case}/stills",
            {"camera": REACHING[0], "at_us": self._theft.start_us + 30 * SECOND_US},
        )
        return {
            "busy_on": sorted(camera for camera, parts in busy.items() if parts),
            "clip_bytes": len(clip),
            "still_sha256": still["sha256"],
        }

    async def pack(self) -> dict[str, Any]:
        """Seal the approved span."""
        self._package = await self._call(self._investigator.post, f"/api/cases/{self._case}/packages", {})
        return {
            "package": str(self._folder()),
            "clips": self._package["clips"],
            "bytes": self._package["size_bytes"],
            "sealed_in_s": round(self._package["took_us"] / SECOND_US, 1),
            "manifest_sha256": self._package["manifest_sha256"],
        }

    async def verify(self) -> dict[str, Any]:
        """`ronda verify` on the package, and on a copy with one changed bit."""
        status, _said = await self._verify(self._folder())
        _must(status == 2, f"ronda verify gave {status}, 2 expected (no time stamp, no witness yet)")
        copy = self._wiring.folder.root / "changed-copy"
        victim = await asyncio.to_thread(_copy_with_one_bit_flipped, self._folder(), copy)
        broken, said = await self._verify(copy / self._folder().name)
        _must(broken == 1 and victim in said, f"a changed bit in {victim} gave {broken}")
        return {"exit": status, "changed_copy_exit": broken, "named": victim}

    async def hand_over(self) -> dict[str, Any]:
        """Record who took it, and what came of it."""
        receiver = {"name": "Rahmat Hidayat", "rank": "Aipda", "nrp": "84071129", "unit": "Satreskrim"}
        body = {"package_id": self._package["package_id"], "receiver": receiver, "medium": "USB tersegel"}
        await self._call(self._investigator.post, f"/api/cases/{self._case}/hand-over", body)
        outcome = {"kind": "solved_with_footage", "note": "Pelaku dikenali penyidik dari rekaman"}
        case = await self._call(self._investigator.post, f"/api/cases/{self._case}/outcome", outcome)
        closed = await self._refused(
            self._investigator.get_bytes,
            f"/api/cases/{self._case}/footage/{REACHING[0]}?at_us={self._theft.start_us}",
        )
        return {"state": case["state"], "access_after_closing": closed}

    async def account_for_time(self) -> dict[str, Any]:
        """Frame numbers in the files are those that were sent, outside the declared gaps."""
        return await asyncio.to_thread(self._compare_with_truth)

    async def check_log(self) -> dict[str, Any]:
        """The inspector reads the whole log through: nothing was changed."""
        found = await self._call(self._inspector.get, "/api/log/check")
        _must(found["faults"] == [], f"the log is broken: {found['faults'][:3]}")
        return {"entries": found["size"], "root": found["root"]}

    # ---- parts

    def _folder(self) -> Path:
        return self._wiring.folder.packages / str(self._package["folder"])

    def _compare_with_truth(self) -> dict[str, Any]:
        """Declared gaps beside the holes in the frame numbers, camera by camera."""
        index, footage = self._wiring.index, self._wiring.folder.footage
        span = TimeSpan(self._scope["from_us"], self._scope["to_us"])
        missing, worst_us, holes, causes = 0, 0, 0, set()
        for camera in (camera for camera in REACHING if camera != DEAD):
            marks = marks_of(index, footage, camera, span)
            gaps = [gap for gap in index.gaps(camera, span) if gap.end_us is not None]
            causes |= {gap.cause.value for gap in gaps}
            for before, after in pairwise(marks):
                if after.frame == before.frame + 1:
                    continue
                holes += 1
                edges = [max(abs(g.start_us - before.at_us), abs((g.end_us or 0) - after.at_us)) for g in gaps]
                missing += 0 if edges else after.frame - before.frame - 1
                worst_us = max(worst_us, min(edges, default=0))
        _must(missing == 0, f"{missing} frames are missing without a gap row")
        _must(worst_us <= SECOND_US, f"a gap row is {worst_us} us away from the hole in the frame numbers")
        _must(holes >= 1, "the interruption was not recorded as one")
        return {
            "interruptions": holes,
            "causes": sorted(causes),
            "gap_rows_off_by_s": round(worst_us / SECOND_US, 2),
            "frames_missing_outside_gaps": missing,
        }

    async def _verify(self, package: Path) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ronda", "verify", str(package),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        said, _ = await process.communicate()
        return process.returncode if process.returncode is not None else -1, said.decode()

    async def _call(self, ask: Callable[..., Any], *arguments: object) -> Any:
        """Ask the API off the loop. Raises StepFailedError when it refuses."""
        try:
            return await asyncio.to_thread(ask, *arguments)
        except Refused as refusal:
            raise StepFailedError(f"{arguments[0]}: {refusal}") from None

    async def _refused(self, ask: Callable[..., Any], *arguments: object) -> int:
        """Ask for what must be refused; the status of the refusal."""
        try:
            await asyncio.to_thread(ask, *arguments)
        except Refused as refusal:
            return refusal.status
        raise StepFailedError(f"{arguments[0]} was answered, a refusal was expected")

    @staticmethod
    async def until(
        holds: Callable[[], Awaitable[bool]],
        longest_s: float,
        what: str,
        beside: "asyncio.Task[None] | None" = None,
    ) -> None:
        """Wait for something; StepFailedError names what did not come."""
        deadline_s = time.monotonic() + longest_s
        while time.monotonic() < deadline_s:
            if beside is not None and beside.done():
                beside.result()
                break
            if await holds():
                return
            await asyncio.sleep(0.5)
        raise StepFailedError(f"waited {longest_s:.0f} s for {what}; it did not come")

    @staticmethod
    async def answers(address: str) -> bool:
        """Whether the web and the recorder behind it are up."""
        try:
            await asyncio.to_thread(_healthy, address)
        except (OSError, urllib.error.URLError):
            return False
        return True


def _healthy(address: str) -> None:
    with urllib.request.urlopen(f"{address}/healthz", timeout=5):
        return


def _request_body(letter: dict[str, Any], cameras: list[str], span: TimeSpan) -> dict[str, Any]:
    same = ("lp_number", "lp_date", "letter_number", "letter_date", "crime_kind", "place", "reason")
    return {
        **{name: letter[name] for name in (*same, "lat_deg", "lon_deg", "incident_from_us", "incident_to_us")},
        "requester": {name: letter[name] for name in ("name", "rank", "nrp", "unit")},
        "scope": {"cameras": cameras, "from_us": span.start_us, "to_us": span.end_us},
        "purpose": "investigation",
        "ground": "criminal_investigation",
    }


def _copy_with_one_bit_flipped(package: Path, copy: Path) -> str:
    """Copy the package and flip one bit in one original; gives the file's path in the package."""
    shutil.rmtree(copy, ignore_errors=True)
    target = copy / package.name
    shutil.copytree(package, target)
    victim = sorted((target / "data" / "asli").rglob("*.mp4"))[0]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    return victim.relative_to(target).as_posix()


def _must(holds: bool, otherwise: str) -> None:
    """Raise StepFailedError unless it holds."""
    if not holds:
        raise StepFailedError(otherwise)
