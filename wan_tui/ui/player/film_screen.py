"""Base of the screens that play films: stage, progress bar and keys."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Static

from wan_tui.media.colours import Colours
from wan_tui.media.pacing import step_down
from wan_tui.media.playback import Playback
from wan_tui.media.playback_clock import PlaybackClock, State
from wan_tui.ui.commands.key_footer import KeyFooter
from wan_tui.ui.player.film_item import FilmItem
from wan_tui.ui.player.film_stage import FilmStage
from wan_tui.ui.player.player_bar import PlayerBar, Progress
from wan_tui.ui.player.viewing import Viewing

_BEAT = 0.2
"""Seconds between repaints of the bar during playback: each costs as many bytes as part of a small picture."""

_WAYS = (Colours.FULL, Colours.THRIFTY, Colours.FEW)
MOVING_ACTIONS = {"pause", "step", "seek", "jump", "last_frame", "faster", "loop", "fill", "colours", "meter"}
"""Actions that only make sense while a film plays."""


class FilmScreen(Screen[None]):
    """Plays ``films_on_screen``: one film, or several in step."""

    DEFAULT_CSS = """
    FilmScreen {
        layout: vertical;
        background: $background;
        & #stage { height: 1fr; }
        & #remark { display: none; height: auto; padding: 0 1; color: $text-warning; }
        &.-remarked #remark { display: block; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", id="player.pause", tooltip="Pause or resume"),
        Binding("full_stop", "step(1)", "Step", id="player.step", tooltip="Next frame"),
        Binding(
            "comma", "step(-1)", "Step back", show=False, id="player.step_back", tooltip="Previous frame"
        ),
        Binding("right", "seek(1)", "Seek", id="player.forward", tooltip="Forward 1 second"),
        Binding("left", "seek(-1)", "Back", show=False, id="player.back", tooltip="Back 1 second"),
        Binding("home", "jump(0)", "Start", show=False, id="player.start", tooltip="To the start"),
        Binding("end", "last_frame", "End", show=False, id="player.end", tooltip="Pause on the last frame"),
        *(
            Binding(
                str(n),
                f"jump({n})",
                f"{n * 10} %",
                show=False,
                id=f"player.jump{n}",
                tooltip=f"To {n * 10} %",
            )
            for n in range(10)
        ),
        Binding("plus,equals_sign", "faster(1)", "Faster", show=False, id="player.faster", tooltip="Faster"),
        Binding("minus", "faster(-1)", "Slower", show=False, id="player.slower", tooltip="Slower"),
        Binding("l", "loop", "Loop", show=False, id="player.loop", tooltip="Loop, or stop at the end"),
        Binding("f", "fill", "Fill", id="player.fill", tooltip="Fill the space, or fit the whole picture"),
        Binding("c", "colours", "Colours", show=False, id="player.colours", tooltip="Fewer or more colours"),
        Binding(
            "m", "meter", "Meter", show=False, id="player.meter", tooltip="Show frames and bytes per second"
        ),
        Binding("j,down", "scroll(1)", "Down", show=False, id="player.down", tooltip="Scroll the text down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="player.up", tooltip="Scroll the text up"),
        Binding("q,escape", "leave", "Back", id="player.leave", tooltip="Back"),
    ]

    def __init__(self, viewing: Viewing) -> None:
        super().__init__()
        self._viewing = viewing
        self._metered, self._loops, self._speed = False, True, 1.0
        self._shown_at = -_BEAT
        self._shown_state: State = "playing"
        self._strained = False
        """The connection is too slow even for the lowest quality of video."""

    @property
    def films_on_screen(self) -> Sequence[FilmItem]:
        """The films to play now, one per view."""
        raise NotImplementedError

    @property
    def stage(self) -> FilmStage:
        """The stage that plays them."""
        return self.query_one(FilmStage)

    def compose(self) -> ComposeResult:
        with Horizontal(id="stage"):
            stage = FilmStage(self._viewing, len(self.films_on_screen))
            yield stage
            yield from self.compose_beside()
        yield Static(id="remark", markup=False)
        yield from self.compose_below()
        yield PlayerBar(stage.sent_beside)
        yield KeyFooter()

    def compose_beside(self) -> ComposeResult:
        """Widgets to the right of the stage."""
        yield from ()

    def compose_below(self) -> ComposeResult:
        """Widgets between the stage and the bar."""
        yield from ()

    def on_mount(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Play ``films_on_screen`` from the start."""
        self.query_one(PlayerBar).show(None)
        self.play_on(PlaybackClock(looping=self._loops, speed=self._speed))

    def play_on(self, playback_clock: PlaybackClock) -> None:
        """Play ``films_on_screen`` from the state of ``playback_clock``."""
        self.remove_class("-failed", "-remarked")
        self.refresh_bindings()
        self._strained = False
        self._shown_at = -_BEAT
        self.stage.play([film.path for film in self.films_on_screen], playback_clock)
        self.stage.freeze(self.held)

    @on(FilmStage.Began)
    def _remark(self, message: FilmStage.Began) -> None:
        """Say which films are not shown as intended."""
        sides = ("Left: ", "Right: ") if len(message.films) > 1 else ("",)
        remarks = [
            side + film.remark for side, film in zip(sides, message.films, strict=False) if film.remark
        ]
        self.query_one("#remark", Static).update("\n".join(remarks))
        self.set_class(bool(remarks), "-remarked")

    @on(FilmStage.Stopped)
    def _stopped(self) -> None:
        if self._playback is None:
            self.query_one(PlayerBar).show(None)
            self.remove_class("-remarked")
        self.set_class(self._playback is None, "-failed")
        self.stage.freeze(self.held)
        self.refresh_bindings()

    @on(FilmStage.LineTooSlow)
    def _too_slow(self) -> None:
        self.slow_down()

    def slow_down(self) -> None:
        """Lower the quality, if video still has a lower one."""
        lower = step_down(self.stage.quality, self._viewing.way)
        if lower is not None:
            self.stage.quality = lower
        self._strained = lower is None

    @on(FilmStage.Shown)
    def _show_progress_in_time(self) -> None:
        running = self._playback is not None and self._playback.state == "playing"
        if not running or time.monotonic() >= self._shown_at + _BEAT:
            self._show_progress()

    def _show_progress(self) -> None:
        shot, playback = self.stage.shot, self._playback
        if shot is not None and playback is not None:
            self._shown_at = time.monotonic()
            # Not the shot's state: that may be older than the last key press.
            if playback.state != self._shown_state:
                self._shown_state = playback.state
                self.refresh_bindings()
            progress = Progress(playback.state, shot.position, shot.duration, tuple(self._notes()))
            self.query_one(PlayerBar).show(progress)

    def _notes(self) -> list[str]:
        """The notes on the right of the bar."""
        notes = []
        playback, shot = self.stage.playback, self.stage.shot
        if playback is not None and shot is not None and playback.state != "playing":
            notes.append(f"frame {shot.frame + 1}")
        if self._metered and playback is not None:
            # While paused, no frames are sent.
            fps, rate = playback.meter() if playback.state == "playing" else (0.0, 0.0)
            notes.append(
                f"{fps:.0f} fps  {rate / 1000:,.0f} kB/s  {self.stage.quality.label(self._viewing.way)}"
            )
        elif self.stage.quality != self._viewing.quality:
            notes.append(self.stage.quality.label(self._viewing.way))
        if self.stage.harm:
            notes.append(self.stage.harm)
        if self._strained:
            notes.append("slow connection")
        if self._speed != 1.0:
            notes.append(f"{self._speed:g}x")
        if not self._loops:
            notes.append("once")
        if self.stage.fill:
            notes.append("filled")
        return notes

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal's answer to the query after each picture."""
        self.stage.answered()

    @property
    def held(self) -> bool:
        """Whether playback is frozen because something covers the films."""
        return not self.is_active

    def on_screen_suspend(self) -> None:
        self.stage.freeze(self.held)

    def on_screen_resume(self) -> None:
        self.stage.freeze(self.held)

    # ---- keys

    def key_word(self, action: str) -> str | None:
        """The current word for a key that toggles, if not the usual one."""
        if action == "pause" and self._playback is not None and self._playback.state != "playing":
            return "Play"
        return "Fit" if action == "fill" and self.stage.fill else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "colours" and self._viewing.way != "cells":
            return False
        return not (action in MOVING_ACTIONS and self.has_class("-failed"))

    @property
    def _playback(self) -> Playback | None:
        return self.stage.playback

    def action_pause(self) -> None:
        if self._playback is not None:
            self._playback.toggle()
            # At once: the next picture may have to wait for the connection.
            self._show_progress()

    def action_step(self, frames: int) -> None:
        if self._playback is not None:
            self._playback.step(frames)

    def action_seek(self, seconds: int) -> None:
        if self._playback is not None:
            self._playback.seek(seconds)

    def action_jump(self, tenths: int) -> None:
        if self._playback is not None:
            self._playback.jump(tenths / 10)

    def action_last_frame(self) -> None:
        if self._playback is not None:
            self._playback.to_last_frame()

    def action_faster(self, steps: int) -> None:
        if self._playback is not None:
            self._speed = self._playback.faster(steps)
            self._show_progress()

    def action_loop(self) -> None:
        if self._playback is not None:
            self._loops = self._playback.loop()
            self._show_progress()

    def action_fill(self) -> None:
        self.stage.fill = not self.stage.fill
        self.refresh_bindings()

    def action_colours(self) -> None:
        """Switch to the next colour depth."""
        quality = self.stage.quality
        if quality.colours in _WAYS:
            following = _WAYS[(_WAYS.index(quality.colours) + 1) % len(_WAYS)]
            self.stage.quality = replace(quality, colours=following)
            self._show_progress()

    def action_meter(self) -> None:
        self._metered = not self._metered
        self._show_progress()

    def action_scroll(self, lines: int) -> None:
        """Scroll the text beside or below the films."""
        self.query_one(".text").scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        self.dismiss()
