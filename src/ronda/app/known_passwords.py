"""`DATA/passwords.txt`: passwords that nobody may choose, one a line, as lists of leaked ones come.

Read line by line at each change of a password, so that a new list counts at once and a large one fills no memory. A
file that cannot be read is an error of its own, never a password that passes.
"""

from dataclasses import dataclass
from pathlib import Path

from ronda.access.errors import PasswordListError


@dataclass(frozen=True, slots=True)
class PasswordFile:
    """The list at `path`; without a file it holds nothing."""

    path: Path

    def __contains__(self, password: object, /) -> bool:
        if not isinstance(password, str):
            return False
        sought = password.casefold()
        try:
            with self.path.open("rb") as lines:
                return any(line.rstrip(b"\r\n").decode("utf-8", "replace").casefold() == sought for line in lines)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise PasswordListError(str(self.path), type(error).__name__) from error
