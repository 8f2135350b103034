"""Step 8: what outsiders can check. The public page without login, a witness, and a log that was tampered with.

The tampering happens on a restored copy of the installation, so that the demo's own log stays whole.
"""

import asyncio
import contextlib
import re
import shutil
import socket
import sqlite3
import sys
import tempfile
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

from ronda.app.demo.stage import Figures, Stage, must

WITNESS = "inspektorat.kutaitimur/penjaga"
LARGEST_PAGE_BYTES = 150_000


class Trust(Stage):
    """The citizen's page, and the inspector's witness."""

    async def citizen_reads(self) -> Figures:
        """The public page: purposes, days kept, requests asked and granted; no script, no position, no person."""
        page = await asyncio.to_thread(self._get, "/publik")
        must("<script" not in page, "the public page needs a script")
        must(len(page.encode()) <= LARGEST_PAGE_BYTES, f"the public page has {len(page)} characters")
        entries = await asyncio.to_thread(self.wiring.register.cameras)
        shown = [entry for entry in entries if entry.site.lat_deg and f"{entry.site.lat_deg:.4f}" in page]
        must(not shown, f"the public page tells where {len(shown)} cameras stand")
        people = [one.name for one in self.wiring.people.all() if one.name in page]
        must(not people, f"the public page names {people}")
        figures = (await asyncio.to_thread(self._get, "/publik/angka.csv")).splitlines()
        return {"page_bytes": len(page.encode()), "figures_rows": len(figures) - 1, "cameras": len(entries)}

    async def tampering_is_named(self) -> Figures:
        """Back up, restore elsewhere, delete a line of the log there: the witness says which entry changed."""
        root = self.wiring.folder.root
        state, scratch = root / "witness", Path(tempfile.mkdtemp(prefix="ronda-copy-"))
        copy, again = scratch / "backup", scratch / "restored"
        if not (state / "witness.key").exists():
            await self._command(0, "witness", "init", "--state", str(state), "--name", WITNESS)
        _status, key = await self._command(0, "witness", "key", "--state", str(state))
        await self._command(0, "witness", "trust", WITNESS, key.strip(), "--data", str(root))
        await asyncio.to_thread(self.wiring.signed_checkpoint)
        await self._command(0, "witness", "run", "--once", "--hub", self.address, "--state", str(state))
        await self._command(0, "backup", str(copy), "--footage", "none", "--data", str(root))
        await self._command(0, "restore", str(copy), "--data", str(again))
        victim = await asyncio.to_thread(_delete_a_line, again / "log" / "log.sqlite")
        async with self._served(again) as address:
            call = ("witness", "run", "--once", "--hub", address, "--state", str(state))
            _status, said = await self._command(1, *call)
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
        named = re.sub(r"[.,](?=\d{3}\b)", "", said)
        must(
            re.search(rf"\b{victim}\b", named) is not None, f"entry {victim} was deleted, the witness says: {said}"
        )
        return {
            "restored_log_verified": True,
            "deleted_entry": victim,
            "witness_says": said.strip().splitlines()[0],
        }

    @contextlib.asynccontextmanager
    async def _served(self, root: Path) -> AsyncIterator[str]:
        """The web alone on another folder."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ronda", "web", "--data", str(root), "--host", "127.0.0.1", "--port", str(port)
        )
        address = f"http://127.0.0.1:{port}"

        async def up() -> bool:
            return await asyncio.to_thread(_answers, port)

        try:
            await self.until(up, 30, "the restored copy to answer")
            yield address
        finally:
            process.terminate()
            await process.wait()

    async def _command(self, expected: int, *arguments: str) -> tuple[int, str]:
        """Run `ronda ...` as a person would; its status and what it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ronda",
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, told = await process.communicate()
        status = process.returncode if process.returncode is not None else -1
        said = out.decode() + told.decode()
        must(
            status == expected, f"ronda {' '.join(arguments[:2])} ended with {status}, {expected} expected: {said}"
        )
        return status, out.decode() if status == 0 else said

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            body: bytes = answer.read()
        return body.decode()


def _delete_a_line(path: Path) -> int:
    """What an administrator with a database tool would do: one entry is gone."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        size = int(db.execute("SELECT MAX(seq) FROM entry").fetchone()[0])
        for (guard,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {guard}")  # who may write the file may also take its guards away
        db.execute("DELETE FROM entry WHERE seq=?", (size // 2,))
        db.commit()
    return size // 2


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
