"""A model that does not exist, as a new entry in the parameter table: nothing else knows of it.

``python -m tests.made_up_model …`` is the command line with that one entry added.
"""

from __future__ import annotations

from wan_tui.domain.parameters import MODEL, MODELS, SEED, Dialect, Kind, Model, Parameter

MADE_UP = Model(
    id="acme/dream-2",
    label="Dream 2",
    parameters=(
        MODEL,
        Parameter("prompt", Kind.TEXT, "Dream", "What is dreamt of.", required=True, max_length=30),
        Parameter("mood", Kind.CHOICE, "Mood", "How it feels.", default="calm", choices=("calm", "wild")),
        Parameter(
            "loop",
            Kind.SWITCH,
            "Loop",
            "Let the end meet the beginning.",
            default=True,
            wire={Dialect.UNIVERSAL: "seamless_loop"},
        ),
        Parameter("length", Kind.CHOICE, "Length", "Seconds it lasts.", default=5, choices=(5, 10)),
        Parameter("score", Kind.TEXT, "Score", "Which music it goes with.", max_length=10),
        SEED,
    ),
    dialects=(Dialect.UNIVERSAL,),
)


def main() -> None:
    MODELS[MADE_UP.id] = MADE_UP
    from wan_tui.__main__ import main as command_line

    command_line()


if __name__ == "__main__":
    main()
