"""`python -m netspec` is the command `netspec`."""

from netspec.cli import main

if __name__ == "__main__":
    main()
