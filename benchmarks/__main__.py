"""`python -m benchmarks [NAME…]`: every comparison, or the named ones, as tables in Markdown.

Everything runs on one thread unless the comparison is about threads. PyTorch (2.13.0) and
scikit-learn take part where they are installed.
"""

from __future__ import annotations

import os
import sys

# Before numpy is loaded: BLAS reads it once.
if "threads" not in sys.argv[1:]:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from . import machine
from .comparisons import COMPARISONS


def main() -> None:
    """Run what the command line names."""
    names = sys.argv[1:] or [name for name in COMPARISONS if name != "threads"]
    unknown = [name for name in names if name not in COMPARISONS]
    if unknown:
        sys.exit(f"no comparison is called {unknown[0]}; there are {', '.join(COMPARISONS)}")
    print("## The machine\n")
    for line in machine.limits():
        print(f"- {line}")
    for name in names:
        print(f"\n## {name}: {COMPARISONS[name].__doc__}\n", flush=True)
        for line in COMPARISONS[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main()
