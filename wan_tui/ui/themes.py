"""The program's two own themes. Textual's are there as well."""

from __future__ import annotations

from collections.abc import Collection

from textual.theme import Theme

DARK = Theme(
    name="wan-dark",
    primary="#7AA2D6",
    secondary="#8C7BB8",
    accent="#E0A458",
    foreground="#D5D9E0",
    background="#14171C",
    surface="#1B1F26",
    panel="#262B34",
    success="#7FB685",
    warning="#DDB15A",
    error="#D9736B",
    dark=True,
    variables={
        "border": "#7AA2D6",
        "border-blurred": "#3A414D",
        "text-muted": "#8B93A1",
        "text-disabled": "#6B7482",
        "scrollbar": "#3A414D",
        "scrollbar-hover": "#4C5563",
        "scrollbar-active": "#7AA2D6",
        "scrollbar-background": "#1B1F26",
        "scrollbar-background-hover": "#1B1F26",
        "scrollbar-background-active": "#1B1F26",
    },
)
LIGHT = Theme(
    name="wan-light",
    primary="#2F5F9E",
    secondary="#6A559E",
    accent="#A8641A",
    foreground="#262B33",
    background="#F6F4EF",
    surface="#ECE9E2",
    panel="#DEDAD0",
    success="#3E7A47",
    warning="#94690C",
    error="#AE3B33",
    dark=False,
    variables={
        "border": "#2F5F9E",
        "border-blurred": "#C3BDB0",
        "text-muted": "#6E6A62",
        "text-disabled": "#8F897C",
        "scrollbar": "#C3BDB0",
        "scrollbar-hover": "#ABA497",
        "scrollbar-active": "#2F5F9E",
        "scrollbar-background": "#ECE9E2",
        "scrollbar-background-hover": "#ECE9E2",
        "scrollbar-background-active": "#ECE9E2",
    },
)
OWN = (DARK, LIGHT)


def choose(wished: str | None, environment: str | None, known: Collection[str]) -> tuple[str, str | None]:
    """The theme to use, and a sentence where the wished one does not exist.

    ``wished`` is what the config file says, ``environment`` what TEXTUAL_THEME says.
    """
    for name in (wished, environment):
        if name and name in known:
            return name, None
        if name:
            return (
                DARK.name,
                f"There is no theme “{name}”; {DARK.name} is used. ctrl+p, Theme lists them all.",
            )
    return DARK.name, None
