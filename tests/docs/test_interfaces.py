"""The page of MQTT topics and webhooks is what a receiver of alerts is built from: its examples are run."""

import json
import re
from pathlib import Path

from tests.needs import ROOT
from tests.peers_kit import Subscriber, free_port, mosquitto, wait_for, web_hook
from tests.system.test_alerts import ADDRESS, add_channel, falls, turns, watched_town
from tests.unit.test_screen_texts import texts

PAGE = (ROOT / "docs" / "reference" / "mqtt-and-webhooks.md").read_text()
HOWTO = (ROOT / "docs" / "howto" / "faults-and-repairs.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_a_receiver_built_from_the_page_believes_ronda_and_nobody_else(tmp_path: Path) -> None:
    (program,) = blocks("python")
    names: dict[str, object] = {}
    exec(program, names)  # the page's own lines, run as a reader would
    is_from_ronda = names["is_from_ronda"]
    assert callable(is_from_ronda)
    here = watched_town(tmp_path / "data")
    with web_hook() as hook:
        add_channel(here, "webhook", {"url": hook.url, "secret": "kenari"})
        falls(here)
        turns(here)
        ((head, body),) = hook.got
    signature = head["x-ronda-signature"]
    assert is_from_ronda("kenari", body, signature)
    assert not is_from_ronda("merpati", body, signature)
    assert not is_from_ronda("kenari", body + b" ", signature)


def test_the_examples_have_the_fields_of_what_is_really_published(tmp_path: Path) -> None:
    alert_example, state_example = (json.loads(block) for block in blocks("json"))
    here = watched_town(tmp_path / "data")
    port = free_port()
    with mosquitto(tmp_path, port), Subscriber(port) as heard:
        add_channel(here, "mqtt", {**ADDRESS, "port": str(port)})
        falls(here)
        turns(here)
        wait_for("the alert", lambda: heard.topics("/alert/"))
        wait_for("a state", lambda: heard.topics("/state"))
        told = {topic: payload for topic, payload, _retained in heard.got}
    (alert,) = [topic for topic in told if "/alert/" in topic]
    states = [topic for topic in told if topic.endswith("/state")]
    assert set(json.loads(told[alert])) == set(alert_example)
    assert {key for topic in states for key in json.loads(told[topic])} == set(state_example)
    assert re.fullmatch(r"ronda/v1/64\.08/alert/[^/]+", alert)
    assert all(re.fullmatch(r"ronda/v1/64\.08/camera/[^/]+/state", topic) for topic in states)
    for field in alert_example:
        assert f"`{field}`" in PAGE, f"{field} is not explained"


def test_the_page_on_repairs_names_what_stands_on_the_screen() -> None:
    on_screen = set(texts("id").values())
    named = set(re.findall(r"\*\*([A-Z][^*]+)\*\*", HOWTO))
    assert len(named) > 8
    assert sorted(name for name in named if name not in on_screen | {"Laporkan kerusakan"}) == []
