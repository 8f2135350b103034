"""Publish to an MQTT broker with QoS 1: taken means that the broker said so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from ronda.app.notify.errors import NotTakenError
from ronda.health.model import Delivery

ANSWER_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    topic: str
    payload: str
    retain: bool


def send(settings: Mapping[str, str], delivery: Delivery) -> None:
    """Raises NotTakenError."""
    publish(settings, [Publication(topic=delivery.topic, payload=delivery.body, retain=False)])


def publish(settings: Mapping[str, str], publications: Sequence[Publication]) -> None:
    """One connection, all publications, each acknowledged. Raises NotTakenError."""
    host, port = settings["host"], int(settings.get("port", "1883"))
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="", protocol=mqtt.MQTTv311)
    client.connect_timeout = ANSWER_S
    if user := settings.get("user"):
        client.username_pw_set(user, settings.get("password"))
    if settings.get("security") == "tls":
        client.tls_set()
    try:
        client.connect(host, port, keepalive=30)
        client.loop_start()
        for one in publications:
            taken = client.publish(one.topic, one.payload, qos=1, retain=one.retain)
            taken.wait_for_publish(ANSWER_S)
            if not taken.is_published():
                raise NotTakenError(f"broker {host}:{port} did not confirm within {ANSWER_S:.0f} s")
    except (OSError, ValueError, RuntimeError) as fault:
        raise NotTakenError(f"broker {host}:{port}: {type(fault).__name__}") from None
    finally:
        client.disconnect()
        client.loop_stop()
