"""The real program, command line and studio, in separate processes with one home folder and one simulator."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from tests.faults.checks import LINK_OF_A_JOB, Aftermath, check, jobs_on_disk
from tests.patience import PATIENCE
from tests.ui.pty_screen import PYTHON, PtyScreen
from wan_tui.domain.job import Job, JobState
from wan_tui.simulator import Simulator
from wan_tui.simulator.accounts import fingerprint

ROOT = Path(__file__).parents[2]
INTERVAL = 0.05
_READY = "● online"
_USERS_WORD = ("held", "maybe_charged")
"""Why an order waits for the user: it is too old by the clock, or the ledger has a charge that no record explains."""


class Program:
    """Starts processes of the program and keeps their output. ``confirmed`` counts the confirmed orders."""

    def __init__(self, home: Path, service: Simulator) -> None:
        self.home = home
        self.service = service
        self.key = f"sk-fault-{home.name}-0123456789"
        self.confirmed = 0
        self.outputs: list[bytes] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        """All processes started, including studios, except those known to have ended."""
        self.settings: dict[str, str] = {}
        """Environment of every process, in addition to home folder and simulator."""
        self.patience = PATIENCE

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "WAN_TUI_HOME": str(self.home),
            "WAN_TUI_POLL_INTERVAL": str(INTERVAL),
            "AIMLAPI_BASE_URL": self.service.base_url,
            "AIMLAPI_API_KEY": self.key,
            **self.settings,
            **more,
        }

    # Processes

    def start(
        self, *arguments: str, before: Sequence[str] = (), **environment: str
    ) -> subprocess.Popen[bytes]:
        """Start a command, prefixed with ``before``; end it with ``collect``."""
        if "generate" in arguments:
            self.confirmed += 1
        process = subprocess.Popen(
            [*before, PYTHON, "-m", "wan_tui", *arguments],
            env=self.environment(**environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.processes = [one for one in self.processes if one.returncode is None] + [process]
        return process

    def collect(self, process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
        """Wait for the process; return exit code, stdout and stderr."""
        try:
            out, err = process.communicate(timeout=self.patience)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        self.outputs += [LINK_OF_A_JOB.sub(b"", out), err]  # in stdout a link is a result
        return process.returncode, out.decode(), err.decode()

    def run(self, *arguments: str, before: Sequence[str] = (), **environment: str) -> tuple[int, str, str]:
        """Run a command to completion; return exit code, stdout and stderr."""
        return self.collect(self.start(*arguments, before=before, **environment))

    @contextmanager
    def studio(
        self,
        columns: int = 120,
        rows: int = 40,
        before: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        *,
        marks_pastes: bool = True,
        **more: str,
    ) -> Iterator[PtyScreen]:
        """The studio in a terminal of its own, prefixed with ``before``; killed at the end if it is still running."""
        command = [*before, PYTHON, "-m", "wan_tui"]
        environ = self.environment(**(environment or {}), **more)
        with PtyScreen(command, columns, rows, environ, marks_pastes=marks_pastes) as screen:
            self.processes.append(screen.process)
            try:
                yield screen
            finally:
                self.outputs.append(bytes(screen.raw))

    def order_in(
        self,
        studio: PtyScreen,
        prompt: str,
        ready: str = _READY,
        *,
        keys: str = "\n",
        patience: float = PATIENCE,
    ) -> None:
        """Wait for the form, type an order into it and place it. The line break is sent separately, since it would
        otherwise be taken for part of a paste. ``keys`` place it. ``patience``: maximum seconds for each wait.
        """
        studio.until(lambda: ready in studio.text(), patience)
        studio.press(prompt)
        studio.until(lambda: prompt in studio.text(), patience)
        self.confirmed += 1
        studio.press(keys)

    def forget_draft(self) -> None:
        """Make the next studio start with an empty form."""
        (self.home / "state" / "draft.json").unlink(missing_ok=True)

    def settle(self) -> None:
        """Run sync, as restarts would, until nothing is pending except orders in doubt that never arrived, and unsent
        orders that wait for the user. Whether any of these may remain is for the caller to check.
        """
        end = time.monotonic() + self.patience
        while going := self.going_on(self.jobs()):
            assert time.monotonic() < end, [(job.id, job.state, job.problem) for job in going]
            code, out, err = self.run("sync")
            # 1: something still blocks a job, and it says what.
            assert code == 0 or (code == 1 and err and "Traceback" not in err), (code, out, err)

    # What is left

    def till(self) -> list[Mapping[str, Any]]:
        """The orders that the service accepted from this home folder, oldest first."""
        orders = cast("list[Mapping[str, Any]]", self.service.till()["orders"])
        return [order for order in orders if order["key_fingerprint"] == fingerprint(self.key)]

    def taken(self) -> set[str]:
        """Ids of the jobs whose order the service accepted: a client id starts with the job's id."""
        return {str(order["client_request_id"]).partition(".")[0] for order in self.till()}

    def going_on(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that should progress automatically: not those that wait for the user, nor those in doubt because
        they were killed while sending and never arrived, which no lookup can prove.
        """
        taken = self.taken()
        return [job for job in jobs if job.pending and (job.id in taken or not (in_doubt(job) or held(job)))]

    def jobs(self) -> list[Job]:
        """The jobs on disk, as another process would read them."""
        return jobs_on_disk(self.home)

    def films(self) -> list[Path]:
        return sorted((self.home / "films").glob("*.mp4"))

    def film_requests(self) -> list[str]:
        """Paths of all requests for films, by any process."""
        return [seen.path for seen in self.service.requests if seen.origin == "films"]

    def polls(self) -> list[str]:
        """Queries of all polls, by any process."""
        return [
            seen.query for seen in self.service.requests if seen.method == "GET" and "/video" in seen.path
        ]

    def checked(self) -> list[Job]:
        """Run the six checks except that of the terminal, after a recovery if needed; return the jobs on disk."""
        jobs = self.jobs()
        taken = [str(order["generation_id"]) for order in self.till() if order["charged"]]
        if set(taken) - {generation_id for job in jobs for generation_id in job.generation_ids}:
            self.settle()
        return check(
            Aftermath(
                home=self.home,
                till=taken,
                confirmed=self.confirmed,
                key=self.key,
                secrets=[query for job in jobs if (query := urlsplit(job.video_url or "").query)],
                outputs=self.outputs,
                foreign=self._bytes_to_film_host(),
            )
        )

    def _bytes_to_film_host(self) -> bytes:
        seen = [seen for seen in self.service.requests if seen.origin == "films"]
        return b"\n".join(repr((one.query, one.headers, one.body)).encode() for one in seen)


def ended_by_kill(code: int) -> bool:
    return code == -signal.SIGKILL


def in_doubt(job: Job) -> bool:
    return job.state is JobState.UNCONFIRMED


def held(job: Job) -> bool:
    """Whether it was not sent and waits for the user, rather than being sent automatically at the next start."""
    return job.state is JobState.WAITING and job.problem is not None and job.problem.code in _USERS_WORD
