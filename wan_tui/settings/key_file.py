"""The API key: from the environment, or from a file that only its owner can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from wan_tui.domain.errors import SettingsError
from wan_tui.domain.secret import ApiKey
from wan_tui.settings.paths import Paths, make_private_folder

KEY_VARIABLES = ("AIMLAPI_API_KEY", "AIML_API_KEY", "AIMLAPI_KEY")


def find_key(
    key_file: Path, environ: Mapping[str, str], warnings: list[str]
) -> tuple[ApiKey | None, str | None]:
    """Return the key and the variable or file it came from; what is amiss with them is added to ``warnings``."""
    found = [(name, environ[name]) for name in KEY_VARIABLES if environ.get(name)]
    if len({text.strip() for _, text in found}) > 1:
        warnings.append(f"{found[0][0]} and {found[1][0]} hold different keys; {found[0][0]} is used.")
    if found:
        name, secret = found[0]
        try:
            return ApiKey(secret), name
        except SettingsError as error:
            warnings.append(f"{name}: {error.message}.")
    try:
        stored = _read_private(key_file)
        return (ApiKey(stored), str(key_file)) if stored else (None, None)
    except SettingsError as error:
        warnings.append(f"{error.message}. {error.next_step}".rstrip())
        return None, None


def store_key(paths: Paths, key: ApiKey) -> None:
    """Write the key file, readable by its owner alone. Blocks. Raises SettingsError where that cannot be done."""
    temporary = paths.key_file.with_suffix(".new")
    try:
        make_private_folder(paths.config)
        temporary.unlink(missing_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.reveal() + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(paths.key_file)
    except OSError as error:
        raise SettingsError(
            f"The key could not be stored: {error.strerror}",
            next_step=f"Make {paths.config} writable, or set {KEY_VARIABLES[0]} instead.",
        ) from None


def _read_private(path: Path) -> str | None:
    """The text of a file that only its owner may read; None where there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, encoding="ascii", errors="replace") as file:
            facts = os.fstat(file.fileno())
            foreign = hasattr(os, "getuid") and facts.st_uid != os.getuid()
            if os.name == "posix" and (foreign or stat.S_IMODE(facts.st_mode) & 0o077):
                raise SettingsError(
                    "The key file is not used because others can read it or own it",
                    next_step=f"Run: chmod 600 {path}",
                )
            return file.read(4096)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"The key file cannot be read: {error.strerror}") from None
