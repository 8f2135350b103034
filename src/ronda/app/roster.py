"""Who stands duty now, by name."""

from typing import TYPE_CHECKING

from ronda.access.duty import DutyKind, on_duty

if TYPE_CHECKING:
    from ronda.app.wiring import Wiring


def names_on_duty(wiring: "Wiring", kind: DutyKind, now_us: int) -> list[str]:
    """Those whose account still works, in the order of the roster."""
    found = on_duty(wiring.duty.after(now_us), kind, now_us)
    people = [wiring.people.by_id(one) for one in found]
    return [person.name for person in people if person is not None and not person.disabled]
