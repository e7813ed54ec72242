"""The secrets of a server, in files that only their owner may read: made at the first start, unless they are set.

`--secrets-dir` names the folder. Servers that share it have the same secrets, also if they start at the same time: a
secret is written to a file of its own, which then gets its name only if no other server was faster. A container
platform may put the files there itself; then they are only read.
"""

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from mock_server.settings import Settings

CONTROL_TOKEN_FILE = "control-token"  # noqa: S105 - the name of a file
SAMPLE_PASSWORD_FILE = "sample-password"  # noqa: S105 - the name of a file
SECRET_BYTES = 24
MAX_CHARACTERS = 512


class SecretFileError(Exception):
    """A file with a secret cannot be read or written. The message is one line, without the secret."""


def provide(settings: Settings) -> Settings:
    """Return the settings with the secrets that are not set, from their files, which are made if they do not exist.

    Raises SecretFileError.
    """
    folder = settings.secrets_dir
    if folder is None:
        return settings
    token, password = settings.control_token, settings.sample_password
    missing = [CONTROL_TOKEN_FILE] * (token is None) + [SAMPLE_PASSWORD_FILE] * (password is None)
    is_new = [_make(folder / name) for name in missing]
    return replace(
        settings,
        control_token=_read(folder / CONTROL_TOKEN_FILE) if token is None else token,
        sample_password=_read(folder / SAMPLE_PASSWORD_FILE) if password is None else password,
        has_new_secrets=any(is_new),
    )


def list_files(settings: Settings) -> list[Path]:
    """Return the files that contain a secret of these settings."""
    folder = settings.secrets_dir
    if folder is None:
        return []
    values = {CONTROL_TOKEN_FILE: settings.control_token, SAMPLE_PASSWORD_FILE: settings.sample_password}
    return [folder / name for name, value in values.items() if value is not None and find(folder / name) == value]


def find(file: Path) -> str | None:
    """Return the secret in the file, None if there is none that can be read."""
    with suppress(SecretFileError):
        return _read(file)
    return None


def _make(file: Path) -> bool:
    """Make the file, and return True, unless it exists. Raises SecretFileError."""
    try:
        if file.exists():
            return False
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _create(file)
    except OSError as error:
        raise SecretFileError(f"{file} cannot be written: {error.strerror}") from error


def _read(file: Path) -> str:
    """Return the secret in the file. Raises SecretFileError."""
    try:
        if file.exists() and not file.is_file():  # opening a pipe would wait for its writer
            raise SecretFileError(f"{file} is not a regular file")
        with file.open(encoding="utf-8") as opened:
            secret = opened.read(MAX_CHARACTERS + 2).strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SecretFileError(f"{file} cannot be read: {reason}") from error
    if not secret or len(secret) > MAX_CHARACTERS or not (secret.isascii() and secret.isprintable()):
        raise SecretFileError(f"{file} must contain one line of 1 to {MAX_CHARACTERS} printable ASCII characters")
    return secret


def _create(file: Path) -> bool:
    """Make a secret and its file. Return False if the file exists when it is complete. Raises OSError."""
    import secrets

    secret = secrets.token_urlsafe(SECRET_BYTES)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, secret)
        try:
            os.link(draft, file)
        except FileExistsError:
            raise
        except OSError:  # a file system without links: the name is taken first, then the file is written
            _write(file, secret)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _write(file: Path, secret: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as opened:
        opened.write(f"{secret}\n")
        opened.flush()
        os.fsync(opened.fileno())
