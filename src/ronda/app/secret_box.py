"""Seal camera addresses and the like with a key that lies outside the database."""

from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from ronda.app.data_folder import write_private
from ronda.app.errors import UnusableFolderError


class SecretBox:
    """AES with authentication (Fernet); the key file is made on first use, mode 0600."""

    def __init__(self, key_file: Path) -> None:
        if not key_file.exists():
            write_private(key_file, Fernet.generate_key().decode())
        self._file = key_file
        self._fernet = Fernet(key_file.read_text().strip())

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise UnusableFolderError(
                f"{self._file} is not the key that sealed what lies in the database; recording goes on with the "
                "addresses it has. Next: put the right key file back from a backup"
            ) from None
