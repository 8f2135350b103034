"""A child ends with its parent, also with one that was gone before the child could ask."""

import os
import signal
import subprocess
import sys

import pytest

ASKED = "from ronda.app.process import end_with_parent; end_with_parent(); print('goes on')"


@pytest.mark.parametrize(("parent", "ends"), [(str(os.getpid()), False), ("1", True), (None, False)])
def test_a_child_whose_parent_is_another_than_it_was_told_ends_at_once(parent: str | None, ends: bool) -> None:
    told = {"RONDA_PARENT": parent} if parent else {}
    done = subprocess.run([sys.executable, "-c", ASKED], env=os.environ | told, capture_output=True, text=True)
    assert done.returncode == (-signal.SIGTERM if ends else 0)
    assert done.stdout == ("" if ends else "goes on\n")
