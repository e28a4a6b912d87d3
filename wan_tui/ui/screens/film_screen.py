"""What every screen that plays films has in common: the way of pictures to the terminal, and the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from wan_tui.media import kitty
from wan_tui.media.colours import Colours
from wan_tui.media.decode import FilmFacts
from wan_tui.media.pacing import ASK, Pacer, step_down
from wan_tui.media.playback import Failed, News, Opened, Playback, Shot, TooSlow
from wan_tui.ui.film_item import FilmItem
from wan_tui.ui.terminal_writer import terminal_writer
from wan_tui.ui.viewing import Viewing
from wan_tui.ui.widgets.clearance import is_clear
from wan_tui.ui.widgets.film_view import FilmView
from wan_tui.ui.widgets.key_bar import KeyBar
from wan_tui.ui.widgets.player_bar import PlayerBar, Progress

# Synchronized output: the terminal shows what lies between at once. One that does not know it ignores it.
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"

_WAYS = (Colours.FULL, Colours.THRIFTY, Colours.FEW)


class FilmNews(Message):
    """What a playback said, with the playback that said it."""

    def __init__(self, playback: Playback, news: News) -> None:
        super().__init__()
        self.playback = playback
        self.news = news


class FilmScreen(Screen[None]):
    """Plays one film or several in step. ``films_on_screen`` says which."""

    DEFAULT_CSS = """
    FilmScreen {
        layout: vertical;
        background: $background;
        & #stage { height: 1fr; layout: horizontal; }
        & #sentence { display: none; width: 1fr; height: 1fr; content-align: center middle; padding: 0 4; }
        &.-failed #sentence { display: block; }
        &.-failed FilmView { display: none; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", id="player.pause", tooltip="Pause or go on"),
        Binding("full_stop", "step(1)", "Step", id="player.step", tooltip="A frame on"),
        Binding("comma", "step(-1)", "Step back", show=False, id="player.step_back", tooltip="A frame back"),
        Binding("right", "seek(1)", "Seek", id="player.forward", tooltip="A second on"),
        Binding("left", "seek(-1)", "Back", show=False, id="player.back", tooltip="A second back"),
        Binding("home", "jump(0)", "Start", show=False, id="player.start", tooltip="To the start"),
        *(
            Binding(str(n), f"jump({n})", f"{n}0 %", show=False, id=f"player.jump{n}", tooltip=f"To {n}0 %")
            for n in range(10)
        ),
        Binding("plus,equals_sign", "faster(1)", "Faster", show=False, id="player.faster", tooltip="Faster"),
        Binding("minus", "faster(-1)", "Slower", show=False, id="player.slower", tooltip="Slower"),
        Binding("l", "loop", "Loop", show=False, id="player.loop", tooltip="Loop, or stop at the end"),
        Binding("f", "fill", "Fill", id="player.fill", tooltip="Fill the space, or show the whole picture"),
        Binding("c", "colours", "Colours", show=False, id="player.colours", tooltip="Fewer or more colours"),
        Binding("m", "meter", "Meter", show=False, id="player.meter", tooltip="Frames and bytes a second"),
        Binding("q,escape", "leave", "Back", id="player.leave", tooltip="Back to where you were"),
    ]

    def __init__(self, viewing: Viewing) -> None:
        super().__init__()
        self._viewing = viewing
        self._quality = viewing.quality
        self._playback: Playback | None = None
        self._facts: tuple[FilmFacts, ...] = ()
        self._shot: Shot | None = None
        self._fill = self._metered = self._covered = False
        self._loops, self._speed = True, 1.0

    @property
    def films_on_screen(self) -> Sequence[FilmItem]:
        """What is to be played now, one film a view."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Container(id="stage"):
            yield from self.compose_stage()
        yield from self.compose_below()
        yield PlayerBar()
        yield KeyBar()

    def compose_stage(self) -> ComposeResult:
        """What stands beside each other above the bar."""
        for number, _ in enumerate(self.films_on_screen):
            yield FilmView(image=number + 1)
        yield Static(id="sentence", markup=False)

    def compose_below(self) -> ComposeResult:
        """What stands between the films and the bar."""
        yield from ()

    # ---- playing

    def on_mount(self) -> None:
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self._look_for_covers())
        self.begin()

    def on_unmount(self) -> None:
        self.end()

    def begin(self) -> None:
        """Play what is on the screen now, from the start."""
        self.end()
        self.remove_class("-failed")
        self.refresh_bindings()
        self._facts, self._shot = (), None

        def deliver(news: News) -> None:
            self.post_message(FilmNews(playback, news))

        playback = Playback(
            [film.path for film in self.films_on_screen],
            deliver,
            quality=self._quality,
            pacer=Pacer(self._viewing.round_trip, self._quality.fps),
        )
        self._playback = playback
        playback.start()

    def end(self) -> None:
        """Stop playing and take pictures that the terminal drew off the screen."""
        if self._playback is not None:
            self._playback.close()
            self._playback = None
        for view in self._views:
            view.hold(None)
        self._remove_images()

    @property
    def _views(self) -> list[FilmView]:
        return list(self.query(FilmView))

    @on(FilmNews)
    def _take(self, message: FilmNews) -> None:
        if message.playback is not self._playback:
            return
        match message.news:
            case Opened(films=films):
                self._facts = films
                self._aim()
            case Shot() as shot:
                self._show(message.playback, shot)
            case Failed(sentence=sentence):
                self.fail(sentence)
            case TooSlow():
                self.slow_down()

    def fail(self, sentence: str) -> None:
        """Show why there is no picture."""
        self.end()
        self.query_one("#sentence", Static).update(sentence)
        self.add_class("-failed")
        self.refresh_bindings()

    def slow_down(self) -> None:
        """The line is too slow for what is sent now: send less."""
        self._quality = step_down(self._quality)
        self._aim()

    @on(FilmView.Moved)
    def _aim(self) -> None:
        """Tell the playback where the views are, once they are laid out."""
        views = self._views
        if self._playback is None or not self._facts or not all(view.size for view in views):
            return
        self._covered = not all(is_clear(view) for view in views)
        self._playback.aim(
            [
                view.target(film, self._viewing, self._quality, self._fill, self._covered)
                for view, film in zip(views, self._facts, strict=True)
            ],
            self._quality,
        )

    def _look_for_covers(self) -> None:
        if self._covered == all(is_clear(view) for view in self._views):
            self._remove_images()
            self._aim()

    # ---- the way to the terminal

    def _show(self, playback: Playback, shot: Shot) -> None:
        if shot.generation != playback.generation:
            playback.skipped()
            return
        self._shot = shot
        views = self._views
        for view, painted in zip(views, shot.pictures, strict=True):
            view.hold(painted)
        if self._may_write(views):
            text = "".join(painted.text for painted in shot.pictures)
            self._send(playback, text)
        else:
            for view in views:
                view.refresh()
            self.call_after_refresh(self._send, playback, "")
        self._tell()

    def _may_write(self, views: Sequence[FilmView]) -> bool:
        return not self.app._batch_count and all(is_clear(view) for view in views)

    def _send(self, playback: Playback, text: str) -> None:
        """Write ``text`` (what the compositor wrote needs none) and ask whether it has been drawn."""
        size = len(text.encode()) if text else sum(_strips_size(view) for view in self._views)
        playback.shown(size)
        if self.app.is_headless:
            playback.answered()
            return
        terminal_writer(self.app)((f"{_BEGIN}{text}{_END}" if text else "") + ASK)

    @on(FilmView.Repainted)
    def _redraw(self) -> None:
        """The compositor has painted over the terminal's own picture: draw it again."""
        if self._playback is not None and self._shot is not None and not self._shot.playing:
            self._playback.repaint()

    def _remove_images(self) -> None:
        if self._viewing.way == "kitty" and not self.app.is_headless:
            write = terminal_writer(self.app)
            write("".join(kitty.remove(number + 1) for number, _ in enumerate(self._views)))

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal's answer: it has drawn what was sent before the question."""
        if self._playback is not None:
            self._playback.answered()

    def on_screen_suspend(self) -> None:
        self._remove_images()
        if self._playback is not None:
            self._playback.freeze(True)

    def on_screen_resume(self) -> None:
        if self._playback is not None:
            self._playback.freeze(False)
            self._playback.repaint()

    # ---- what is told

    def _tell(self) -> None:
        if self._shot is not None:
            self.query_one(PlayerBar).show(
                Progress(self._shot.playing, self._shot.position, self._shot.duration, tuple(self.notes()))
            )

    def notes(self) -> list[str]:
        """What the bar says on its right."""
        notes = []
        if self._metered and self._playback is not None:
            fps, rate = self._playback.meter()
            notes.append(f"{fps:.0f} fps  {rate / 1000:,.0f} kB/s  {self._quality.label}")
        if self._speed != 1.0:
            notes.append(f"{self._speed:g}x")
        if not self._loops:
            notes.append("once")
        if self._fill:
            notes.append("filled")
        return notes

    # ---- keys

    def action_pause(self) -> None:
        if self._playback is not None:
            self._playback.toggle()

    def action_step(self, frames: int) -> None:
        if self._playback is not None:
            self._playback.step(frames)

    def action_seek(self, seconds: int) -> None:
        if self._playback is not None:
            self._playback.seek(seconds)

    def action_jump(self, tenths: int) -> None:
        if self._playback is not None:
            self._playback.jump(tenths / 10)

    def action_faster(self, steps: int) -> None:
        if self._playback is not None:
            self._speed = self._playback.faster(steps)

    def action_loop(self) -> None:
        if self._playback is not None:
            self._loops = self._playback.loop()

    def action_fill(self) -> None:
        self._fill = not self._fill
        self._aim()
        self.refresh()

    def action_colours(self) -> None:
        """The next way of showing colours."""
        colours = self._quality.colours
        following = _WAYS[(_WAYS.index(colours) + 1) % len(_WAYS)] if colours in _WAYS else colours
        self._quality = replace(self._quality, colours=following)
        self._aim()

    def action_meter(self) -> None:
        self._metered = not self._metered
        self._tell()

    def action_leave(self) -> None:
        self.dismiss()


def _strips_size(view: FilmView) -> int:
    cells = view.painted.cells if view.painted else None
    return sum(len(cells.line(y).encode()) for y in range(cells.lines)) if cells else 0
