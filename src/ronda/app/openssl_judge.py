"""`openssl ts -verify` as second judge of time stamps, beside the library in `ronda.evidence.time_stamp`."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from ronda.evidence.time_stamp import Second

_JUDGE_S = 20


def openssl_judge() -> Second | None:
    """`openssl ts -verify` as second library; None where openssl is not installed."""
    program = shutil.which("openssl")
    if program is None:
        return None

    def judge(answer: bytes, data: bytes, authority_pem: bytes, at_s: int) -> bool:
        with TemporaryDirectory(prefix="ronda-stamp-") as folder:
            files = {"answer": answer, "data": data, "authority.pem": authority_pem}
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            call = [program, "ts", "-verify", "-data", "data", "-in", "answer", "-CAfile", "authority.pem"]
            call += ["-attime", str(at_s)]  # a stamp does not expire with its certificate
            done = subprocess.run(call, cwd=folder, capture_output=True, check=False, timeout=_JUDGE_S)
        return done.returncode == 0

    return judge
