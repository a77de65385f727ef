"""Documents of older formats, brought to today's: one small file a format, and the index of them.

`format_1.py` would hold `migrate(document)`, which says in format 2 what a document says in format 1;
it takes a copy, and what it gives is validated as every document is.
"""

from netspec.migrations.steps import STEPS, Step, migrated

__all__ = ["STEPS", "Step", "migrated"]
