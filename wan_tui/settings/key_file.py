"""The API key: from the environment, or from a private file."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from wan_tui.domain.errors import KeyNotPrivate, SettingsError
from wan_tui.domain.secret import ApiKey
from wan_tui.files.opening import open_regular
from wan_tui.files.private import make_private_folder, write_private
from wan_tui.files.reasons import explain
from wan_tui.files.text_file import Unreadable, decode
from wan_tui.key_variables import KEY_VARIABLES
from wan_tui.settings.paths import Paths

ALLOW_SHARED_KEY = "WAN_TUI_ALLOW_OPEN_KEY"
"""If 1, the key file may be readable by others, as on a disk without permissions."""
_LONGEST = 4096


def find_key(
    key_file: Path, environ: Mapping[str, str], warnings: list[str]
) -> tuple[ApiKey | None, str | None]:
    """Return the key and the variable or file it came from; problems are added to ``warnings``."""
    found = [(name, environ[name]) for name in KEY_VARIABLES if environ.get(name)]
    if len({text.strip() for _, text in found}) > 1:
        warnings.append(f"{found[0][0]} and {found[1][0]} have different keys; using {found[0][0]}.")
    if found:
        name, secret = found[0]
        try:
            return ApiKey(secret), name
        except SettingsError as error:
            warnings.append(f"{name}: {error.message}.")
    try:
        stored = _read_private(key_file, allowed=_shared_key_allowed(environ))
        return (ApiKey(stored), str(key_file)) if stored else (None, None)
    except SettingsError as error:
        warnings.append(f"{error.message}. {error.next_step}".rstrip())
        return None, None


def store_key(paths: Paths, key: ApiKey, environ: Mapping[str, str] | None = None) -> None:
    """Write the private key file. Blocks. Raises SettingsError if that fails; KeyNotPrivate if the disk has no
    permissions, unless ``ALLOW_SHARED_KEY`` is set.
    """
    allowed = _shared_key_allowed(os.environ if environ is None else environ)

    def check(facts: os.stat_result) -> None:
        # Checked before writing: once written to a readable file, the key is exposed.
        if not (allowed or _is_private(facts)):
            raise _not_private(paths.key_file)

    try:
        make_private_folder(paths.config)
        # A fixed name, so that a leftover of a killed process is overwritten.
        temporary = paths.key_file.with_suffix(".new")
        write_private(paths.key_file, f"{key.reveal()}\n".encode("ascii"), temporary=temporary, check=check)
        if not (allowed or _is_private(paths.key_file.lstat())):
            paths.key_file.unlink()
            raise _not_private(paths.key_file)
    except OSError as error:
        raise SettingsError(
            f"The key could not be stored: {explain(error)}",
            next_step=f"Make {paths.config} writable, or set {KEY_VARIABLES[0]} instead.",
        ) from None


def _not_private(path: Path) -> KeyNotPrivate:
    return KeyNotPrivate(
        f"The key was not stored: the disk of {path.parent} has no permissions, so others could read it",
        next_step=f"Set {KEY_VARIABLES[0]} instead, or {ALLOW_SHARED_KEY}=1 to store it anyway.",
    )


def _shared_key_allowed(environ: Mapping[str, str]) -> bool:
    return environ.get(ALLOW_SHARED_KEY, "").strip() == "1"


def _is_private(facts: os.stat_result) -> bool:
    """Whether no other user can read or own the file; always True on systems without POSIX permissions."""
    foreign = hasattr(os, "getuid") and facts.st_uid != os.getuid()
    return os.name != "posix" or not (foreign or stat.S_IMODE(facts.st_mode) & 0o077)


def _read_private(path: Path, *, allowed: bool) -> str | None:
    """The text of a private file; None if it does not exist. Raises SettingsError."""
    try:
        with os.fdopen(open_regular(path, follow=False), "rb") as file:
            if not (allowed or _is_private(os.fstat(file.fileno()))):
                raise SettingsError(
                    "The key file is ignored because other users can read it or own it",
                    next_step=f"Run: chmod 600 {path} (on a disk without permissions set {ALLOW_SHARED_KEY}=1)",
                )
            return decode(file.read(_LONGEST + 1), _LONGEST)
    except FileNotFoundError:
        return None
    except Unreadable as error:
        raise SettingsError(f"The key file cannot be read: {error.reason}") from None
    except OSError as error:
        raise SettingsError(f"The key file cannot be read: {explain(error)}") from None
