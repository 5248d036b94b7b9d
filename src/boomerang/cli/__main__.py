"""`python -m boomerang.cli` is `boomerang`."""

from boomerang.cli import main

main()
