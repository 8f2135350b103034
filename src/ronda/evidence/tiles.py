"""Where the files of a tiled log lie (C2SP tlog-tiles): writer and reader must agree. Pure."""

from typing import Final

WIDTH: Final = 256
PUBLIC_KIND: Final = "umum"


def tile_path(kind: str, number: int, width: int) -> str:
    """`tile/<kind>/x001/x234/067[.p/<width>]`, as the specification splits numbers."""
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    return f"tile/{kind}/" + "/".join(parts) + ("" if width == WIDTH else f".p/{width}")
