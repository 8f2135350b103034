"""Steps 9 and 10: a switch dies and its repair is proven, a counter in numbers, a network others can build on."""

import asyncio
import re
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ronda.access.model import Role
from ronda.app.demo.receivers import Broker, WebHook
from ronda.app.demo.stage import Figures, Stage, must
from ronda.app.edge.village import VillageBox
from ronda.app.jobs.health import ALERT_AFTER_SETTING
from ronda.app.jobs.service import EMPTY_SETTING
from ronda.app.wiring import Wiring
from ronda.core.time import DAY_US, HOUR_US, SECOND_US, TimeSpan
from ronda.sim.control import SimControl
from ronda.sim.regency import OFFICE_ZONES, ON_ONE_SWITCH, SERVICE, VILLAGE_CODE
from ronda.store.sql.settings import Value

ALERT_AFTER_S = 6.0
SWITCH_S = 18.0  # the theft, filmed meanwhile, must still find its camera among these back
EMPTY_S, SETTLE_S, STAFFED_S, UNSTAFFED_S = 12.0, 8.0, 18.0, 22.0
MOST_WINDOWS = 5
LARGEST_PAGE_BYTES = 150_000
OTHER_OFFICE = "Satu switch mati; teknisi ke lokasi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Looks at a counter, and those that saw staff."""

    samples: int
    staffed: int

    @property
    def share(self) -> float:
        must(self.samples > 0, "the counter was not looked at")
        return self.staffed / self.samples


class City(Stage):
    """Faults, repairs, service and interfaces, beside everything else that runs."""

    def __init__(self, wiring: Wiring, address: str, control: SimControl, village: VillageBox) -> None:
        super().__init__(wiring, address)
        self._control, self._village = control, village
        self._hook = WebHook()
        self._broker = Broker()
        self._channels: list[str] = []
        self._repair: dict[str, Any] = {}
        self._alert: dict[str, Any] = {}
        self._before: dict[str, Any] = {}
        self._alert_after: Value | None = None

    # ---- a switch dies

    async def listen(self) -> Figures:
        """A webhook, and an MQTT broker where this machine has one."""
        admin = self.plays(Role.ADMIN)
        self._alert_after = self.wiring.settings.get(ALERT_AFTER_SETTING)
        self.wiring.settings.put(ALERT_AFTER_SETTING, ALERT_AFTER_S)
        self._hook.start()
        self._broker.start()
        wanted = [("webhook", {"url": self._hook.url})]
        if self._broker.port:
            wanted.append(("mqtt", {"host": "127.0.0.1", "port": str(self._broker.port)}))
        for kind, settings in wanted:
            body = {"kind": kind, "name": f"demo {kind}", "settings": settings}
            made = await self.call(admin.post, "/api/alerts/channels", body)
            self._channels.append(made["channel_id"])
        self._before = await asyncio.to_thread(self._metrics)
        return {"channels": [kind for kind, _settings in wanted]}

    async def switch_dies(self) -> Figures:
        """Four cameras behind one switch fall together: one alert, one repair order, which cannot close yet."""
        for camera in ON_ONE_SWITCH:
            self._control.fault(camera, "drop", SWITCH_S)
        await self.until(self._alerted, 60, "the alert")
        incidents = [one for one in await self._incidents() if one["closed_us"] is None]
        mine = [one for one in incidents if set(ON_ONE_SWITCH) & {camera["camera"] for camera in one["cameras"]}]
        must(len(mine) == 1, f"{len(mine)} faults for one switch")
        self._alert = mine[0]
        must(len(self._alert["cameras"]) == len(ON_ONE_SWITCH), f"the fault names {self._alert['cameras']}")
        body = {
            "cameras": list(ON_ONE_SWITCH),
            "what": OTHER_OFFICE,
            "cause": self._alert["cause"],
            "incident_id": self._alert["incident_id"],
            "assignee": "Teknisi jaringan Diskominfo",
            "deadline_us": self.wiring.clock.now_us() + DAY_US,
        }
        self._repair = await self.call(self.plays(Role.OPERATOR).post, "/api/repairs", body)
        early = await self.refused(
            self.plays(Role.OPERATOR).post, f"/api/repairs/{self._repair['repair_id']}/close", {}
        )
        return {
            "cameras_down": len(self._alert["cameras"]),
            "faults": len(mine),
            "reach": self._alert["reach"],
            "cause": self._alert["cause"],
            "closing_before_proof": f"refused ({early})",
        }

    async def repaired(self) -> Figures:
        """The order closes once picture and recording of every camera pass."""
        path = f"/api/repairs/{self._repair['repair_id']}"
        operator = self.plays(Role.OPERATOR)

        async def proven() -> bool:
            shown = await asyncio.to_thread(operator.get, path)
            return all(proof["passed"] for proof in shown["proofs"])

        await self.until(proven, 150, "picture and recording to pass again")
        closed = await self.call(operator.post, f"{path}/close", {})
        must(closed["state"] == "closed", "the repair order did not close")
        return {"proofs": len(closed["proofs"]), "state": closed["state"]}

    async def village_reads(self) -> Figures:
        """The village's page by its signed link, and a report from it."""
        made = await self.call(self.plays(Role.OPERATOR).post, "/api/village-links", {"area": VILLAGE_CODE})
        page, told = await asyncio.to_thread(self._visit_village, made["path"])
        must(len(page) <= LARGEST_PAGE_BYTES, f"the village page has {len(page)} bytes")
        must("Laporan diterima" in told, "the report was not received")
        return {"page_bytes": len(page), "reported": True}

    # ---- a counter in numbers

    async def counter(self) -> Figures:
        """A counter in numbers: staff at their desks, then nobody; a past day; and all that is stored of it."""
        head = self.plays(Role.SERVICE_HEAD)
        zones = [
            {"kind": kind, "left": left, "top": top, "right": right, "bottom": bottom, "capacity": capacity}
            for kind, left, top, right, bottom, capacity in OFFICE_ZONES
        ]
        before = await self.call(head.get, f"/api/service/{SERVICE}/days?count=14")
        registered = {point["camera"]: point for point in await self.call(head.get, "/api/service")}[SERVICE]
        try:
            await self._register(zones, ["00.00-24.00"] * 7)
            await self._learn_the_empty_room()
            staffed = await self._settled(STAFFED_S, None, lambda share: share > 0.7)
            away = await self._settled(UNSTAFFED_S, "unstaffed", lambda share: share < 0.4)
        finally:
            await self._register(zones, registered["hours"])
        stored = await self.call(head.get, f"/api/service/{SERVICE}/stored")
        must(stored["pictures"] == 0 and stored["binary_columns"] == [], "a picture is kept")
        must(staffed.share > 0.7, f"staff at their desks, measured as {staffed.share:.0%} staffed")
        must(away.share < 0.4, f"nobody at the desks, measured as {away.share:.0%} staffed")
        past = next(day for day in before if day["staffed_share"] is not None)
        return {
            "looks": staffed.samples + away.samples,
            "with_staff_percent": round(100 * staffed.share, 1),
            "without_staff_percent": round(100 * away.share, 1),
            "last_day": past["day"],
            "staffed_percent": round(100 * past["staffed_share"], 1),
            "wait_min": None if past["wait_s"] is None else round(past["wait_s"] / 60, 1),
            "opened_min_late": round((past["opened_us"] - past["opens_us"]) / 60_000_000, 1),
            "stored": {"numbers": stored["numbers"], "pictures": stored["pictures"]},
        }

    async def _register(self, zones: list[dict[str, Any]], hours: list[str]) -> None:
        body = {
            "legal_basis": "data latihan: Perbup standar pelayanan minimal",
            "purpose": "Loket terlayani dan waktu tunggu warga",
            "zones": zones,
            "hours": hours,
        }
        await self.call(self.plays(Role.OPERATOR).put, f"/api/service/{SERVICE}", body)

    async def _learn_the_empty_room(self) -> None:
        """The office after hours, and a person who says that it is empty."""
        shown = self._control.show(SERVICE, "closed", for_s=EMPTY_S)
        self.wiring.settings.put(EMPTY_SETTING + SERVICE, int(shown["from_us"]) + SECOND_US)
        await asyncio.sleep(EMPTY_S + SETTLE_S)

    async def _settled(self, for_s: float, scene: str | None, fits: Callable[[float], bool]) -> "Looked":
        """The first window that fits, or the last: the worker looks at what is recorded, so on a busy machine
        a window may still hold looks at the scene before it. `scene` is shown for as long as it lasts."""
        for _ in range(MOST_WINDOWS):
            if scene:
                self._control.show(SERVICE, scene, for_s=for_s)
            looked = await self._measured(for_s)
            if looked.samples and fits(looked.share):
                break
        return looked

    async def _measured(self, for_s: float) -> "Looked":
        """What the worker's rows gained while this was shown."""
        # One span for both: an hour that moved along would leave a past quarter out, and the sum would fall.
        span = _now_and_before(self.wiring)
        before = await self._sums(span)
        await asyncio.sleep(for_s)
        after = await self._sums(span)
        return Looked(samples=after.samples - before.samples, staffed=after.staffed - before.staffed)

    async def _sums(self, span: TimeSpan) -> "Looked":
        rows = await asyncio.to_thread(self.wiring.service.quarters, SERVICE, span)
        return Looked(
            samples=sum(row.open_samples for row in rows), staffed=sum(row.staffed_samples for row in rows)
        )

    # ---- a network that others can build on

    async def interfaces(self) -> Figures:
        """The same fault by webhook and MQTT, metrics that moved, open data."""
        after = await asyncio.to_thread(self._metrics)
        must(after["entries"] > self._before["entries"], "the metrics did not move")
        told = [event for event in self._hook.events() if event["incident"] == self._alert["incident_id"]]
        kinds = [event["event"] for event in told]
        must(kinds.count("opened") == 1 and kinds.count("closed") <= 1, f"the webhook got {kinds}")
        mqtt: int | str = "no broker on this machine (mosquitto)"
        if self._broker.port:
            mqtt = len({topic for topic in self._broker.topics() if topic.endswith(self._alert["incident_id"])})
            must(mqtt == 1, f"{mqtt} alerts over MQTT")
        cameras = (await asyncio.to_thread(self._public, "/publik/kamera.csv")).splitlines()
        return {
            "webhook_events": kinds,
            "mqtt_alerts": mqtt,
            "log_entries_before_after": [self._before["entries"], after["entries"]],
            "open_data_rows": len(cameras) - 1,
        }

    async def line_heals(self) -> Figures:
        """After the cut everything of the village is at the hub: nothing lost, nothing doubled."""

        async def settled() -> bool:
            return (await asyncio.to_thread(self._village.figures)).rows_waiting <= 2

        await self.until(settled, 90, "the village's rows")
        found = await asyncio.to_thread(self._village.figures)
        must(
            found.rows_lost == 0 and found.rows_doubled == 0,
            f"{found.rows_lost} lost, {found.rows_doubled} doubled",
        )
        return {
            "rows": found.rows_at_hub,
            "lost": found.rows_lost,
            "doubled": found.rows_doubled,
            "relay_bytes": found.relay_up_bytes + found.relay_down_bytes,
        }

    async def close(self) -> None:
        """Take back what the story set."""
        if self._alert_after is not None:
            self.wiring.settings.put(ALERT_AFTER_SETTING, self._alert_after)
        for channel in self._channels:
            await asyncio.to_thread(self.wiring.health.drop_channel, channel)
        self._hook.stop()
        self._broker.stop()

    # ---- parts

    async def _alerted(self) -> bool:
        return any(
            event["event"] == "opened" and set(event["cameras"]) & set(ON_ONE_SWITCH)
            for event in self._hook.events()
        )

    async def _incidents(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.call(self.plays(Role.OPERATOR).get, "/api/incidents?days=1")
        return found

    def _metrics(self) -> dict[str, Any]:
        text = self._public("/metrics")
        entries = re.search(r"^ronda_log_entries (\S+)$", text, re.MULTILINE)
        return {"entries": int(float(entries[1])) if entries else 0}

    def _public(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            body: bytes = answer.read()
        return body.decode()

    def _visit_village(self, path: str) -> tuple[str, str]:
        """As a phone does: read the page, send the plain form."""
        page = self._public(path)
        camera = re.search(r'<option value="([^"]+)"', page)
        form = {
            "camera": camera[1] if camera else "",
            "what": "data latihan: gambar buram sejak pagi",
            "lang": "id",
        }
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(self.address + path, data=data, timeout=10) as answer:
            told: bytes = answer.read()
        return page, told.decode()


def _now_and_before(wiring: Wiring) -> TimeSpan:
    now_us = wiring.clock.now_us()
    return TimeSpan(now_us - HOUR_US, now_us + HOUR_US)
