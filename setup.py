"""The packet engine in C is built where a compiler is there; without it the Python engine serves.

Without debug facts (-g0): they name the folder it was built in, and the wheel would differ from place to place.
"""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "ronda.video.engine._native",
            sources=[f"native/{name}.c" for name in ("stream", "fragment", "crc32", "sha256", "steady", "ring", "engine", "module")],
            depends=[f"native/{name}.h" for name in ("stream", "fragment", "crc32", "sha256", "steady", "ring", "engine")],
            define_macros=[("_GNU_SOURCE", "1")],
            extra_compile_args=["-std=c11", "-O2", "-fno-strict-aliasing", "-Wall", "-Wextra", "-g0"],
            py_limited_api=True,
            optional=True,
        )
    ]
)
