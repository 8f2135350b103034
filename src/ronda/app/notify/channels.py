"""Which settings a channel of each kind needs, and who sends for it."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ronda.app.notify import mail, mqtt, webhook
from ronda.health.errors import ChannelError
from ronda.health.model import Channel, ChannelKind, Delivery

Sender = Callable[[Mapping[str, str], Delivery], None]
SENDERS: dict[ChannelKind, Sender] = {
    ChannelKind.WEBHOOK: webhook.send,
    ChannelKind.EMAIL: mail.send,
    ChannelKind.MQTT: mqtt.send,
}
_NEEDED = {
    ChannelKind.WEBHOOK: ("url",),
    ChannelKind.EMAIL: ("host", "from", "to"),
    ChannelKind.MQTT: ("host",),
}
_OPTIONAL = {
    ChannelKind.WEBHOOK: ("secret",),
    ChannelKind.EMAIL: ("port", "security", "user", "password"),
    ChannelKind.MQTT: ("port", "security", "user", "password"),
}
SECRETS = frozenset({"secret", "password"})
_SECURITIES = {ChannelKind.EMAIL: ("none", "starttls", "tls"), ChannelKind.MQTT: ("none", "tls")}


def check_channel(channel: Channel) -> None:
    """Raise ChannelError with the first setting that is missing, unknown or impossible."""
    settings, kind = channel.settings, channel.kind
    for name in _NEEDED[kind]:
        if not settings.get(name, "").strip():
            raise ChannelError(f"a channel of kind {kind.value} needs {name!r}; nothing was stored")
    for name, value in settings.items():
        if name not in (*_NEEDED[kind], *_OPTIONAL[kind]):
            raise ChannelError(f"{name!r} is no setting of kind {kind.value}; nothing was stored")
        if any(ord(sign) < 32 for sign in value) or len(value) > 500:
            raise ChannelError(f"{name!r} has control signs or over 500 characters; nothing was stored")
    port = settings.get("port", "")
    if port and not (port.isdigit() and 0 < int(port) < 65536):
        raise ChannelError(f"port {port!r} is none (1 to 65535); nothing was stored")
    if "security" in settings and settings["security"] not in _SECURITIES.get(kind, ()):
        raise ChannelError(f"security must be one of {', '.join(_SECURITIES[kind])}; nothing was stored")
    if kind is ChannelKind.WEBHOOK and not _is_web_address(settings["url"]):
        raise ChannelError("url must be http:// or https:// with a host; nothing was stored")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 80) > 0
    except ValueError:
        return False
