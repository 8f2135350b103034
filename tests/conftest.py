"""Order of the suite, which is shared out by files among some workers.

The longest files come first, so that no worker is left alone with one; the browser's tests come last, since
Playwright keeps an event loop until the end.
"""

import os

import pytest

# Debian keeps mosquitto and mkfs.ext4 where a plain user's PATH does not look.
os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


LONGEST = (
    "test_demo_story.py", "test_edge_drill.py", "test_witness.py", "test_tutorial.py", "test_foreign_codecs.py",
    "test_kill.py", "test_edge_troubles.py", "test_disk_faults.py", "test_no_past_without_a_case.py",
    "test_onvif_fuzz.py", "test_world.py", "test_screens.py", "test_repair_screens.py", "test_plan_screen.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ("/e2e/" in item.path.as_posix(), place.get(item.path.name, len(LONGEST))))
