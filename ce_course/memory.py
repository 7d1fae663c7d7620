"""How much memory tensors take while code runs: counted, not measured, so the same everywhere.

What an operating system says of a process holds its allocator's habits and never falls; the peak
of a process of its own is measured by `benchmarks/linear_cross_entropy.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def peak_bytes(run: Callable[[], Any]) -> int:
    """The most bytes that tensors made by run() take at one time, backward passes included.

    Views take nothing, nor do tensors that were there before. Looked at is what goes into each of
    PyTorch's operations and comes out: what one holds for a moment inside is not seen. On a CPU.
    """
    from torch import Tensor
    from torch.multiprocessing.reductions import StorageWeakRef
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    alive: dict[int, tuple[StorageWeakRef, int]] = {}
    peak = 0

    def see(values: Any, new: bool) -> None:
        for value in tree_leaves(values):
            if isinstance(value, Tensor):
                storage = value.untyped_storage()
                known = alive.get(storage._cdata)
                if known is None or known[0].expired():
                    alive[storage._cdata] = StorageWeakRef(storage), storage.nbytes() * new

    class Count(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            nonlocal peak
            see((args, kwargs), new=False)
            made = func(*args, **(kwargs or {}))
            for key in [key for key, (storage, _) in alive.items() if storage.expired()]:
                del alive[key]
            see(made, new=True)
            peak = max(peak, sum(size for _, size in alive.values()))
            return made

    with Count():
        run()
    return peak
