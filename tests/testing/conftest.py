"""The files beside the tests can be imported by their names, as a pickle of what they hold needs."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
