"""The pack for the yearly audit of government systems (SPBE): who may do what, what guards it, what is in it."""

import json
from importlib.metadata import Distribution, distributions
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from ronda import __version__
from ronda.app.reports.dpia import stale
from ronda.app.reports.facts import OfficeFacts
from ronda.app.reports.paper import paper, table
from ronda.app.wiring import Wiring
from ronda.cases.decoder import confinement
from ronda.core.time import utc_text
from ronda.evidence.authority import fingerprint
from ronda.store.keys import sealing_identity


def pack(wiring: Wiring, facts: OfficeFacts) -> dict[str, str]:
    """Files by name."""
    people = [
        (one.login, one.office, " ".join(sorted(role.value for role in one.roles)), one.area, one.disabled)
        for one in wiring.people.all()
    ]
    cameras = [
        (one.camera, one.site.area, one.purpose_kind.value, one.purpose, one.legal_basis, one.retention_days,
         one.sign_photo_sha256 is not None, len(one.masks), one.public is not None, one.state.value)
        for one in wiring.register.cameras()
    ]  # fmt: skip
    return {
        "kebijakan.csv": table(("tindakan", "peran"), [(act, " ".join(roles)) for act, roles in facts.policy]),
        "akun.csv": table(("akun", "kantor", "peran", "wilayah", "dinonaktifkan"), people),
        "kamera.csv": table(
            ("kamera", "wilayah", "tujuan", "kalimat", "dasar", "simpan_hari", "foto_papan", "bidang_privasi",
             "publik", "keadaan"),
            cameras,
        ),
        "perangkat-lunak.csv": table(("paket", "versi"), software()),
        "sbom.cdx.json": sbom(),
        "keamanan.md": _security(wiring, facts),
    }  # fmt: skip


def software() -> list[tuple[str, str]]:
    """Every package that runs here, by name."""
    found = {one.metadata["Name"].lower(): one.version for one in distributions()}
    return sorted(found.items())


def sbom() -> str:
    """A bill of materials, CycloneDX 1.6: what runs in this Python environment and in the screens, with licences.

    What the screens are built and tested with is listed as `excluded`: it does not run here.
    """
    ours = sorted(distributions(), key=lambda one: one.metadata["Name"].lower())
    components = [
        *(_component("pypi", one.metadata["Name"], one.version, _licence(one), runs=True) for one in ours),
        *(_component("npm", one["name"], one["version"], one["licence"], runs=one["shipped"]) for one in _web()),
    ]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "ronda", "version": __version__}},
        "components": components,
    }
    return json.dumps(document, indent=1) + "\n"


def _web() -> list[dict[str, Any]]:
    """What `web/list_packages.py` wrote."""
    found: list[dict[str, Any]] = json.loads((files("ronda.app.reports") / "web-packages.json").read_bytes())
    return found


def _component(kind: str, name: str, version: str, licence: str, *, runs: bool) -> dict[str, Any]:
    at = name.lower() if kind == "pypi" else quote(name, safe="/")
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:{kind}/{at}@{version}",
        "scope": "required" if runs else "excluded",
        "licenses": [{"license": {"name": licence}}],
    }


def _licence(one: Distribution) -> str:
    """As the package states it: the newer field, the older one, else its classifier."""
    stated = [one.metadata.get_all(field) or [""] for field in ("License-Expression", "License")]
    said = stated[0][0] or stated[1][0]
    classified = [text for text in one.metadata.get_all("Classifier") or [] if text.startswith("License ::")]
    first = said.strip().split("\n")[0][:100]
    return first or (classified[0].rsplit(" :: ", 1)[-1] if classified else "not stated")


def _security(wiring: Wiring, facts: OfficeFacts) -> str:
    identity = sealing_identity(wiring.folder.keys, wiring.office.name, wiring.clock.now_us())
    no_network, other_user = confinement()
    until_us = int(identity.certificate.not_valid_after_utc.timestamp()) * 1_000_000
    return paper(
        "audit",
        f=facts,
        version=__version__,
        findings=len(wiring.log.verify_all()),
        root=fingerprint(identity.root),
        no_network=no_network,
        other_user=other_user,
        until=utc_text(until_us),
        stale=stale(wiring),
    )
