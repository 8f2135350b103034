"""The steps of the story, each with what it must see. `ronda.app.demo.once` plays them in order."""

import asyncio
import shutil
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from ronda.access.model import Role
from ronda.app.demo.sim_process import VirtualCameras
from ronda.app.demo.stage import Stage, must
from ronda.app.demo.theft import told
from ronda.app.edge.village import VillageBox
from ronda.app.fleet.wanting import Where
from ronda.app.wiring import Wiring
from ronda.core.time import MINUTE_US, SECOND_US, TimeSpan
from ronda.sim.control import SimControl
from ronda.sim.recorded import marks_of
from ronda.sim.regency import DEAD, INTERRUPTED, NEXT_ON_ROAD, REACHING

STEADY_S = 11.0  # a stream that played for ten seconds is looked for again at once when it breaks
DROP_S = 11.0
FEWEST_CAMERAS = 12
SEEN_AFTER_S = 70.0  # the theft and both rides are over by then
NOTE = "Cukup rentang sekitar kejadian, kamera yang menjangkau TKP"


class Theft(Stage):
    """Steps 1 to 4 and 8 of the story, on a theft that is filmed while it plays."""

    def __init__(self, wiring: Wiring, cameras: VirtualCameras, address: str, village: VillageBox) -> None:
        super().__init__(wiring, address)
        self._cameras, self._village = cameras, village
        self.control = SimControl(cameras.control_port)
        self._investigator = self.plays(Role.INVESTIGATOR)
        self._approver = self.plays(Role.APPROVER)
        self._operator = self.plays(Role.OPERATOR)
        self._inspector = self.plays(Role.INSPECTOR)
        self._theft = TimeSpan(0, 0)
        self._scope: dict[str, Any] = {}
        self._case = ""
        self._package: dict[str, Any] = {}

    # ---- the steps

    async def all_record(self) -> dict[str, Any]:
        """Every camera but the dead one is recorded."""
        self.control.fault(DEAD, "stop", 600.0)

        async def recording() -> bool:
            shown = await asyncio.to_thread(self._operator.get, "/api/cameras")
            on = [camera for camera in shown if camera["now"]["state"] == "recording"]
            return len(on) >= len(self._cameras.urls) - 2  # one is dead, one records in the village

        async def village_records() -> bool:
            return await asyncio.to_thread(self._edge_rows) > 0

        await self.until(recording, 60, "all cameras to be recorded")
        await self.until(village_records, 60, "the village box to record")
        await asyncio.sleep(STEADY_S)
        live = len(self._cameras.urls)
        must(live >= FEWEST_CAMERAS, f"{live} virtual cameras, {FEWEST_CAMERAS} wanted")
        return {"virtual": live, "recording_here": live - 2, "recording_in_the_village": NEXT_ON_ROAD, "dead": DEAD}

    def _edge_rows(self) -> int:
        return self._village.figures().rows_at_edge

    async def film_the_theft(self) -> dict[str, Any]:
        """The theft, an interruption beside it, and the stolen motorcycle on two more cameras."""
        shown = self.control.show(REACHING[0], "theft")
        start_us = int(shown["from_us"])
        await asyncio.sleep(8)
        self.control.fault(INTERRUPTED, "drop", DROP_S)
        await asyncio.sleep(max(0.0, start_us / SECOND_US + 40 - time.time()))
        self.control.show(NEXT_ON_ROAD, "rideby")
        self.control.show("simpang-3", "rideby")
        await asyncio.sleep(10)
        self.control.show("yos-sudarso-utara", "rideby")
        await asyncio.sleep(max(0.0, start_us / SECOND_US + SEEN_AFTER_S - time.time()))
        self._theft = TimeSpan(start_us, start_us + 40 * SECOND_US)
        return {"camera": REACHING[0], "filmed_s": 40}

    async def request(self) -> dict[str, Any]:
        """The investigator asks; the footage is locked from that moment."""
        now_us = self.wiring.clock.now_us()
        span = TimeSpan(self._theft.start_us - 5 * MINUTE_US, min(now_us, self._theft.end_us + 25 * SECOND_US))
        letter = told(self._theft, span, self._theft.start_us)
        place = f"lat_deg={letter['lat_deg']}&lon_deg={letter['lon_deg']}"
        found = await self.call(
            self._investigator.get, f"/api/cases/near?from_us={span.start_us}&to_us={span.end_us}&{place}"
        )
        cameras = [camera["camera"] for camera in found[: len(REACHING)]]
        must(set(cameras) == set(REACHING), f"nearest cameras are {cameras}")
        cameras.append(NEXT_ON_ROAD)  # where the road leads, behind a thin line
        case = await self.call(self._investigator.post, "/api/cases", _request_body(letter, cameras, span))
        self._case, self._scope = case["case_id"], case["scope"]
        held = [camera["camera"] for camera in case["cameras"] if camera["held"]]
        must(len(held) == len(cameras), f"locked: {held}")
        blind = [camera for camera in cameras[:-1] if not await self._recorded_the_theft(camera)]
        must(blind == [DEAD], f"without footage of the theft: {blind}, {DEAD} alone was switched off")
        return {
            "cameras_that_reach": len(REACHING),
            "recorded": len(REACHING) - len(blind),
            "without_footage_of_the_theft": blind,
            "locked": len(held),
        }

    async def _recorded_the_theft(self, camera: str) -> bool:
        span = f"from_us={self._theft.start_us}&to_us={self._theft.end_us}"
        line = await self.call(self._investigator.get, f"/api/cameras/{camera}/timeline?{span}")
        return bool(line["recorded"])

    async def approve(self) -> dict[str, Any]:
        """The asker's own approval is refused; a second person allows less."""
        narrow = {**self._scope, "from_us": self._theft.start_us - 10 * SECOND_US}
        body = {"scope": narrow, "scope_version": 1, "note": NOTE}
        own = await self.refused(self._investigator.post, f"/api/cases/{self._case}/approval", body)
        case = await self.call(self._approver.post, f"/api/cases/{self._case}/approval", body)
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
        without = await self.refused(self._operator.get_bytes, f"/api/cases/none/{at}")
        foreign = await self.refused(self._operator.get_bytes, f"/api/cases/{self._case}/{at}")
        outside = await self.refused(
            self._investigator.get_bytes,
            f"/api/cases/{self._case}/footage/{REACHING[0]}?at_us={self._scope['from_us'] - 60 * SECOND_US}",
        )
        log = await self.call(self._inspector.get, "/api/log?outcome=ditolak")
        must(len(log["lines"]) >= 4, "the refusals are not in the log")
        return {
            "without_case": without,
            "foreign_case": foreign,
            "outside_span": outside,
            "logged": len(log["lines"]),
        }

    async def find(self) -> dict[str, Any]:
        """The next busy stretch on the timeline is the theft; mark it, take a still."""
        lines = await self.call(self._investigator.get, f"/api/cases/{self._case}/timeline")
        busy = {line["camera"]: line["busy"] for line in lines}
        seen = [part for part in busy[REACHING[0]] if part["to_us"] > self._theft.start_us]
        must(bool(seen), "no busy stretch while the theft was filmed")
        clip = await self.call(
            self._investigator.get_bytes,
            f"/api/cases/{self._case}/footage/{REACHING[0]}?at_us={seen[0]['from_us']}",
        )
        mark = {
            "camera": REACHING[0],
            "from_us": self._theft.start_us,
            "to_us": self._theft.end_us,
            "note": "Orang membungkuk di depan sepeda motor, lalu membawanya pergi",
        }
        await self.call(self._investigator.post, f"/api/cases/{self._case}/marks", mark)
        still = await self.call(
            self._investigator.post,
            f"/api/cases/{self._case}/stills",
            {"camera": REACHING[0], "at_us": self._theft.start_us + 30 * SECOND_US},
        )
        return {
            "busy_on": sorted(camera for camera, parts in busy.items() if parts),
            "clip_bytes": len(clip),
            "still_sha256": still["sha256"],
        }

    async def from_the_village(self) -> dict[str, Any]:
        """Minutes of the village's camera, asked for by the case, come over the thin line."""

        span = TimeSpan(self._scope["from_us"], self._scope["to_us"])

        async def all_here() -> bool:
            places = await asyncio.to_thread(self.wiring.fleet_desk.wanting.places, NEXT_ON_ROAD, span)
            return bool(places) and all(place.where is Where.HERE for place in places or ())

        await self.until(all_here, 150, "the footage from the village")
        found = await asyncio.to_thread(self._village.figures)
        must(
            found.films_equal == found.films_arrived, f"{found.films_arrived} films came, {found.films_equal} equal"
        )
        must(found.budget_used_bytes <= found.budget_bytes, "more bytes than the village may send a day")
        return {
            "camera": NEXT_ON_ROAD,
            "films": found.films_arrived,
            "equal_sha256": found.films_equal,
            "megabytes": round(found.film_bytes / 1e6, 1),
            "of_megabytes_a_day": round(found.budget_bytes / 1e6),
        }

    async def pack(self) -> dict[str, Any]:
        """Seal the approved span."""
        self._package = await self.call(self._investigator.post, f"/api/cases/{self._case}/packages", {})
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
        must(status == 2, f"ronda verify gave {status}, 2 expected (roots come from outside)")
        copy = self.wiring.folder.root / "changed-copy"
        victim = await asyncio.to_thread(_copy_with_one_bit_flipped, self._folder(), copy)
        broken, said = await self._verify(copy / self._folder().name)
        must(broken == 1 and victim in said, f"a changed bit in {victim} gave {broken}")
        return {"exit": status, "changed_copy_exit": broken, "named": victim}

    async def hand_over(self) -> dict[str, Any]:
        """Both parties sign the record; then who took it, and what came of it."""
        levels: list[str] = []
        for party in (self._approver, self._investigator):
            place = f"/api/cases/{self._case}/packages/{self._package['package_id']}/signature"
            signed = await self.call(party.post, place, {})
            levels = [one["level"] for one in signed["signatures"]]
        must(levels == ["B-LT", "B-LT"], f"the record is signed as {levels}, B-LT twice expected")
        status, said = await self._verify(self._folder())
        must(status == 2 and "Pihak Kedua" in said, f"ronda verify gave {status} after the signatures")
        receiver = {"name": "Rahmat Hidayat", "rank": "Aipda", "nrp": "84071129", "unit": "Satreskrim"}
        body = {"package_id": self._package["package_id"], "receiver": receiver, "medium": "USB tersegel"}
        await self.call(self._investigator.post, f"/api/cases/{self._case}/hand-over", body)
        outcome = {"kind": "solved_with_footage", "note": "Pelaku dikenali penyidik dari rekaman"}
        case = await self.call(self._investigator.post, f"/api/cases/{self._case}/outcome", outcome)
        closed = await self.refused(
            self._investigator.get_bytes,
            f"/api/cases/{self._case}/footage/{REACHING[0]}?at_us={self._theft.start_us}",
        )
        return {"state": case["state"], "signatures": levels, "access_after_closing": closed}

    async def account_for_time(self) -> dict[str, Any]:
        """Frame numbers in the files are those that were sent, outside the declared gaps."""
        return await asyncio.to_thread(self._compare_with_truth)

    async def check_log(self) -> dict[str, Any]:
        """The inspector reads the whole log through: nothing was changed."""
        found = await self.call(self._inspector.get, "/api/log/check")
        must(found["faults"] == [], f"the log is broken: {found['faults'][:3]}")
        return {"entries": found["size"], "root": found["root"]}

    # ---- parts

    def _folder(self) -> Path:
        return self.wiring.folder.packages / str(self._package["folder"])

    def _compare_with_truth(self) -> dict[str, Any]:
        """Declared gaps beside the holes in the frame numbers, camera by camera."""
        index, footage = self.wiring.index, self.wiring.folder.footage
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
        must(missing == 0, f"{missing} frames are missing without a gap row")
        must(worst_us <= SECOND_US, f"a gap row is {worst_us} us away from the hole in the frame numbers")
        must(holes >= 1, "the interruption was not recorded as one")
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
