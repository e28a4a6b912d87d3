"""What is selected is copied by ctrl+c as y copies, and told once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.widgets import Input, TextArea

from tests.ui.conftest import FakeEngine, opened
from tests.ui.pilots import all_feedback, settled
from wan_tui.terminal import clipboard
from wan_tui.terminal.clipboard import CopyReport
from wan_tui.ui.app import Studio


@pytest.mark.parametrize("field", ["prompt", "seed"])
async def test_ctrl_c_copies_a_selection_as_y_does(
    studio: Callable[..., Studio], monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    """In a prompt and in a line; pressed three times it is told once, and nothing goes past our own way."""
    copied: list[str] = []

    def copy(text: str, **_: object) -> CopyReport:
        copied.append(text)
        return CopyReport("Sent to the terminal's clipboard.", ("terminal",))

    monkeypatch.setattr(clipboard, "copy", copy)
    async with opened(studio(FakeEngine())) as pilot:
        control = (
            pilot.app.screen.query_one(f"#field-{field}")
            .query(Input if field == "seed" else TextArea)
            .first()
        )
        control.focus()
        await pilot.press(*"1234")
        if isinstance(control, TextArea):
            control.select_all()
        else:
            assert isinstance(control, Input)
            control.select_all()
        for _ in range(3):
            await pilot.press("ctrl+c")
            await pilot.app.workers.wait_for_complete()
            await settled(pilot)
        assert set(copied) == {"1234"}
        assert all_feedback(pilot) == "Sent to the terminal's clipboard."
