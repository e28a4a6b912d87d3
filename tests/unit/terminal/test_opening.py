"""Opening: the right program, away from our terminal, without the key, or an honest sentence."""

from __future__ import annotations

import fcntl
import os
import pty
import subprocess
import sys
import termios
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.unit.terminal.fake_programs import FakeProgram
from wan_tui.terminal.environment import Surroundings
from wan_tui.terminal.opening import Opening, may_open, open_film, open_link

URL = "https://films.example/v.mp4?Expires=1&Signature=x;$(touch%20y)"
DESK = Surroundings(term="xterm", has_display=True)
FAR = Surroundings(term="xterm", over_ssh=True)
KEYS = {"AIMLAPI_API_KEY": "k1", "AIML_API_KEY": "k2", "AIMLAPI_KEY": "k3"}
# Long enough for any machine: the fake programs end at once, and so does the wait for them.


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    return tmp_path / "bin"


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    return folder


def environ(bin_folder: Path) -> dict[str, str]:
    return {"PATH": str(bin_folder), "HOME": "/nowhere", "BROWSER": "w3m", **KEYS}


def link(around: Surroundings, bin_folder: Path, url: str = URL, patience: float = PATIENCE) -> Opening:
    return open_link(url, surroundings=around, environ=environ(bin_folder), patience=patience)


def film(path: Path, films: Path, bin_folder: Path, around: Surroundings = DESK) -> Opening:
    return open_film(path, films=films, surroundings=around, environ=environ(bin_folder), patience=PATIENCE)


def test_desktop_opener_is_detached_and_knows_no_key(bin_folder: Path) -> None:
    """xdg-open leads a session of its own, with null streams and an environment without the key."""
    opener = FakeProgram(bin_folder, "xdg-open")
    assert link(DESK, bin_folder) == Opening("opened", "Opened with xdg-open.")
    report = opener.report
    assert report["argv"] == [URL]
    assert report["leads_session"]
    assert report["null_streams"]
    assert report["environ"]["HOME"] == "/nowhere"
    assert not set(KEYS) & set(report["environ"])
    assert not set(KEYS.values()) & set(report["environ"].values())
    assert "BROWSER" not in report["environ"]


@pytest.mark.parametrize(
    ("platform", "program", "before"),
    [("darwin", "open", []), ("win32", "rundll32", ["url.dll,FileProtocolHandler"])],
)
def test_opener_of_each_system(platform: str, program: str, before: list[str], bin_folder: Path) -> None:
    """macOS and Windows have openers of their own, called by an argument list as well."""
    opener = FakeProgram(bin_folder, program)
    assert link(Surroundings(platform, has_display=True), bin_folder).outcome == "opened"
    assert opener.report["argv"] == [*before, URL]


@pytest.mark.parametrize("around", [FAR, replace(FAR, has_display=True), Surroundings(term="xterm")])
def test_without_local_display_nothing_is_started(around: Surroundings, bin_folder: Path) -> None:
    """Over SSH, with or without a forwarded display, and on a bare machine the answer is "not here"."""
    programs = [FakeProgram(bin_folder, name) for name in ("xdg-open", "w3m", "lynx", "www-browser")]
    assert link(around, bin_folder).outcome == "not here"
    assert not any(program.called for program in programs)


@pytest.mark.parametrize(
    ("browser", "argv"),
    [
        ("helper", [URL]),
        ("helper --new-window", ["--new-window", URL]),
        ("helper --app=%s -x", [f"--app={URL}", "-x"]),
        ("helper %s &", [URL]),
        ("'unclosed:helper", [URL]),
        ("w3m:lynx %s:helper", [URL]),
    ],
)
def test_browser_variable_comes_first(browser: str, argv: list[str], bin_folder: Path) -> None:
    """$BROWSER is honoured even over SSH, with its arguments and %s, and its text browsers passed over."""
    helper = FakeProgram(bin_folder, "helper")
    opener = FakeProgram(bin_folder, "xdg-open")
    text_browsers = [FakeProgram(bin_folder, name) for name in ("w3m", "lynx")]
    for around in (replace(FAR, browser=browser), replace(DESK, browser=browser)):
        assert link(around, bin_folder) == Opening("opened", "Opened with helper.")
        assert helper.report["argv"] == argv
        assert helper.report["leads_session"]
        assert not set(KEYS) & set(helper.report["environ"])
    assert not opener.called
    assert not any(program.called for program in text_browsers)


@pytest.mark.parametrize("name", ["w3m", "lynx", "links", "links2", "elinks", "www-browser", "x-text"])
def test_text_browser_is_never_started(name: str, bin_folder: Path) -> None:
    """Not by its name, not by its path, and not by a link that leads to it."""
    target = FakeProgram(bin_folder, "elinks" if name == "x-text" else name)
    if name == "x-text":
        (bin_folder / name).symlink_to(target.path)
    for browser in (name, f"{name} %s", str(bin_folder / name)):
        assert link(replace(FAR, browser=browser), bin_folder).outcome == "not here"
    assert not target.called
    opener = FakeProgram(bin_folder, "xdg-open")
    assert link(replace(DESK, browser=name), bin_folder).outcome == "opened"
    assert opener.called
    assert not target.called


def test_failing_opener_gives_a_sentence(bin_folder: Path) -> None:
    """A missing program, a broken one and one that ends with an error are each told."""
    assert link(DESK, bin_folder) == Opening("failed", "Not opened: xdg-open is not installed.")
    FakeProgram(bin_folder, "xdg-open", then="sys.exit(3)")
    assert link(DESK, bin_folder) == Opening("failed", "Not opened: xdg-open exited with code 3.")
    (bin_folder / "xdg-open").write_text("#!/nowhere/at/all\n")
    told = link(DESK, bin_folder)
    assert told.outcome == "failed"
    assert "could not be started" in told.sentence
    assert link(replace(FAR, browser="gone"), bin_folder).sentence == "Not opened: gone is not installed."


def test_opener_that_stays_counts_as_opened(bin_folder: Path, tmp_path: Path) -> None:
    """A player in the foreground is not waited for, and leaves no zombie when it ends."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    FakeProgram(bin_folder, "xdg-open", then=f"open({str(gate)!r}).read()")
    assert link(DESK, bin_folder, patience=0.05).outcome == "opened"
    waiting = [thread for thread in threading.enumerate() if thread.name == "opener"]
    assert waiting
    gate.open("w").close()
    for thread in waiting:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_film_names_are_harmless(bin_folder: Path, films: Path, tmp_path: Path) -> None:
    """A name that looks like an option or a command reaches the opener as one absolute path."""
    opener = FakeProgram(bin_folder, "xdg-open")
    for name in ("-rf.mp4", ";$(touch owned).mp4", "a b'\"\n.mp4", "%s.mp4"):
        path = films / name
        path.touch()
        assert film(path, films, bin_folder).outcome == "opened"
        assert opener.report["argv"] == [str(path)]
        assert film(path, films, bin_folder, replace(DESK, browser="xdg-open %s")).outcome == "opened"
        assert opener.report["argv"] == [str(path)]
    assert not list(tmp_path.rglob("owned"))


def test_relative_film_is_made_absolute(
    bin_folder: Path, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path never starts with a dash on its way out."""
    opener = FakeProgram(bin_folder, "xdg-open")
    (films / "-x.mp4").touch()
    monkeypatch.chdir(films)
    assert film(Path("-x.mp4"), films, bin_folder).outcome == "opened"
    assert opener.report["argv"] == [str(films / "-x.mp4")]


def test_only_films_in_their_folder_are_opened(bin_folder: Path, films: Path, tmp_path: Path) -> None:
    """Missing files, folders, and whatever lies or leads outside are refused; nothing is started."""
    opener = FakeProgram(bin_folder, "xdg-open")
    outside = tmp_path / "films-of-others.mp4"
    outside.touch()
    (films / "way-out.mp4").symlink_to(outside)
    (films / "loop.mp4").symlink_to(films / "loop.mp4")
    (films / "folder.mp4").mkdir()
    bad = ["gone.mp4", "way-out.mp4", "loop.mp4", "folder.mp4", ".", "../films-of-others.mp4", "nul\0.mp4"]
    for name in bad:
        assert film(films / name, films, bin_folder).outcome == "refused", name
    assert film(outside, films, bin_folder).outcome == "refused"
    assert not opener.called


def test_film_without_display_is_not_here(bin_folder: Path, films: Path) -> None:
    """Over SSH the film is left to the player on the screen."""
    (films / "a.mp4").touch()
    assert film(films / "a.mp4", films, bin_folder, FAR).outcome == "not here"


@pytest.mark.parametrize(
    "url",
    [
        "http://films.example/v.mp4",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///v.mp4",
        "-https://films.example/",
        "https://films.example/a b",
        "https://films.example/\x1b]52;c;eA==\x07",
        "https://films.example/\n",
        "https://user@films.example/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[oops/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://nas.local/",
        "http://localhost/",
        "",
    ],
)
def test_bad_links_are_refused(url: str, bin_folder: Path) -> None:
    """Only https to a public host is handed on."""
    opener = FakeProgram(bin_folder, "xdg-open")
    assert link(DESK, bin_folder, url).outcome == "refused"
    assert not opener.called


def test_loopback_links_when_told() -> None:
    """The simulator's films live on loopback: allowed when told, and nothing else with it."""
    for url in ("http://127.0.0.1:8123/v.mp4", "http://localhost:1/", "http://[::1]:1/"):
        assert may_open(url, allow_loopback=True)
    for url in ("http://films.example/", "http://10.0.0.1/", "http://127.0.0.1.example/"):
        assert not may_open(url, allow_loopback=True)


def test_opened_program_cannot_reach_our_terminal(bin_folder: Path) -> None:
    """Even from a program that owns its terminal, the opened one has none, and nothing is written on it."""
    browser = FakeProgram(bin_folder, "helper", then="print('scribble'); print('scribble', file=sys.stderr)")
    code = (
        "import sys; from wan_tui.terminal.environment import Surroundings;"
        "from wan_tui.terminal.opening import open_link;"
        f"sys.exit(open_link({URL!r}, surroundings=Surroundings(browser='helper'),"
        f" environ={environ(bin_folder)!r}, patience=60).outcome != 'opened')"
    )
    far, near = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {code}"],
        stdin=near,
        stdout=near,
        stderr=near,
        start_new_session=True,
    ) as process:
        assert process.wait(PATIENCE) == 0
    waiting = fcntl.ioctl(far, termios.FIONREAD, bytes(4))
    os.close(near)
    os.close(far)
    assert waiting == bytes(4)
    assert browser.report["terminal"] is False
    assert browser.report["leads_session"]
