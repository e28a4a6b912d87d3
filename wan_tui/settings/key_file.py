"""The API key: from the environment, or from a file that only its owner can read."""

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

ALLOW_OPEN = "WAN_TUI_ALLOW_OPEN_KEY"
"""Set to 1: the key may lie in a file that others can read, as on a disk that keeps no permissions."""
_LONGEST = 4096


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
        stored = _read_private(key_file, allowed=_open_allowed(environ))
        return (ApiKey(stored), str(key_file)) if stored else (None, None)
    except SettingsError as error:
        warnings.append(f"{error.message}. {error.next_step}".rstrip())
        return None, None


def store_key(paths: Paths, key: ApiKey, environ: Mapping[str, str] | None = None) -> None:
    """Write the key file, readable by its owner alone. Blocks. Raises SettingsError where that cannot be done:
    KeyNotPrivate where the disk keeps no permissions, unless ``ALLOW_OPEN`` says that others may read it.
    """
    allowed = _open_allowed(os.environ if environ is None else environ)

    def check(facts: os.stat_result) -> None:
        # While it is empty: what is written where others can read it has been given away.
        if not (allowed or _is_private(facts)):
            raise _not_private(paths.key_file)

    try:
        make_private_folder(paths.config)
        # Always the same name, so that a key left behind by a program that was killed does not stay.
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
        f"The key was not stored: the disk of {path.parent} keeps no permissions, so others could read it",
        next_step=f"Set {KEY_VARIABLES[0]} instead, or {ALLOW_OPEN}=1 to store it all the same.",
    )


def _open_allowed(environ: Mapping[str, str]) -> bool:
    return environ.get(ALLOW_OPEN, "").strip() == "1"


def _is_private(facts: os.stat_result) -> bool:
    """Nobody else can read the file, or own it. Systems without such permissions have none to look at."""
    foreign = hasattr(os, "getuid") and facts.st_uid != os.getuid()
    return os.name != "posix" or not (foreign or stat.S_IMODE(facts.st_mode) & 0o077)


def _read_private(path: Path, *, allowed: bool) -> str | None:
    """The text of a file that only its owner may read; None where there is none."""
    try:
        with os.fdopen(open_regular(path, follow=False), "rb") as file:
            if not (allowed or _is_private(os.fstat(file.fileno()))):
                raise SettingsError(
                    "The key file is not used because others can read it or own it",
                    next_step=f"Run: chmod 600 {path} (on a disk without permissions set {ALLOW_OPEN}=1)",
                )
            return decode(file.read(_LONGEST + 1), _LONGEST)
    except FileNotFoundError:
        return None
    except Unreadable as error:
        raise SettingsError(f"The key file cannot be read: {error.reason}") from None
    except OSError as error:
        raise SettingsError(f"The key file cannot be read: {explain(error)}") from None
