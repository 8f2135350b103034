"""Events by PullPoint: motion and tamper as hints.

A hint says that a camera believes something moved, or that it was covered or turned. It never is the cause
of a gap by itself: makers map the most different things to these topics.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from xml.sax.saxutils import escape

from ronda.core.time import SECOND_US
from ronda.media.onvif.device import short
from ronda.media.onvif.xml import Node

_EVENTS = "http://www.onvif.org/ver10/events/wsdl"
_MAX_HINTS = 200
SUBSCRIBE = (
    f'<CreatePullPointSubscription xmlns="{_EVENTS}"><InitialTerminationTime>PT120S</InitialTerminationTime>'
    "</CreatePullPointSubscription>"
)
UNSUBSCRIBE = '<Unsubscribe xmlns="http://docs.oasis-open.org/wsn/b-2"/>'
RENEW = '<Renew xmlns="http://docs.oasis-open.org/wsn/b-2"><TerminationTime>PT120S</TerminationTime></Renew>'


class HintKind(StrEnum):
    MOTION = "motion"
    TAMPER = "tamper"


# The end of a topic, in small letters; what stands first wins.
_KINDS = (
    ("tamper", HintKind.TAMPER),
    ("globalscenechange", HintKind.TAMPER),
    ("signalloss", HintKind.TAMPER),
    ("imagetoodark", HintKind.TAMPER),
    ("imagetoobright", HintKind.TAMPER),
    ("imagetooblurry", HintKind.TAMPER),
    ("motion", HintKind.MOTION),
    ("fielddetector", HintKind.MOTION),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What one message says. at_us: on the camera's clock; None when it names no instant."""

    kind: HintKind
    on: bool
    at_us: int | None
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Where to pull from. `reference`: elements that some makers want to see again in the header."""

    address: str
    reference: str


def read_subscription(body: Node) -> Subscription | None:
    answer = body.first("SubscriptionReference")
    if answer is None or not answer.says("Address"):
        return None
    parameters = answer.first("ReferenceParameters")
    given = parameters.children[:4] if parameters is not None else []
    reference = ",".join(f"{one.name}={one.text}" for one in given)
    return Subscription(address=answer.says("Address")[:500], reference=reference[:200])


def pull_request(*, wait_s: int, at_most: int) -> str:
    return (
        f'<PullMessages xmlns="{_EVENTS}"><Timeout>PT{escape(str(wait_s))}S</Timeout>'
        f"<MessageLimit>{at_most}</MessageLimit></PullMessages>"
    )


def read_hints(body: Node) -> tuple[Hint, ...]:
    """Motion and tamper in an answer to PullMessages; every other topic is left out."""
    hints = (_hint(message) for message in list(body.all("NotificationMessage"))[:_MAX_HINTS])
    return tuple(one for one in hints if one is not None)


def _hint(message: Node) -> Hint | None:
    topic = message.says("Topic")
    kind = next((kind for word, kind in _KINDS if word in topic.lower()), None)
    inner = message.first("Message", "Message") or message.first("Message")
    if kind is None or inner is None:
        return None
    data = inner.first("Data")
    values = [item.attributes.get("Value", "").lower() for item in (data.all("SimpleItem") if data else ())]
    state = next((value for value in values if value in ("true", "false", "1", "0")), None)
    if state is None:
        return None
    at_us = read_instant_us(inner.attributes.get("UtcTime", ""))
    return Hint(kind=kind, on=state in ("true", "1"), at_us=at_us, topic=short(topic))


def read_instant_us(text: str) -> int | None:
    """An xs:dateTime as UTC in microseconds; without a zone it is taken as UTC, as ONVIF has it."""
    if not text.isascii() or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * SECOND_US)
