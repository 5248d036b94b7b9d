"""`python -m boomerang.play.process`: the same as `boomerang agent`."""

import sys

from boomerang.cli import cli

if __name__ == "__main__":
    cli(["agent", *sys.argv[1:]], prog_name="boomerang")
