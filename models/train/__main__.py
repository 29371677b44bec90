"""``python -m models.train``: sets the threads of the numeric libraries before they load, then trains."""

import os

# Small matrix products in numpy are five times slower when OpenBLAS wakes a thread per core for each of them.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from models.train.command import main  # noqa: E402 - the environment comes first

if __name__ == "__main__":
    main()
