"""`python -m ronda` is the `ronda` command."""

from ronda.app.cli import main

if __name__ == "__main__":
    main()
