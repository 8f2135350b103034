"""What goes out with a released redacted copy: the film, what it is, digests, and the office's seal.

`SAMARAN_<case>_<copy>/`: `salinan.mp4`, `keterangan.json`, `manifest-sha256.txt` (`sha256sum -c`), `segel.p7s`
(`openssl cms -verify`), `akar.pem`, `rantai.pem`, `BACA-SAYA.txt`. It can never pass for evidence: its name, its
files and the band in every picture say so, and the verifier of packages refuses it by name.
"""

from collections.abc import Mapping
from hashlib import sha256

from ronda.cases.model import Case
from ronda.core.time import utc_text, wita_text
from ronda.evidence import canonical, layout, manifest
from ronda.evidence.authority import SealingIdentity
from ronda.evidence.canonical import Json
from ronda.evidence.seal import make_seal
from ronda.redaction.model import RedactedCopy

FORMAT = "Ronda Samaran 1"
FILM, MANIFEST, SEAL = "salinan.mp4", "manifest-sha256.txt", "segel.p7s"

_README = """SALINAN SAMARAN - BUKAN REKAMAN ASLI

Salinan ini dibuat dari rekaman {camera}, {start} sampai {end}. Orang dan kendaraan lain ditutup
dan tidak dapat dibuka kembali; rekaman asli tetap disimpan oleh kantor. Salinan ini bukan barang bukti.
Tanpa suara. Bagian yang tidak terekam tampil sebagai kartu "REKAMAN TERPUTUS".

Memeriksa bahwa salinan ini tidak berubah sejak dilepas:
  sha256sum -c manifest-sha256.txt
  openssl cms -verify -binary -inform DER -in segel.p7s -content manifest-sha256.txt -CAfile akar.pem \\
    -certfile rantai.pem -purpose any -out /dev/null

REDACTED COPY - NOT THE ORIGINAL RECORDING. Other people and vehicles are hidden for good. Made without sound.
Interruptions stand as cards. Check it with the two commands above.
"""


def package_name(case: Case, copy: RedactedCopy) -> str:
    return f"SAMARAN_{case.case_id}_{copy.copy_id}"


def package_files(
    case: Case, copy: RedactedCopy, label: str, identity: SealingIdentity, now_us: int
) -> dict[str, bytes]:
    """Every file but the film. `label`: what the camera is called."""
    words = _README.format(camera=label, start=wita_text(copy.span.start_us), end=wita_text(copy.span.end_us))
    files = {
        layout.REDACTED: canonical.write(_document(case, copy, label)),
        "akar.pem": identity.root_pem(),
        "rantai.pem": identity.chain_pem(),
        "BACA-SAYA.txt": words.encode(),
    }
    digests = {name: sha256(data).hexdigest() for name, data in files.items()}
    listed = manifest.write({**digests, FILM: copy.sha256})
    return {**files, MANIFEST: listed, SEAL: make_seal(listed, identity, now_us)}


def _document(case: Case, copy: RedactedCopy, label: str) -> Mapping[str, Json]:
    derived: list[Json] = [{"berkas": path, "sha256": digest} for digest, path in copy.derived]
    return {
        "format": FORMAT,
        "peran": "samaran",
        "salinan": copy.copy_id,
        "versi": copy.version,
        "kasus": case.case_id,
        "kamera": copy.camera,
        "nama_kamera": label,
        "dari": utc_text(copy.span.start_us),
        "sampai": utc_text(copy.span.end_us),
        "gambar": copy.frames,
        "sha256": copy.sha256,
        "dibuat_dari": derived,
        "bidang_digambar": len(copy.patches),
        "detektor": copy.detector,
        "bagian_tertutup_persen": round(copy.veiled * 100),
        "diperiksa": utc_text(copy.reviewed_us or 0),
        "dilepas": utc_text(copy.released_us or 0),
        "keterangan": "Orang dan kendaraan ditutup; bukan rekaman asli, bukan barang bukti.",
    }
