"""A child ends with its parent, also with one that was gone before the child could ask."""

import os
import signal
import subprocess
import sys

import pytest

ASKED = "from ronda.app.process import end_with_parent; end_with_parent(); print('goes on')"


@pytest.mark.parametrize(("parent", "ends"), [("ours", False), ("another", True), ("untold", False)])
def test_a_child_whose_parent_is_another_than_it_was_told_ends_at_once(parent: str, ends: bool) -> None:
    told = {"ours": {"RONDA_PARENT": str(os.getpid())}, "another": {"RONDA_PARENT": "1"}, "untold": {}}[parent]
    done = subprocess.run([sys.executable, "-c", ASKED], env=os.environ | told, capture_output=True, text=True)
    assert done.returncode == (-signal.SIGTERM if ends else 0)
    assert done.stdout == ("" if ends else "goes on\n")
