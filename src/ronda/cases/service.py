"""What people do with a case: `asking`, `filing`, `looking`, `redacting`, `sealing` and `signing` on one desk.

The one name that the web and the demo use; decides nothing itself.
"""

from dataclasses import dataclass

from ronda.cases.asking import Asking
from ronda.cases.filing import Filing
from ronda.cases.looking import Looking
from ronda.cases.redacting import Redacting
from ronda.cases.sealing import Sealing
from ronda.cases.signing import Signing


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseService(Asking, Filing, Looking, Redacting, Sealing, Signing):
    """The use cases. All are safe to call from several threads; `pack` alone is a coroutine."""
