"""Which file stands where in a package, and the small texts that follow from the statement.

The verifier makes `bag-info.txt` again from the payload and compares: nothing in a package is there
only because somebody put it there.
"""

from collections.abc import Mapping

from ronda.evidence.manifest import BAGIT_TXT, bag_info
from ronda.evidence.statement import TRAINING_MARK, Statement

STATEMENT = "data/pernyataan.json"
CLOCKS = "data/waktu.json"
GAPS = "data/celah.csv"
HISTORY = "data/riwayat.jsonl"
REQUEST = "data/permintaan.json"
LETTER = "data/surat-permintaan.pdf"  # where the police filed it
CAMERA_SIGNATURES = "data/tandatangan-kamera.json"
SEAL = "segel/manifest.p7s"
STAMPS = ("segel/manifest.tsr", "segel/manifest-2.tsr")
LOG_PROOF = "segel/segel.tlog-proof"
LATER_PROOF = "segel/serah-terima.tlog-proof"
WITNESS_PROOF = "segel/saksi.tlog-proof"  # the sealing again, under a checkpoint that a witness signed later
ROOT = "segel/sertifikat/akar.pem"
CHAIN = "segel/sertifikat/rantai.pem"
AUTHORITIES = ("segel/sertifikat/cap-waktu-1.pem", "segel/sertifikat/cap-waktu-2.pem")  # who may stamp the seal
BAST = "BAST.pdf"
README = "BACA-SAYA.txt"
SCRIPT = "verifikasi.py"
REDACTED = "keterangan.json"  # only in what goes out with a redacted copy: never an evidence package
OPENING = "BUKA-SAYA.html"
PHOTOS = "data/foto/"
PHOTO_SHEET = "data/foto/lembar-foto.pdf"  # where there are photos
BAGIT = "bagit.txt"
BAG_INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"

PAYLOAD_TEXTS = (STATEMENT, CLOCKS, GAPS, HISTORY, REQUEST, CAMERA_SIGNATURES)
COMPANIONS = (BAGIT, README, SCRIPT, ROOT, CHAIN)  # digests of these stand in the sealed statement
MAYBE_COMPANIONS = (OPENING, *AUTHORITIES)  # the same, where the statement says so
TAG_FILES = (*COMPANIONS, BAG_INFO, MANIFEST, SEAL, LOG_PROOF, BAST)
MAY_COME_LATER = (*STAMPS, LATER_PROOF, WITNESS_PROOF)


def bagit_txt() -> bytes:
    return BAGIT_TXT.encode()


def bag_info_txt(statement: Statement, payload: Mapping[str, int]) -> bytes:
    """`bag-info.txt` for a payload of `path -> bytes`."""
    office = statement.document.get("kantor")
    name = office.get("nama") if isinstance(office, Mapping) else None
    values = {
        "Source-Organization": str(name or "-"),
        "External-Identifier": statement.package_id,
        "Bagging-Date": str(statement.document.get("dibuat", ""))[:10],
        "Payload-Oxum": f"{sum(payload.values())}.{len(payload)}",
        "Bag-Software-Agent": "Ronda",
    }
    if statement.training:
        values["Internal-Sender-Description"] = f"{TRAINING_MARK}: made for practice, no evidence"
    return bag_info(values)
