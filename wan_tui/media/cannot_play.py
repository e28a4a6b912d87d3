"""Why a film cannot be shown."""

from __future__ import annotations

from wan_tui.domain.errors import WanTuiError


class CannotPlay(WanTuiError):
    """The film cannot be shown; the message is a sentence that says why."""

    code = "cannot_play"


class FilmSpoiled(CannotPlay):
    """The file is not the film that was saved, or is gone."""

    code = "film_spoiled"


class DecoderMissing(CannotPlay):
    """PyAV cannot be imported here."""

    code = "decoder_missing"
