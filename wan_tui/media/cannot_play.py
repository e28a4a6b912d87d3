"""Errors of films that cannot be shown."""

from __future__ import annotations

from wan_tui.domain.errors import WanTuiError


class CannotPlay(WanTuiError):
    """The film cannot be shown; the message is the reason."""

    code = "cannot_play"


class FilmSpoiled(CannotPlay):
    """The file is not the film that was saved, or is missing."""

    code = "film_spoiled"


class DecoderMissing(CannotPlay):
    """PyAV cannot be imported."""

    code = "decoder_missing"
