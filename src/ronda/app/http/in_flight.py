"""Long answers end with the session: a download goes on only while its asker may still have it.

The socket of live pictures and playback looks by itself (`video_socket`). An answer that is cut off has no
proper end, so the browser shows the file as broken rather than whole.
"""

import time
from collections.abc import Callable, Iterator

RECHECK_S = 1.0


def while_allowed(chunks: Iterator[bytes], still_allowed: Callable[[], object]) -> Iterator[bytes]:
    """Pass chunks on; `still_allowed` is asked each second and raises once the answer has to end."""
    asked_s = time.monotonic()
    for chunk in chunks:
        if time.monotonic() - asked_s >= RECHECK_S:
            still_allowed()
            asked_s = time.monotonic()
        yield chunk
