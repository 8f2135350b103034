"""Order of the suite: the browser's tests come last, since Playwright keeps an event loop until the end."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "/e2e/" in item.path.as_posix())
