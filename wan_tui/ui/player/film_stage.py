"""Plays films side by side, and writes their pictures to the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from wan_tui.media import kitty
from wan_tui.media.decode import CannotPlay, FilmSpoiled
from wan_tui.media.film_facts import FilmFacts
from wan_tui.media.pacing import ASK, Pacer, Quality
from wan_tui.media.playback import Playback
from wan_tui.media.playback_clock import PlaybackClock
from wan_tui.media.playback_events import Failed, Opened, PlaybackEvent, Shot, TooSlow
from wan_tui.ui.compat.occlusion import is_clear, is_held
from wan_tui.ui.compat.terminal_writer import terminal_writer
from wan_tui.ui.messages import SpoiledFilmFound
from wan_tui.ui.player.film_item import problem_text
from wan_tui.ui.player.film_view import FilmView
from wan_tui.ui.player.viewing import Viewing

# Synchronized output: the terminal shows everything in between at once. Terminals without it ignore it.
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"


class FilmStage(Horizontal):
    """Plays ``films`` films in step, one per view. If one cannot be played, its view is replaced by the reason.

    ``playback`` controls them while they play.
    """

    DEFAULT_CSS = """
    FilmStage {
        width: 1fr;
        height: 1fr;
        & FilmView { margin: 0 1 0 0; }
        & FilmView:last-of-type { margin: 0; }
        & .sentence { display: none; width: 1fr; height: 1fr; content-align: center middle; padding: 0 4; }
    }
    """

    class Shown(Message):
        """Another frame is on the screen."""

    class Began(Message):
        """The films are open."""

        def __init__(self, films: Sequence[FilmFacts]) -> None:
            super().__init__()
            self.films = films

    class Stopped(Message):
        """Some of the films cannot be played; the others, if any, were restarted."""

    class LineTooSlow(Message):
        """The connection to the terminal cannot keep up."""

    class _Event(Message):
        def __init__(self, playback: Playback, event: PlaybackEvent) -> None:
            super().__init__()
            self.playback = playback
            self.event = event

    def __init__(self, viewing: Viewing, films: int) -> None:
        super().__init__()
        self._viewing = viewing
        self._quality = viewing.quality
        self._count = films
        self._clock = PlaybackClock()
        self._films: Sequence[Path] = ()
        self._views: Sequence[FilmView] = ()
        """The views that play the films, one each."""
        self._facts: tuple[FilmFacts, ...] = ()
        self._spoiled: set[Path] = set()
        self._fill = self._covered = False
        self._beside = 0
        self.playback: Playback | None = None
        self.shot: Shot | None = None
        """The shot on the screen; None before the first one."""

    def compose(self) -> ComposeResult:
        for number in range(self._count):
            yield FilmView(image=number + 1)
            yield Static(id=f"instead{number + 1}", classes="sentence", markup=False)

    def on_mount(self) -> None:
        self.screen.screen_layout_refresh_signal.subscribe(self, lambda _: self._look_for_covers())

    def on_unmount(self) -> None:
        self.stop()

    def play(self, films: Sequence[Path], playback_clock: PlaybackClock) -> None:
        """Play ``films`` instead of the current ones, from the state of ``playback_clock``."""
        self.stop()
        self._clock = playback_clock
        self._views = list(self.query(FilmView))
        for view in self._views:
            self._put_in_place(view, "")
        self._start(films)

    def _start(self, films: Sequence[Path]) -> None:
        def deliver(event: PlaybackEvent) -> None:
            self.post_message(self._Event(playback, event))

        pacer = Pacer(self._viewing.round_trip, self._quality.fps)
        playback = Playback(
            films,
            deliver,
            playback_clock=replace(self._clock),
            quality=self._quality,
            pacer=pacer,
            locate=self._viewing.locate,
        )
        self._films, self.playback = films, playback
        playback.start()

    @property
    def playback_clock(self) -> PlaybackClock:
        """The state of the playback, or the one to start with."""
        return self.playback.standing if self.playback is not None else self._clock

    def stop(self) -> None:
        """Stop, and remove pictures that the terminal drew."""
        if self.playback is not None:
            self.playback.close()
        self.playback, self.shot, self._facts = None, None, ()
        for view in self._views:
            view.hold(None)
        self._remove_images()

    @property
    def quality(self) -> Quality:
        """The quality of the pictures."""
        return self._quality

    @quality.setter
    def quality(self, quality: Quality) -> None:
        self._quality = quality
        self._aim()

    @property
    def harm(self) -> str:
        """What is wrong with the films; "" if nothing is."""
        if any(film.cut_off for film in self._facts):
            return "cut off"
        return "damaged" if self.shot is not None and any(self.shot.damaged) else ""

    @property
    def fill(self) -> bool:
        """Whether the films fill their views, cropped at the sides."""
        return self._fill

    @fill.setter
    def fill(self, fill: bool) -> None:
        self._fill = fill
        self._aim()

    def freeze(self, frozen: bool) -> None:
        """Freeze the films while they are hidden, then resume."""
        if self.playback is not None:
            self.playback.freeze(frozen)
            self.playback.repaint()
        if frozen:
            self._remove_images()

    def sent_beside(self, size: int) -> None:
        """Count ``size`` bytes sent beside the pictures, e.g. for the progress bar, with the next picture."""
        self._beside += size

    def answered(self) -> None:
        """The terminal has drawn everything sent before the last query."""
        if self.playback is not None:
            self.playback.answered()

    def _put_in_place(self, view: FilmView, sentence: str) -> None:
        """Show ``sentence`` instead of the view; "" for the view itself."""
        place = self.query_one(f"#instead{view.image}", Static)
        place.update(sentence)
        view.display, place.display = not sentence, bool(sentence)

    @on(_Event)
    def _take(self, message: _Event) -> None:
        message.stop()
        if message.playback is not self.playback:
            return
        match message.event:
            case Opened(films=films):
                self._facts = films
                self.post_message(self.Began(films))
                self._report_spoiled(film.cut_off for film in films)
                self._aim()
            case Shot() as shot:
                self._report_spoiled(shot.damaged)
                self._show(message.playback, shot)
            case Failed(problems=problems):
                self._report_spoiled(isinstance(problem, FilmSpoiled) for problem in problems)
                self._go_on_without(problems)
            case TooSlow():
                self.post_message(self.LineTooSlow())

    def _report_spoiled(self, spoiled: Iterable[bool]) -> None:
        for film, is_spoiled in zip(self._films, spoiled, strict=True):
            if is_spoiled and film not in self._spoiled:
                self._spoiled.add(film)
                self.post_message(SpoiledFilmFound(film))

    def _go_on_without(self, problems: Sequence[CannotPlay | None]) -> None:
        """Restart the films that have no problem."""
        self._clock = self.playback_clock
        self.stop()
        found = list(zip(self._views, self._films, problems, strict=True))
        for view, _, problem in found:
            self._put_in_place(view, problem_text(problem) if problem else "")
        self._views = [view for view, _, problem in found if problem is None]
        self.post_message(self.Stopped())
        if self._views:
            self._start([film for _, film, problem in found if problem is None])

    @on(FilmView.Moved)
    def _aim(self) -> None:
        """Pass the positions of the views to the playback, once they are laid out."""
        views = self._views
        if self.playback is None or not self._facts or not all(view.size for view in views):
            return
        self._covered = not all(is_clear(view) for view in views)
        self.playback.aim(
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

    def _show(self, playback: Playback, shot: Shot) -> None:
        if shot.generation != playback.generation:
            playback.skipped()
            return
        self.shot = shot
        views = self._views
        for view, painted in zip(views, shot.pictures, strict=True):
            view.hold(painted)
        if not is_held(self) and all(is_clear(view) for view in views):
            self._write(playback, "".join(painted.text for painted in shot.pictures))
        else:
            for view in views:
                view.refresh()
            self.call_after_refresh(self._compositor_wrote, playback)
        self.post_message(self.Shown())

    def _write(self, playback: Playback, text: str) -> None:
        if not text:
            playback.skipped()
            return
        text = f"{_BEGIN}{text}{_END}{ASK}"
        self._count_shown(playback, len(text.encode()))
        self._to_terminal(playback, text)

    def _compositor_wrote(self, playback: Playback) -> None:
        self._count_shown(playback, sum(view.weight for view in self._views) + len(ASK))
        self._to_terminal(playback, ASK)

    def _count_shown(self, playback: Playback, size: int) -> None:
        playback.shown(size + self._beside)
        self._beside = 0

    def _to_terminal(self, playback: Playback, text: str) -> None:
        if self.app.is_headless:
            playback.answered()
        else:
            terminal_writer(self.app)(text)

    @on(FilmView.Repainted)
    def _redraw(self) -> None:
        """The compositor has painted over a picture that the terminal drew: draw it again."""
        if self.playback is not None and self.shot is not None and self.shot.state != "playing":
            self.playback.repaint()

    def _remove_images(self) -> None:
        if self._viewing.way == "kitty" and not self.app.is_headless:
            write = terminal_writer(self.app)
            write("".join(kitty.remove(number + 1) for number in range(self._count)))
