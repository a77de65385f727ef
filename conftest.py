"""What holds for every test: one BLAS thread a process, and no deadline on a busy machine."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import settings

settings.register_profile("netspec", deadline=None, print_blob=True)
settings.load_profile("netspec")
