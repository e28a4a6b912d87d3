"""The program's own themes: dark, light, and one for terminals with 16 colours. Textual's are there as well."""

from __future__ import annotations

from collections.abc import Collection

from textual.theme import Theme

# Backgrounds that are hardly coloured become greys of the same light where there are 256 colours; others become other
# colours, on which no text can be read.

DARK = Theme(
    name="wan-dark",
    primary="#7AA2D6",
    secondary="#8C7BB8",
    accent="#E0A458",
    foreground="#D5D9E0",
    background="#14171C",
    surface="#1E2126",
    panel="#282B31",
    success="#7FB685",
    warning="#DDB15A",
    error="#D9736B",
    dark=True,
    variables={
        "border": "#7AA2D6",
        "border-blurred": "#3A414D",
        "text-muted": "#8B93A1",
        "text-disabled": "#7A8391",
        "warning-muted": "#38342E",
        "error-muted": "#3D3232",
        "block-cursor-blurred-background": "#303338",
        "scrollbar": "#3A414D",
        "scrollbar-hover": "#4C5563",
        "scrollbar-active": "#7AA2D6",
        "scrollbar-background": "#1E2126",
        "scrollbar-background-hover": "#1E2126",
        "scrollbar-background-active": "#1E2126",
    },
)
LIGHT = Theme(
    name="wan-light",
    primary="#2F5F9E",
    secondary="#6A559E",
    accent="#A8641A",
    foreground="#262B33",
    background="#F5F4F2",
    surface="#EAE8E4",
    panel="#DEDAD0",
    success="#3E7A47",
    warning="#94690C",
    error="#AE3B33",
    dark=False,
    variables={
        "border": "#2F5F9E",
        "border-blurred": "#C3BDB0",
        "text-muted": "#6E6A62",
        "text-disabled": "#7F7A6E",
        "block-cursor-blurred-background": "#D0CCC4",
        "scrollbar": "#C3BDB0",
        "scrollbar-hover": "#ABA497",
        "scrollbar-active": "#2F5F9E",
        "scrollbar-background": "#EAE8E4",
        "scrollbar-background-hover": "#EAE8E4",
        "scrollbar-background-active": "#EAE8E4",
    },
)
SIXTEEN = Theme(
    name="wan-16",
    primary="#00AAAA",
    secondary="#00AAAA",
    accent="#FFFF55",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#0000AA",
    success="#55FF55",
    warning="#FFFF55",
    error="#FF5555",
    dark=True,
    variables={
        "text": "#FFFFFF",
        "text-primary": "#55FFFF",
        "text-secondary": "#55FFFF",
        "text-accent": "#FFFF55",
        "text-success": "#55FF55",
        "text-warning": "#FFFF55",
        "text-error": "#FF5555",
        "text-muted": "#AAAAAA",
        "text-disabled": "#AAAAAA",
        "foreground-muted": "#AAAAAA",
        "foreground-disabled": "#AAAAAA",
        "primary-muted": "#000000",
        "success-muted": "#000000",
        "warning-muted": "#000000",
        "error-muted": "#000000",
        "border": "#55FFFF",
        "border-blurred": "#AAAAAA",
        "block-cursor-foreground": "#000000",
        "block-cursor-background": "#00AAAA",
        "block-cursor-blurred-foreground": "#FFFFFF",
        "block-cursor-blurred-background": "#0000AA",
        "block-cursor-text-style": "none",
        "button-focus-text-style": "reverse",
        "block-hover-background": "#0000AA",
        "button-color-foreground": "#000000",
        "button-foreground": "#FFFFFF",
        "input-selection-background": "#0000AA",
        "input-cursor-background": "#AAAAAA",
        "input-cursor-foreground": "#000000",
        "screen-selection-background": "#0000AA",
        "scrollbar": "#AAAAAA",
        "scrollbar-hover": "#FFFFFF",
        "scrollbar-active": "#55FFFF",
        "scrollbar-background": "#000000",
        "scrollbar-background-hover": "#000000",
        "scrollbar-background-active": "#000000",
        "scrollbar-corner-color": "#000000",
    },
)
"""Made of colours that every such terminal has, so that none is taken for another one: only bright ones for text,
only dark ones under it, and no blue or red to be read. Dark text is never bold: the terminals draw that in grey.
"""
OWN = (DARK, LIGHT, SIXTEEN)


def choose(
    wished: str | None,
    environment: str | None,
    known: Collection[str],
    *,
    few_colours: bool = False,
    light: bool = False,
) -> tuple[str, str | None]:
    """The theme to use, and a sentence where the wished one does not exist.

    ``wished`` is what the config file says, ``environment`` what TEXTUAL_THEME says. ``few_colours``: the terminal has
    no more than 16. ``light``: its background is light.
    """
    default = SIXTEEN.name if few_colours else LIGHT.name if light else DARK.name
    for name in (wished, environment):
        if name and name in known:
            return name, None
        if name:
            return (
                default,
                f"Unknown theme “{name}”; using {default}. ctrl+p, Theme lists all of them.",
            )
    return default, None
