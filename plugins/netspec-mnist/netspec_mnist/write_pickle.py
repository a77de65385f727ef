"""Write the lecture's `mnist.pkl.gz` from the database: `python -m netspec_mnist.write_pickle OUT`.

The first 50 000 samples of the training files are for training, the last 10 000 for validation; the
bytes are divided by 256. The file is the same each time.
"""

from __future__ import annotations

import argparse
import gzip
import pickle
from pathlib import Path

import numpy as np

from netspec import Array, read_idx

from .mnist import bundled

__all__ = ["main", "write_pickle"]

_TRAINING = 50_000


def write_pickle(out: Path) -> None:
    """A gzipped pickle of three pairs: pictures, float32 `(N, 784)`, and labels, int64 `(N,)`.

    Raises FileExistsError where there is a file of that name.
    """
    pictures, labels = _pair("train")
    parts = (
        (pictures[:_TRAINING], labels[:_TRAINING]),
        (pictures[_TRAINING:], labels[_TRAINING:]),
        _pair("t10k"),
    )
    with out.open("xb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as zipped:
        pickle.dump(parts, zipped, protocol=2)


def _pair(part: str) -> tuple[Array, Array]:
    pictures = read_idx(bundled() / f"{part}-images-idx3-ubyte.gz")
    labels = read_idx(bundled() / f"{part}-labels-idx1-ubyte.gz")
    scaled = pictures.reshape(len(pictures), 784).astype(np.float32) / np.float32(256)
    return scaled, labels.astype(np.int64)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser("python -m netspec_mnist.write_pickle", description=__doc__)
    parser.add_argument("out", type=Path, help="the file to write, such as mnist.pkl.gz")
    write_pickle(parser.parse_args().out)


if __name__ == "__main__":
    main()
