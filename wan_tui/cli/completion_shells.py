"""Completion scripts for bash, zsh and fish that fix click's own.

bash splits words at colons, so the part before one must not be repeated; zsh and fish append a space after an
incomplete field or folder; and click truncates descriptions at a comma.
"""

from __future__ import annotations

import os

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

_BASH = """\
%(complete_func)s() {
    local line value
    COMPREPLY=()
    while IFS= read -r line; do
        value="${line#*,}"
        COMPREPLY+=("$value")
        case $value in */|*:) compopt -o nospace;; esac
    done < <(env COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a response values open described
    local type key descr
    (( ! $+commands[%(prog_name)s] )) && return 1
    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \\
        %(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")
    for type key descr in ${response}; do
        if [[ "$descr" != "_" ]]; then
            described+=("$key":"$descr")
        elif [[ "$key" == */ || "$key" == *: ]]; then
            open+=("$key")
        else
            values+=("$key")
        fi
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#values )) && compadd -U -V unsorted -a values
    (( $#open )) && compadd -U -V unsorted -S '' -a open
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""
_FISH = """\
function %(complete_func)s
    for completion in (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp | string collect) \\
            COMP_CWORD=(commandline -t | string collect) %(prog_name)s 2>/dev/null)
        string split -m 1 -f 2 "," -- $completion
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Bash(BashComplete):
    source_template = _BASH

    def source(self) -> str:
        """Skip click's check of the installed bash: another one may read the script."""
        return ShellComplete.source(self)

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)[1:]
        incomplete = words.pop() if words and not line[-1:].isspace() else ""
        breaks = os.environ.get("COMP_WORDBREAKS", "")
        self._skipped = incomplete.rfind(":") + 1 if ":" in breaks else 0
        return words, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{item.value[self._skipped :]}"


class _Zsh(ZshComplete):
    source_template = _ZSH


class _Fish(FishComplete):
    source_template = _FISH


def register_shells() -> None:
    """Replace click's completion classes with ours."""
    for completer in (_Bash, _Zsh, _Fish):
        add_completion_class(completer)
