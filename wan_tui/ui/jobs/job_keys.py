"""The keys that act on jobs, the most wanted first: a narrow window shows no more than those."""

from __future__ import annotations

from textual.binding import Binding, BindingType

JOB_KEYS: list[BindingType] = [
    Binding(
        "p",
        "play",
        "Play",
        id="job.play",
        tooltip="Play the film here; two marked side by side; of more, n goes on",
    ),
    Binding("f", "try_now", "Try now", id="job.fetch", tooltip="Fetch a paid film, or try once more now"),
    Binding("t", "stills", "Stills", id="job.stills", show=False, tooltip="The film in six stills"),
    Binding("o", "open", "Open", id="job.open", tooltip="Open the film, or its link, with a program here"),
    Binding("y", "copy", "Copy", id="job.copy", tooltip="Copy link, prompt, file path, id or curl"),
    Binding("e", "edit", "Edit", id="job.edit", tooltip="Bring the parameters back into the form"),
    Binding(
        "r", "again", "Again", id="job.again", tooltip="Order again with the same parameters; asks first"
    ),
    Binding(
        "x",
        "withdraw",
        "Let go",
        id="job.withdraw",
        tooltip="Withdraw (waiting), stop following, follow again",
    ),
    Binding("d", "trash", "Trash", id="job.trash", tooltip="To the trash, or back out of it"),
    Binding("u", "undo", "Undo", id="job.undo", tooltip="Take the last trashing back"),
    Binding(
        "asterisk",
        "star",
        "Star",
        key_display="*",
        id="job.star",
        show=False,
        tooltip="Star it, or no longer",
    ),
    Binding(
        "R",
        "refresh",
        "Refresh",
        id="job.refresh",
        show=False,
        tooltip="Ask the service about everything now",
    ),
]
JOB_ACTIONS = tuple(binding.action for binding in JOB_KEYS if isinstance(binding, Binding))
"""What they do: methods ``action_…`` of the job pane."""
