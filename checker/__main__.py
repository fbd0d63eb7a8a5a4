"""`python -m checker`: the same as the console script."""

from checker.cli import main

main()
