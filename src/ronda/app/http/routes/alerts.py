"""Where alerts go: webhooks, mail servers, MQTT brokers; and what waits because one is away."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from ronda.access.policy import Action
from ronda.app.http.context import InContext, SignedIn
from ronda.app.notify.channels import SECRETS, SENDERS, check_channel
from ronda.app.notify.errors import NotTakenError
from ronda.core.ids import new_id
from ronda.core.secrets import mask_url
from ronda.health.errors import ChannelError
from ronda.health.messages import trial
from ronda.health.model import Channel, ChannelKind

router = APIRouter(prefix="/api/alerts", tags=["health"])


class ChannelIn(BaseModel):
    """`settings` by kind: webhook url, secret; email host, port, security, user, password, from, to; mqtt
    host, port, security, user, password."""

    kind: ChannelKind
    name: str = Field(min_length=2, max_length=100)
    settings: dict[str, str]
    enabled: bool = True


class ChannelOut(BaseModel):
    """Passwords and secrets are never shown; `secrets` names those that are set."""

    channel_id: str
    kind: str
    name: str
    settings: dict[str, str]
    secrets: list[str]
    enabled: bool


class ChannelsOut(BaseModel):
    """`waiting` counts messages not yet taken by anybody who is away."""

    channels: list[ChannelOut]
    waiting: int


class Trial(BaseModel):
    """Whether the other side took a trial message; `why` if not."""

    taken: bool
    why: str | None = None


@router.get("/channels")
def channels(person: SignedIn, context: InContext) -> ChannelsOut:
    """Every channel, without its secrets."""
    context.allow(person, Action.MANAGE_ALERTS, None, {})
    store = context.wiring.health
    return ChannelsOut(channels=[_out(one) for one in store.channels()], waiting=store.waiting())


@router.post("/channels", status_code=201)
def add(body: ChannelIn, person: SignedIn, context: InContext) -> ChannelOut:
    """Add a channel; alerts from now on go there too."""
    context.allow(person, Action.MANAGE_ALERTS, None, {})
    channel = Channel(
        channel_id=new_id("ch"), kind=body.kind, name=body.name, settings=body.settings, enabled=body.enabled
    )
    check_channel(channel)
    context.note(
        person, "peringatan.saluran", "berhasil", {"saluran": channel.channel_id, "jenis": body.kind.value}
    )
    context.wiring.health.put_channel(channel)
    return _out(channel)


@router.delete("/channels/{channel_id}", status_code=204)
def drop(channel_id: str, person: SignedIn, context: InContext) -> None:
    """Remove a channel and what waits for it."""
    context.allow(person, Action.MANAGE_ALERTS, None, {})
    _channel(context, channel_id)
    context.note(person, "peringatan.saluran_dihapus", "berhasil", {"saluran": channel_id[:40]})
    context.wiring.health.drop_channel(channel_id)


@router.post("/channels/{channel_id}/try")
def try_out(channel_id: str, person: SignedIn, context: InContext) -> Trial:
    """Send one trial message now and say whether it was taken."""
    context.allow(person, Action.MANAGE_ALERTS, None, {})
    channel = _channel(context, channel_id)
    context.note(person, "peringatan.dicoba", "boleh", {"saluran": channel_id[:40]})
    try:
        SENDERS[channel.kind](
            channel.settings, trial(channel, context.wiring.region, context.wiring.clock.now_us())
        )
    except NotTakenError as fault:
        return Trial(taken=False, why=str(fault))
    return Trial(taken=True)


def _channel(context: InContext, channel_id: str) -> Channel:
    for one in context.wiring.health.channels():
        if one.channel_id == channel_id:
            return one
    raise ChannelError(f"no channel {channel_id[:40]!r}; nothing was changed")


def _out(channel: Channel) -> ChannelOut:
    shown = {name: mask_url(value) for name, value in channel.settings.items() if name not in SECRETS}
    return ChannelOut(
        channel_id=channel.channel_id,
        kind=channel.kind.value,
        name=channel.name,
        settings=shown,
        secrets=sorted(name for name in channel.settings if name in SECRETS),
        enabled=channel.enabled,
    )
