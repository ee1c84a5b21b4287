"""Where the command writes: one console, in which numbers and paths are not coloured."""

from rich.console import Console

console = Console(highlight=False)
