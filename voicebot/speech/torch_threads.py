"""How many threads torch takes for one operation."""

from __future__ import annotations

import threading

import torch

_HERE = threading.local()


def use_one_thread() -> None:
    """Have torch compute in the calling thread alone; cheap after the first time.

    OpenMP keeps the number of each thread apart, so a setting made where a model is loaded does not hold
    where it runs. There each of our small operations would wait for a second thread, which a busy machine
    runs when it likes: 29 ms at the median for a voice detection that takes 1 ms alone.
    """
    if not getattr(_HERE, "set", False):
        torch.set_num_threads(1)
        _HERE.set = True
