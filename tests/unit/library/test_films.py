"""Films get names of our own, only when whole, and never over anything that is there."""

from __future__ import annotations

import gzip
import os
import re
import signal
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.library.jobs import make_film, make_job
from tests.unit.library.processes import ROOT
from wan_tui.domain.errors import DiskFull, FilmBusy, FilmError, FilmFolderUnusable, NotAFilm
from wan_tui.domain.job import Job
from wan_tui.library import disk
from wan_tui.library.fault_injection import Plan
from wan_tui.library.film_names import film_name
from wan_tui.library.films import FilmFolder
from wan_tui.library.partfile import Beside

FILM = make_film()
URL = "https://films.example/a/film.mp4?Expires=1&Signature=abc"
JOB = make_job(1, video_url=URL)


@pytest.fixture
def films(tmp_path: Path) -> FilmFolder:
    return FilmFolder(tmp_path / "films")


def fetch(films: FilmFolder, job: Job = JOB, film: bytes = FILM) -> Path:
    """A whole download, as the engine does it."""
    part = films.open_part(job)
    try:
        part.describe(len(film), '"etag"')
        part.write(film[part.offset :])
        path = part.finish(len(film))
    finally:
        part.close()
    films.forget(job)
    return path


def names(films: FilmFolder) -> list[str]:
    return sorted(p.name for p in films.folder.iterdir())


def test_a_film_is_named_by_day_prompt_and_job(films: FilmFolder) -> None:
    """The name tells when it was ordered and what was asked for, and two jobs of one prompt do not clash."""
    path = fetch(films)
    assert re.fullmatch(r"2026-11-22_a-menacing-dragon-number-1_[0-9a-f]{4}\.mp4", path.name)
    assert path.read_bytes() == FILM
    assert names(films) == [path.name]
    assert set(films.sizes()) == {path.name}
    assert film_name(make_job(2, parameters=JOB.parameters)) != film_name(JOB)


@given(
    prompt=st.text(max_size=400) | st.sampled_from(["../../.bashrc", "..", "CON", "-rf", "a" * 300, "\x00"])
)
@settings(max_examples=150, deadline=None)
def test_any_prompt_gives_a_safe_name(prompt: str) -> None:
    """Nothing of the prompt but letters, their marks, digits and hyphens; it is short and never reserved."""
    job = make_job(1, parameters={"prompt": prompt}, id="../../x")
    found = re.fullmatch(r"2026-11-22_(.{1,40})_[0-9a-f]{4}\.mp4", film_name(job))
    assert found
    assert all(char == "-" or unicodedata.category(char)[0] in "LMN" for char in found[1])
    # With all that is put behind it on the way: below what any disk allows, encrypted ones too.
    assert len(f"{film_name(job)}.part.json.tmp".encode()) <= 143


def test_a_film_on_its_way_under_an_older_name_is_found(films: FilmFolder) -> None:
    """Names were chosen by other rules: what came so far is gone on with under the name it has."""
    job = make_job(1, parameters={"prompt": "竹林の中を歩く猫"}, video_url=URL)
    part = films.open_part(job)
    part.describe(len(FILM), '"etag"')
    part.write(FILM[:1000])
    part.close()
    for path in list(films.folder.iterdir()):
        path.rename(path.with_name(path.name.replace("竹林の中を歩く猫", "film")))
    assert fetch(films, job).name == film_name(job).replace("竹林の中を歩く猫", "film")
    assert len(names(films)) == 1


def test_a_download_goes_on_where_it_stopped(films: FilmFolder) -> None:
    """Closed in the middle and opened again: offset, length and validator are still known."""
    part = films.open_part(JOB)
    part.describe(len(FILM), '"etag"')
    part.write(FILM[:1000])
    part.close()
    assert films.sizes() == {}
    part = films.open_part(JOB)
    assert (part.offset, part.total, part.etag) == (1000, len(FILM), '"etag"')
    part.close()
    assert fetch(films).read_bytes() == FILM


def test_a_link_signed_anew_is_the_same_source(films: FilmFolder) -> None:
    """Only the signature changed: go on. Another path: start again. No validator: go on, with bytes to compare."""
    part = films.open_part(JOB)
    part.describe(len(FILM), '"etag"')
    part.write(FILM[:1000])
    part.close()
    anew = make_job(1, video_url=URL.replace("abc", "def"))
    part = films.open_part(anew)
    assert part.offset == 1000
    part.close()
    other = make_job(1, video_url=URL.replace("/a/", "/b/"))
    part = films.open_part(other)
    assert (part.offset, part.etag, part.total) == (0, None, None)
    part.write(FILM[:500])
    part.close()
    part = films.open_part(other)
    assert (part.offset, part.resume_at) == (500, 250)
    assert part.same(FILM[250:500], 250) == 250
    assert part.same(FILM[250:300] + b"other", 250) == 50
    part.close()


def test_validators_that_do_not_hold(films: FilmFolder) -> None:
    """Known over runs: no validator is asked by, some bytes are compared; of another film they may hold."""
    part = films.open_part(JOB)
    part.describe(len(FILM), '"etag"')
    part.write(FILM[:1000])
    part.close()
    part = films.open_part(JOB)
    assert (part.etag, part.resume_at) == ('"etag"', 500)
    part.go_by_bytes()
    part.close()
    part = films.open_part(JOB)
    assert (part.etag, part.modified, part.resume_at) == (None, None, 500)
    part.restart(at=300)
    part.describe(len(FILM), '"other"')
    assert (part.offset, part.etag, part.path.read_bytes()) == (300, '"other"', FILM[:300])
    part.close()


def test_a_wrapping_is_not_gone_on_with_by_its_validator_alone(films: FilmFolder) -> None:
    """It may be made anew in every answer: some bytes of it are compared."""
    part = films.open_part(JOB)
    part.describe(None, '"etag"')
    part.write(gzip.compress(FILM)[:1000])
    part.close()
    part = films.open_part(JOB)
    assert (part.etag, part.resume_at) == ('"etag"', 500)
    part.close()


def test_no_signature_is_kept(films: FilmFolder) -> None:
    """The record beside the part tells nothing by which the film could be fetched."""
    films.open_part(JOB).close()
    [record] = films.folder.glob("*.json")
    assert "Signature" not in record.read_text()
    assert "example" not in record.read_text()


def test_nothing_is_ever_overwritten(films: FilmFolder) -> None:
    """A file of the user's under our name, before or during the download: ours gets the next free name."""
    films.folder.mkdir()
    mine = films.folder / film_name(JOB)
    mine.write_text("mine")
    part = films.open_part(JOB)
    assert part.target.name == f"{mine.stem}-2.mp4"
    part.target.write_text("mine too")
    part.write(FILM)
    path = part.finish(len(FILM))
    part.close()
    assert path.read_bytes() == FILM
    assert mine.read_text() == "mine"
    assert (films.folder / f"{mine.stem}-2.mp4").read_text() == "mine too"
    assert films.adopt(JOB) == path


def test_nothing_is_overwritten_without_hard_links(films: FilmFolder, faults: Callable[[str], Plan]) -> None:
    """On a file system without second names the name is held by a file of our own first."""
    part = films.open_part(JOB)
    part.target.write_text("mine")
    part.write(FILM)
    faults("link:1+:EPERM")
    path = part.finish(len(FILM))
    part.close()
    assert path.read_bytes() == FILM
    assert path.name.endswith("-2.mp4")
    assert part.target.read_text() == "mine"


def test_links_are_not_followed(films: FilmFolder, tmp_path: Path) -> None:
    """A symbolic link in place of the film or of its part leads nowhere."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    films.folder.mkdir()
    (films.folder / film_name(JOB)).symlink_to(victim)
    path = fetch(films)
    assert path.name.endswith("-2.mp4")
    part = films.open_part(JOB)
    part.close()
    part.path.unlink()
    part.path.symlink_to(victim)
    with pytest.raises(FilmFolderUnusable, match="symbolic link"):
        films.open_part(JOB)
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("content", [b"", b"<html>processing</html>", FILM[:-1]])
def test_only_whole_films_get_a_name(films: FilmFolder, content: bytes) -> None:
    """A page, a cut or a wrong length is refused; it can be fetched anew, or kept for a look by hand."""
    part = films.open_part(JOB)
    part.write(content)
    with pytest.raises(NotAFilm):
        part.finish(None)
    with pytest.raises(NotAFilm):
        part.finish(len(FILM))
    assert films.sizes() == {}
    broken = part.keep_broken()
    part.close()
    assert (broken is None) == (content == b"")
    if broken is not None:
        assert broken.name.endswith(".mp4.broken")
        assert broken.read_bytes() == content
    assert names(films) == ([broken.name] if broken else [])
    assert fetch(films).read_bytes() == FILM


def test_a_restart_begins_at_the_first_byte(films: FilmFolder) -> None:
    """After a body that was not the film, the whole film comes in its place."""
    part = films.open_part(JOB)
    part.write(b"<html>")
    part.restart()
    assert part.offset == 0
    part.write(FILM)
    assert part.finish(len(FILM)).read_bytes() == FILM
    part.close()


def test_what_is_added_at_the_end_must_leave_a_film(films: FilmFolder) -> None:
    """A recipe written into the film is kept if the film is whole with it, and cut off if not."""

    def append(junk: bytes) -> Callable[[Path], None]:
        def add(path: Path) -> None:
            with path.open("ab") as file:
                file.write(junk)

        return add

    def fail(path: Path) -> None:
        append(b"half")(path)
        raise OSError("disk")

    good = b"\x00\x00\x00\x0cfree\x01\x02\x03\x04"
    for finish_film, expected in ((append(good), FILM + good), (append(b"junk"), FILM), (fail, FILM)):
        part = films.open_part(JOB)
        part.write(FILM)
        path = part.finish(len(FILM), finish_film)
        part.close()
        assert path.read_bytes() == expected
        assert films.adopt(JOB) == path
        path.unlink()
        films.forget(JOB)


def test_a_full_disk_keeps_what_came(films: FilmFolder, faults: Callable[[str], Plan]) -> None:
    """What fitted stays and counts; when there is room the rest is fetched."""
    part = films.open_part(JOB)
    part.describe(len(FILM), '"etag"')
    faults("write:1:short,write:2:ENOSPC")
    with pytest.raises(DiskFull, match="the disk is full"):
        part.write(FILM[:1000])
    assert part.offset == 500
    part.close()
    faults("")
    part = films.open_part(JOB)
    assert part.offset == 500
    part.close()
    assert fetch(films).read_bytes() == FILM


def test_a_film_that_will_not_fit_is_not_begun(films: FilmFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room is looked for before the first byte, and some is left to others."""
    monkeypatch.setattr(disk, "free_space", lambda _: 40 << 20)
    part = films.open_part(JOB)
    part.describe(len(FILM), None)
    with pytest.raises(DiskFull):
        part.describe(20 << 20, None)
    part.close()


@pytest.mark.parametrize("kind", ["EROFS", "EACCES"])
def test_a_folder_that_cannot_be_used_says_so(
    films: FilmFolder, faults: Callable[[str], Plan], kind: str
) -> None:
    """Not the film's fault, not ours: the message names the folder and another can be chosen."""
    films.prepare()
    faults(f"open:1+:{kind}")
    with pytest.raises(FilmFolderUnusable) as caught:
        films.open_part(JOB)
    assert str(films.folder) in caught.value.next_step


def test_a_folder_that_is_a_file(films: FilmFolder) -> None:
    """Something else stands where the folder should be."""
    films.folder.write_text("mine")
    with pytest.raises(FilmFolderUnusable, match="folder"):
        films.open_part(JOB)
    assert films.sizes() == {}
    assert films.adopt(JOB) is None


def test_a_folder_removed_meanwhile_is_made_again(films: FilmFolder) -> None:
    """The download in it fails, the next try makes the folder and has the film."""
    part = films.open_part(JOB)
    part.write(FILM)
    for path in films.folder.iterdir():
        path.unlink()
    films.folder.rmdir()
    with pytest.raises(FilmFolderUnusable):
        part.finish(len(FILM))
    part.close()
    assert fetch(films).read_bytes() == FILM


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_films_are_for_this_user_alone(films: FilmFolder) -> None:
    """Whatever the umask."""
    before = os.umask(0)
    try:
        path = fetch(films)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(films.folder.stat().st_mode) == 0o700


def test_a_whole_part_is_adopted(films: FilmFolder) -> None:
    """Killed after the last byte and before the name: no second download is needed."""
    part = films.open_part(JOB)
    part.describe(len(FILM), '"etag"')
    part.write(FILM)
    part.close()
    extra = b"\x00\x00\x00\x0cfree\x01\x02\x03\x04"

    def finish_film(file: Path) -> None:
        file.write_bytes(FILM + extra)

    path = films.adopt(JOB, finish_film)
    assert path is not None
    assert path.read_bytes() == FILM + extra
    films.forget(JOB)
    assert names(films) == [path.name]


def test_a_half_part_is_not_adopted(films: FilmFolder) -> None:
    """Nor one whose length was never told, nor another job's."""
    part = films.open_part(JOB)
    part.write(FILM)
    part.close()
    assert films.adopt(JOB) is None
    part = films.open_part(JOB)
    part.restart()
    part.describe(len(FILM), '"etag"')
    part.write(FILM[:2000])
    part.close()
    assert films.adopt(JOB) is None
    assert films.adopt(make_job(5)) is None


def test_leftovers_are_swept_films_are_not(films: FilmFolder) -> None:
    """Parts of jobs that are done go; those of others, and every film, stay."""
    film = fetch(films)
    waiting, done = make_job(2, video_url=URL), make_job(3, video_url=URL)
    for job in (waiting, done):
        films.open_part(job).close()
    films.sweep(lambda job_id: job_id == done.id)
    left = names(films)
    assert film.name in left
    assert not [name for name in left if name.startswith(film_name(done))]
    assert [name for name in left if name.startswith(film_name(waiting))]


def test_a_part_that_is_being_written_is_not_swept(films: FilmFolder) -> None:
    """The history may say that its job is done: it was set back, or this process is slow."""
    part = films.open_part(JOB)
    part.write(FILM[:2000])
    films.sweep(lambda _: True)
    films.forget(JOB)
    part.write(FILM[2000:])
    path = part.finish(len(FILM))
    assert path.read_bytes() == FILM
    films.forget(JOB)
    assert names(films) == [path.name]


def test_only_the_file_that_was_written_gets_the_name(films: FilmFolder) -> None:
    """Somebody removed the part, and another one lies there now, whole or not: who wrote the first does not name it."""
    part = films.open_part(JOB)
    part.write(FILM)
    part.path.unlink()
    part.path.write_bytes(FILM)
    with pytest.raises(FilmBusy):
        part.finish(len(FILM))
    assert not [name for name in names(films) if name.endswith(".mp4")]
    part.close()


def test_a_missing_film_is_noticed(films: FilmFolder) -> None:
    """Only an ordinary file counts, in our folder or linked from there."""
    path = fetch(films)
    size = path.stat().st_size
    (films.folder / "link.mp4").symlink_to(path)
    (films.folder / "folder.mp4").mkdir()
    os.mkfifo(films.folder / "pipe.mp4")
    assert films.sizes() == {path.name: size, "link.mp4": size}
    assert films.stamp(path.name) == films.stamp("link.mp4") == (size, path.stat().st_mtime_ns)
    path.unlink()
    assert films.sizes() == {}
    assert {films.stamp(name) for name in (path.name, "link.mp4", "folder.mp4", "pipe.mp4")} == {None}


DOWNLOAD = """
import sys, pathlib
from tests.unit.library.test_films import JOB, fetch, FilmFolder
fetch(FilmFolder(pathlib.Path(sys.argv[1])), JOB)
"""


@pytest.mark.parametrize(
    "point", ["film.opened", "film.verified", "film.linked", "film.named", "film.finished"]
)
def test_a_kill_at_each_named_point_leaves_no_half_film(films: FilmFolder, point: str) -> None:
    """Whatever bears a final name is whole; afterwards the film is adopted or fetched, once."""
    ended = subprocess.run(
        [sys.executable, "-c", DOWNLOAD, str(films.folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WAN_TUI_CRASH_AT": point},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    for name in films.sizes():
        assert (films.folder / name).read_bytes() == FILM
    path = films.adopt(JOB) or fetch(films)
    assert (point == "film.opened") == (films.adopt(JOB) is None)
    films.forget(JOB)
    assert names(films) == [path.name]
    assert path.read_bytes() == FILM


@pytest.mark.parametrize(
    "call", ["open", "read", "write", "fsync", "rename", "link", "unlink", "truncate", "mkdir"]
)
@pytest.mark.parametrize("kind", ["ENOSPC", "EIO", "EACCES", "EROFS"])
def test_each_disk_call_fails_once(
    films: FilmFolder, faults: Callable[[str], Plan], call: str, kind: str
) -> None:
    """A domain error with a sentence, nothing but whole films under final names, and the next try has the film."""
    for nth in range(1, 100):
        plan = faults(f"{call}:{nth}:{kind}")
        path = None
        with suppress(FilmError):
            path = fetch(films)
        faults("")
        for name in films.sizes():
            assert (films.folder / name).read_bytes() == FILM
        path = path or films.adopt(JOB) or fetch(films)
        assert path.read_bytes() == FILM
        films.forget(JOB)
        assert names(films) == [path.name], (call, nth)
        path.unlink()
        if not plan.fired:
            break


def test_what_is_kept_beside_a_film(films: FilmFolder) -> None:
    """It goes by the film's final name, never over a file that is there, and is told."""
    for number in range(2):
        part = films.open_part(JOB)
        part.write(FILM)
        path = part.finish(len(FILM), lambda film: Beside(".recipe.json", "{}", "It is signed"))
        assert part.notice == "It is signed"
        films.forget(JOB)
        beside = path.with_name(path.name + ".recipe.json")
        assert (beside.read_text(), path.name.endswith("-2.mp4")) == ("{}", number == 1)
        assert path.read_bytes() == FILM
    assert len(names(films)) == 4


def test_only_one_writes_a_part(films: FilmFolder) -> None:
    """As long as it is open, whoever comes second is told; what was finished meanwhile is found, not fetched again."""
    first = films.open_part(JOB)
    first.write(FILM)
    with pytest.raises(FilmBusy, match="Another wan-tui is fetching"):
        FilmFolder(films.folder).open_part(JOB)
    path = first.finish(len(FILM))
    second = FilmFolder(films.folder).open_part(JOB)
    assert second.named() == path
    second.close()
    films.forget(JOB)
    assert names(films) == [path.name]
