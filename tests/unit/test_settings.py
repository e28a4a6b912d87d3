"""Settings: flags over environment over file over defaults; a key goes to no host that is not trusted."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wan_tui.domain.errors import KeyNotPrivate, SettingsError, SpendingOff
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.secret import ApiKey
from wan_tui.settings import Paths, Settings, load, store_key
from wan_tui.settings.destination import OFFICIAL_URL, checked_url
from wan_tui.settings.paths import find_paths

KEY, OTHER = "k-0123456789-first", "k-9876543210-second"
LOCAL = "http://127.0.0.1:8484"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "all"


def read(root: Path, file: str | None = None, **variables: str) -> Settings:
    """The settings with ``file`` as config.toml and nothing in the environment but ``variables``."""
    return load(environment(root, file, **variables))


def environment(root: Path, file: str | None = None, **variables: str) -> dict[str, str]:
    if file is not None:
        (root / "config").mkdir(parents=True, exist_ok=True)
        (root / "config" / "config.toml").write_text(file, encoding="utf-8")
    return {"WAN_TUI_HOME": str(root), **variables}


# Where things come from


def test_without_anything_the_defaults_hold_and_nothing_is_made(root: Path) -> None:
    """The official service, the vendor's dialect, no key; reading settings writes nothing."""
    settings = read(root)
    assert settings == Settings(paths=find_paths({"WAN_TUI_HOME": str(root)}))
    assert (settings.base_url, settings.dialect, settings.key) == (OFFICIAL_URL, Dialect.VENDOR, None)
    assert not root.exists()


def test_the_file_is_over_the_defaults(root: Path) -> None:
    """Everything that can be set in it."""
    settings = read(
        root,
        """
        base_url = "http://localhost:1234/"
        endpoint = "universal"
        poll_interval = 2
        films_folder = "~/my films"
        theme = "nord"
        player = "mpv"
        keys = { "order" = "f5" }
        notices = { bell = true, title = false }
        terminal = { kitty = false }
        """,
    )
    assert settings.warnings == ()
    assert (settings.base_url, settings.dialect) == ("http://localhost:1234", Dialect.UNIVERSAL)
    assert settings.poll_interval == 2.0
    assert settings.paths.films == Path.home() / "my films"
    assert (settings.theme, settings.player, settings.keys) == ("nord", "mpv", {"order": "f5"})
    assert (settings.notices.bell, settings.notices.title, settings.notices.desktop) == (True, False, True)
    assert settings.probe == {"kitty": False}


def test_variables_are_over_the_file_and_flags_over_all(root: Path) -> None:
    """Each level in turn."""
    environ = environment(
        root, 'base_url = "https://file.example"\nendpoint = "universal"\npoll_interval = 2'
    )
    assert load(environ).base_url == "https://file.example"
    environ |= {"AIMLAPI_BASE_URL": "https://variable.example", "WAN_TUI_POLL_INTERVAL": "3"}
    assert (load(environ).base_url, load(environ).poll_interval) == ("https://variable.example", 3.0)
    flags = load(environ, base_url="https://flag.example", endpoint="vendor")
    assert (flags.base_url, flags.dialect) == ("https://flag.example", Dialect.VENDOR)
    environ |= {"WAN_TUI_POLL_INTERVAL": ""}
    assert load(environ).poll_interval == 2.0


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("colour = 1", "unknown setting “colour”"),
        ('"\\u001b[31m" = 1', "unknown setting “[31m”"),
        ("theme = 7", "theme must be text"),
        ("films_folder = []", "films_folder must be text"),
        ("older_films_folders = [1]", "older_films_folders must be a list of strings"),
        ('poll_interval = "often"', "poll_interval must be a number"),
        ("keys = 7", "keys must be a table"),
        ("keys = { order = 7 }", "keys.order must be text"),
        ("notices = { bell = 1 }", "notices.bell is not one of"),
        ("notices = { smoke = true }", "notices.smoke is not one of"),
        ("terminal = true", "terminal must be a table"),
    ],
)
def test_what_cannot_be_used_is_reported_and_passed_over(root: Path, file: str, told: str) -> None:
    """One clean warning; everything else is as if it were not there."""
    settings = read(root, file)
    [warning] = settings.warnings
    assert told in warning
    assert "\x1b" not in warning
    assert settings == Settings(paths=settings.paths, warnings=(warning,))
    assert settings.paths == read(root, "").paths


UNUSABLE = ["0", "-1", "nan", "inf", "-inf", "1e9", "0.005", "3600.5", "1" + "0" * 400]


@pytest.mark.parametrize("number", [*UNUSABLE, "soon", "0x1", " "])
def test_an_unusable_interval_in_a_variable_is_an_error(root: Path, number: str) -> None:
    """Whoever sets it for this one run wants to know, with what would do and what holds without it."""
    with pytest.raises(SettingsError) as error:
        read(root, WAN_TUI_POLL_INTERVAL=number)
    assert error.value.message == (
        "WAN_TUI_POLL_INTERVAL must be a number of seconds from 0.01 to 3600; the default is 10"
    )


@pytest.mark.parametrize("value", [*UNUSABLE, '"soon"', '""', "true", "[1]"])
def test_an_unusable_interval_in_the_file_is_told_in_the_same_words(root: Path, value: str) -> None:
    """And the default holds."""
    settings = read(root, f"poll_interval = {value}")
    assert settings.poll_interval == 10.0
    assert settings.warnings == (
        "config.toml: poll_interval must be a number of seconds from 0.01 to 3600; using the default, 10",
    )


@pytest.mark.parametrize("number", ["0.01", "3600", "1e1"])
def test_what_the_sentence_allows_is_taken(root: Path, number: str) -> None:
    """Its limits among them: in a variable as in the file; a variable that is empty is none."""
    assert read(root, WAN_TUI_POLL_INTERVAL=number).poll_interval == float(number)
    assert read(root, f"poll_interval = {number}", WAN_TUI_POLL_INTERVAL="").poll_interval == float(number)


def test_an_unknown_endpoint_as_a_flag_is_an_error(root: Path) -> None:
    """It names what there is."""
    with pytest.raises(SettingsError, match="vendor, universal"):
        load(environment(root), endpoint="seaside")


# The service's address


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://api.aimlapi.com/", "https://api.aimlapi.com"),
        (" https://proxy.example:8443/aiml/ ", "https://proxy.example:8443/aiml"),
        ("http://127.0.0.1:8484", "http://127.0.0.1:8484"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:9", "http://[::1]:9"),
        ("http://127.0.0.2", "http://127.0.0.2"),
    ],
)
def test_usable_addresses(given: str, used: str) -> None:
    """https anywhere, plain http on this machine."""
    assert checked_url(given) == used


@pytest.mark.parametrize(
    "url",
    [
        "http://api.aimlapi.com",
        "http://192.168.1.5:8484",
        "http://127.0.0.1.evil.example",
        "http://a.localhost",
        "http://localhost@evil.example",
        "https://user:secret@api.example",
        "https://api.example?key=1",
        "https://api.example:99999",
        "https://api.example:0",
        "https://[::1",
        "https://",
        "ftp://api.example",
        "api.aimlapi.com",
        "javascript:alert(1)",
        "\x1b]52;c;eA==\x07",
    ],
)
def test_unusable_addresses_are_refused_in_a_clean_sentence(root: Path, url: str) -> None:
    """From a flag, a variable or the file: the official service is not taken instead, for it costs money."""
    with pytest.raises(SpendingOff) as error:
        load(environment(root), base_url=url)
    places: list[Callable[[], Settings]] = [
        lambda: read(root, AIMLAPI_BASE_URL=url),
        lambda: read(root, f"base_url = {json.dumps(url)}"),
    ]
    for why in (error.value, *(settings().spending_off for settings in places)):
        assert why is not None
        assert "\x1b" not in why.message
        assert "AIMLAPI_BASE_URL" in why.next_step


# The key


@pytest.mark.parametrize(
    ("variables", "source"),
    [
        (("AIMLAPI_API_KEY", "AIML_API_KEY", "AIMLAPI_KEY"), "AIMLAPI_API_KEY"),
        (("AIML_API_KEY", "AIMLAPI_KEY"), "AIML_API_KEY"),
        (("AIMLAPI_KEY",), "AIMLAPI_KEY"),
    ],
)
def test_the_first_of_the_keys_variables_counts(root: Path, variables: tuple[str, ...], source: str) -> None:
    """In the order of the manual; the key file comes last."""
    store_key(find_paths({"WAN_TUI_HOME": str(root)}), ApiKey(OTHER))
    settings = read(root, **dict.fromkeys(variables, KEY))
    assert (settings.key, settings.key_source, settings.warnings) == (ApiKey(KEY), source, ())


def test_differing_keys_are_told(root: Path) -> None:
    """By the names of their variables, never by what they hold."""
    settings = read(root, AIMLAPI_KEY=OTHER, AIML_API_KEY=KEY)
    assert settings.key == ApiKey(KEY)
    assert settings.warnings == ("AIML_API_KEY and AIMLAPI_KEY have different keys; using AIML_API_KEY.",)


def test_a_variable_without_a_usable_key_is_told_and_the_file_is_read(root: Path) -> None:
    """A slip in the shell does not lock one out, and is not repeated."""
    store_key(find_paths({"WAN_TUI_HOME": str(root)}), ApiKey(OTHER))
    settings = read(root, AIMLAPI_API_KEY="has blanks in it")
    assert settings.key == ApiKey(OTHER)
    [warning] = settings.warnings
    assert warning.startswith("AIMLAPI_API_KEY: Not an API key")
    assert "has blanks in it" not in warning


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_a_stored_key_is_read_again_and_is_nobody_elses(root: Path) -> None:
    """Whatever the umask: file 0600, every folder made for it 0700, nothing left beside it."""
    paths = find_paths({"WAN_TUI_HOME": str(root)})
    store_key(paths, ApiKey(OTHER))
    store_key(paths, ApiKey(KEY))
    assert read(root).key == ApiKey(KEY)
    assert read(root).key_source == str(paths.key_file)
    assert [path.name for path in paths.config.iterdir()] == ["key"]
    assert mode(paths.key_file) == 0o600
    assert {mode(paths.config), mode(root)} == {0o700}


def test_a_key_that_cannot_be_stored_is_an_error_with_a_way_out(root: Path) -> None:
    """Here a file stands where the folder should be; nothing of the key is told."""
    root.mkdir()
    (root / "config").write_text("")
    with pytest.raises(SettingsError, match="could not be stored") as error:
        store_key(find_paths({"WAN_TUI_HOME": str(root)}), ApiKey(KEY))
    assert "AIMLAPI_API_KEY" in error.value.next_step
    assert KEY not in str(error.value)


def test_storing_a_key_does_not_follow_a_link(root: Path, tmp_path: Path) -> None:
    """Whoever could put a link there does not get the key written elsewhere."""
    paths = find_paths({"WAN_TUI_HOME": str(root)})
    target = tmp_path / "target"
    target.write_text("untouched")
    paths.config.mkdir(parents=True)
    for name in ("key", "key.new"):
        (paths.config / name).symlink_to(target)
    store_key(paths, ApiKey(KEY))
    assert target.read_text() == "untouched"
    assert not paths.key_file.is_symlink()


def key_file(root: Path) -> Path:
    paths = find_paths({"WAN_TUI_HOME": str(root)})
    store_key(paths, ApiKey(KEY))
    return paths.key_file


@pytest.mark.parametrize("rights", [0o640, 0o604, 0o666, 0o620])
def test_a_key_file_that_others_can_touch_is_not_used(root: Path, rights: int) -> None:
    """It says how to mend it."""
    file = key_file(root)
    file.chmod(rights)
    settings = read(root)
    assert (settings.key, settings.key_source) == (None, None)
    assert settings.warnings == (
        f"The key file is ignored because other users can read it or own it. "
        f"Run: chmod 600 {file} (on a disk without permissions set WAN_TUI_ALLOW_OPEN_KEY=1)",
    )


def test_a_key_file_of_another_user_is_not_used(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their key is not ours."""
    key_file(root)
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    assert read(root).key is None


def test_a_key_file_that_is_a_link_is_not_followed(root: Path, tmp_path: Path) -> None:
    """Wherever it leads."""
    file = key_file(root)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    settings = read(root)
    assert settings.key is None
    assert "cannot be read" in settings.warnings[0]


def test_a_folder_or_nonsense_in_place_of_the_key_file_is_told(root: Path) -> None:
    """The program starts all the same."""
    file = key_file(root)
    file.write_bytes(b"\xff\xfe nonsense")
    assert "it is UTF-16 text" in read(root).warnings[0]
    file.write_bytes(b"two words")
    assert "Not an API key" in read(root).warnings[0]
    file.write_bytes(b"")
    assert read(root).warnings == ()
    file.unlink()
    file.mkdir(mode=0o700)
    assert "cannot be read" in read(root).warnings[0]
    assert read(root).key is None


@pytest.fixture
def no_permissions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk on which everything is open to everybody, whatever is asked for: WSL's, FAT, many shares."""
    real = os.fstat

    def fstat(fd: int) -> os.stat_result:
        facts = real(fd)
        return os.stat_result((facts.st_mode | 0o777, *tuple(facts)[1:]))

    monkeypatch.setattr(os, "fstat", fstat)


@pytest.mark.usefixtures("no_permissions")
def test_a_key_is_not_stored_where_others_can_read_it(root: Path) -> None:
    """Not for a moment; it says what else can be done."""
    paths = find_paths({"WAN_TUI_HOME": str(root)})
    with pytest.raises(KeyNotPrivate) as error:
        store_key(paths, ApiKey(KEY), {})
    assert "WAN_TUI_ALLOW_OPEN_KEY=1" in error.value.next_step
    assert list(paths.config.iterdir()) == []
    for word in ("0", "no", ""):
        with pytest.raises(KeyNotPrivate):
            store_key(paths, ApiKey(KEY), {"WAN_TUI_ALLOW_OPEN_KEY": word})


@pytest.mark.usefixtures("no_permissions")
def test_whoever_says_so_may_keep_the_key_there(root: Path) -> None:
    """Stored and read again, as long as the word stands."""
    paths = find_paths({"WAN_TUI_HOME": str(root)})
    allowed = {"WAN_TUI_ALLOW_OPEN_KEY": "1"}
    store_key(paths, ApiKey(KEY), allowed)
    assert read(root, **allowed).key == ApiKey(KEY)
    assert read(root).key is None
    assert "WAN_TUI_ALLOW_OPEN_KEY=1" in read(root).warnings[0]


@pytest.mark.parametrize("raw", [f"\ufeff{KEY}\r\n".encode(), KEY.encode()])
def test_a_key_file_of_another_editor_is_read(root: Path, raw: bytes) -> None:
    """With a byte order mark, with other line ends, without one at its end."""
    key_file(root).write_bytes(raw)
    assert read(root).key == ApiKey(KEY)


def test_a_pipe_in_place_of_the_key_file_is_not_waited_for(root: Path) -> None:
    """It is told like a folder."""
    file = key_file(root)
    file.unlink()
    os.mkfifo(file, 0o600)
    assert "it is a pipe" in read(root).warnings[0]


# To whom the key is given


@pytest.mark.parametrize("url", [OFFICIAL_URL, LOCAL, "http://localhost:1"])
def test_the_official_service_and_this_machine_get_the_key(root: Path, url: str) -> None:
    """Nothing has to be said for them."""
    settings = read(root, AIMLAPI_API_KEY=KEY, AIMLAPI_BASE_URL=url)
    assert (settings.key, settings.warnings) == (ApiKey(KEY), ())


@pytest.mark.parametrize(
    "url", ["https://evil.example", "https://api.aimlapi.com.evil.example", "https://api.aimlapi.com:444"]
)
def test_no_other_host_gets_the_key(root: Path, url: str) -> None:
    """It says how to trust the host; the key is gone from the settings altogether."""
    settings = read(root, AIMLAPI_API_KEY=KEY, AIMLAPI_BASE_URL=url)
    assert (settings.key, settings.key_source) == (None, None)
    assert settings.warnings[0].endswith(f"set WAN_TUI_TRUST_HOST={settings.host}.")


def test_a_trusted_host_gets_the_key(root: Path) -> None:
    """Trusted by variable or file, by its exact name and port; the variable is over the file."""
    url = {"AIMLAPI_API_KEY": KEY, "AIMLAPI_BASE_URL": "https://proxy.example:8443"}
    assert read(root, **url, WAN_TUI_TRUST_HOST="proxy.example:8443").key == ApiKey(KEY)
    assert read(root, **url, WAN_TUI_TRUST_HOST="proxy.example").key is None
    file = 'trust_host = "proxy.example:8443"'
    assert read(root, file, **url).key == ApiKey(KEY)
    assert read(root, file, **url, WAN_TUI_TRUST_HOST="other.example").key is None


def test_what_settings_show_of_themselves_is_not_the_key(root: Path) -> None:
    """They end up in tracebacks."""
    assert KEY not in repr(read(root, AIMLAPI_API_KEY=KEY))


# Places


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Films", "{config}/Films"),
        ("../Films", "{config}/../Films"),
        ("./a b", "{config}/a b"),
        ("~/Films", "{home}/Films"),
        ("$PLACE/x", "/mnt/big/x"),
        ("${PLACE}x", "/mnt/bigx"),
        ("/abs/./x/", "/abs/x"),
    ],
)
def test_paths_in_the_file_are_the_same_wherever_it_is_started(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str, meant: str
) -> None:
    """Anchored at the file's folder, never at the current one; tilde and variables as in a shell."""
    file = f'films_folder = "{written}"\nolder_films_folders = ["{written}/old"]'
    expected = Path(meant.format(config=root / "config", home=home))
    for folder in (tmp_path, home):
        monkeypatch.chdir(folder)
        paths = read(root, file, PLACE="/mnt/big").paths
        assert (paths.films, paths.older_films[0]) == (expected, expected / "old")


@pytest.mark.parametrize("written", ["$NOWHERE/x", "~nobody-of-that-name/x"])
def test_a_path_that_cannot_be_expanded_is_told_and_passed_over(root: Path, written: str) -> None:
    """No folder of such a name is made."""
    settings = read(root, f'films_folder = "{written}"')
    assert settings.paths == read(root, "").paths
    assert "config.toml: films_folder: " in settings.warnings[0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("mpv", "mpv"),
        ("mpv --fs", "mpv --fs"),
        ("~/bin/x", "{home}/bin/x"),
        ("~/bin/x --title '~/a b'", "{home}/bin/x --title '~/a b'"),
        ("bin/x", "{config}/bin/x"),
        ("$PLACE/x -q", "/mnt/big/x -q"),
        ("'~/my bin/x' -q", "'{home}/my bin/x' -q"),
        ("unclosed '", "unclosed '"),
    ],
)
def test_a_player_written_as_a_path_is_found(root: Path, home: Path, written: str, meant: str) -> None:
    """Its options stay; a bare name is looked for as ever."""
    settings = read(root, f'player = "{written}"', PLACE="/mnt/big")
    assert settings.player == meant.format(config=root / "config", home=home)


@pytest.mark.parametrize("home", [" ", "~nobody-of-that-name/x", "a\0b"])
def test_a_home_that_names_no_folder_is_an_error(home: str) -> None:
    """A sentence, and nothing is kept in a folder of that name."""
    with pytest.raises(SettingsError, match="WAN_TUI_HOME"):
        find_paths({"WAN_TUI_HOME": home})


def test_one_variable_puts_everything_in_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a relative one and one with a tilde."""
    root = Path.home() / "w"
    assert find_paths({"WAN_TUI_HOME": "~/w"}) == Paths(
        root / "config", root / "data", root / "state", root / "films"
    )
    monkeypatch.chdir(tmp_path)
    assert find_paths({"WAN_TUI_HOME": "here"}).data == tmp_path / "here" / "data"


def test_without_it_the_platforms_places_are_taken(home: Path) -> None:
    """All of them in the user's home; films among the videos."""
    paths = find_paths({})
    for path in (paths.config, paths.data, paths.state, paths.films):
        assert path.is_relative_to(home)
        assert "wan-tui" in path.name
    assert len({paths.config, paths.data, paths.state, paths.films}) == 4


def test_the_demo_has_a_library_of_its_own_and_no_real_key(root: Path) -> None:
    """Beside the real one, whatever films folder is set; the config is shared."""
    environ = environment(root, 'films_folder = "/elsewhere"', AIMLAPI_API_KEY=KEY)
    real, demo = load(environ), load(environ, demo=True)
    assert (demo.demo, demo.key) == (True, None)
    assert demo.paths.config == real.paths.config
    for mine, other in (
        (demo.paths.data, real.paths.data),
        (demo.paths.state, real.paths.state),
        (demo.paths.films, real.paths.films),
    ):
        assert mine.is_relative_to(root / "data" / "demo")
        assert mine != other


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_films_in_an_earlier_folder_can_still_be_opened(tmp_path: Path) -> None:
    """Choosing another folder does not orphan what is in the usual one, or in those that are named."""
    environ = environment(
        tmp_path, 'films_folder = "/new"\nolder_films_folders = ["/older"]', AIMLAPI_API_KEY=KEY
    )
    paths = load(environ).paths
    assert paths.films == Path("/new")
    assert paths.older_films == (Path("/older"), find_paths(environ).films)


# Films


def test_which_films_may_come_how(root: Path) -> None:
    """Nothing beyond https and public hosts unless it is said; what cannot be read is told and changes nothing."""
    assert (read(root).allow_plain_http_films, read(root).trust_networks) == (False, ())
    said = read(root, 'allow_plain_http_films = true\ntrust_networks = ["198.18.0.0/15", "fd00::1/8"]')
    assert said.allow_plain_http_films
    assert [str(network) for network in said.trust_networks] == ["198.18.0.0/15", "fd00::/8"]
    wrong = read(root, 'allow_plain_http_films = "yes"\ntrust_networks = ["198.18.0.0/15", "all"]')
    assert (wrong.allow_plain_http_films, len(wrong.trust_networks)) == (False, 1)
    assert ["allow_plain_http_films" in wrong.warnings[0], "trust_networks" in wrong.warnings[1]] == [
        True,
        True,
    ]
