"""`python -m mendline`: the command line."""

from __future__ import annotations

from mendline.command_line import main

if __name__ == "__main__":
    main()
