"""`completion`: the script that makes a shell complete verbs, runs, gates and the rest."""

from __future__ import annotations

import click

from .manners import Manners
from .verb import verb

__all__ = ["completion"]

# Where each shell looks by itself, and the line that installs it there.
SHELLS = {
    "bash": "detent completion bash > ~/.local/share/bash-completion/completions/detent",
    "zsh": "detent completion zsh > ~/.zfunc/_detent   # with  fpath+=~/.zfunc  before  compinit  in ~/.zshrc",
    "fish": "detent completion fish > ~/.config/fish/completions/detent.fish",
}


@verb(
    "completion",
    examples=(
        ('eval "$(detent completion bash)"', "for this shell"),
        (SHELLS["fish"], "for every fish"),
    ),
    help="Print the script that makes a SHELL (bash, zsh, fish) complete verbs, runs and gates; it says where it goes.",
)
@click.argument("shell", type=click.Choice(list(SHELLS)), metavar="SHELL")
@click.pass_obj
def completion(manners: Manners, shell: str) -> int:
    """Print a completion script."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - help needs no shell

    from .main import COMPLETING, root  # noqa: PLC0415 - it loads this

    made = get_completion_class(shell)
    script = made(root, {}, "detent", COMPLETING).source() if made else ""
    how = f"# For every new {shell}:  mkdir -p the folder, then  {SHELLS[shell]}"
    if manners.json:
        manners.document({"shell": shell, "install": SHELLS[shell], "script": script})
        return 0
    manners.print(f"{script.rstrip()}\n")
    manners.tell(how)
    return 0
