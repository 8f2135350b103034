"""Remind the approver on duty of urgent requests that wait, over the office's own channels."""

import json

from ronda.access.duty import DutyKind
from ronda.app.roster import names_on_duty
from ronda.app.wiring import Wiring
from ronda.app.worker import Job
from ronda.cases.model import Case
from ronda.cases.urgent import reminder_text, reminders_due
from ronda.core.time import utc_text
from ronda.health.messages import TOPIC_ROOT
from ronda.health.model import Delivery

EVERY_S = 10.0


def urgent_reminders(wiring: Wiring) -> Job:
    """The job; a reminder that was sent is counted in its case, so that a restart repeats none."""
    return Job(name="urgent_reminders", every_s=EVERY_S, run=lambda: remind(wiring))


def remind(wiring: Wiring) -> int:
    """Send what is due now; gives for how many cases."""
    now_us, told = wiring.clock.now_us(), 0
    for case in wiring.case_store.all():
        due = reminders_due(case, now_us)
        if due > case.reminders:
            _tell(wiring, case, due, now_us)
            told += 1
    return told


def _tell(wiring: Wiring, case: Case, due: int, now_us: int) -> None:
    names = names_on_duty(wiring, DutyKind.APPROVER, now_us)
    wiring.note("permintaan.diingatkan", {"kasus": case.case_id, "ke": due, "pejabat_jaga": len(names)})
    wiring.cases.reminded(case.case_id, due)
    message_id = f"urgent-{case.case_id}-{due}"
    body = {
        "id": message_id, "event": "urgent", "at": utc_text(now_us), "since": utc_text(case.requested_us),
        "text": reminder_text(case, names, now_us), "cameras": [], "evidence": "", "incident": case.case_id,
    }  # fmt: skip
    wiring.health.queue(
        [
            Delivery(
                delivery_id=f"{message_id}:{channel.channel_id}",
                channel_id=channel.channel_id,
                topic=f"{TOPIC_ROOT}/{wiring.region}/urgent/{case.case_id}",
                body=json.dumps(body, ensure_ascii=False, sort_keys=True),
                made_us=now_us,
                next_us=now_us,
            )
            for channel in wiring.health.channels()
            if channel.enabled
        ]
    )
