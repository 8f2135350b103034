"""Order of the suite: the browser's tests come last, since Playwright keeps an event loop until the end."""

import os

import pytest

# Debian keeps mosquitto and mkfs.ext4 where a plain user's PATH does not look.
os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "/e2e/" in item.path.as_posix())
