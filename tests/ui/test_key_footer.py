"""The line of keys where there is hardly room for one."""

from __future__ import annotations

from pathlib import Path

from tests.ui.player_host import Host, item, player, playing
from wan_tui.ui.commands.key_footer import KeyFooter


async def test_the_way_back_is_the_last_key_to_go(film: Path, tmp_path: Path) -> None:
    """Pausing and seeking go before it."""
    host = Host(player([item(film)], tmp_path))
    async with host.run_test(size=(20, 6)) as pilot:
        screen = await playing(pilot)
        assert "q Back" in str(screen.query_one(KeyFooter).render())
