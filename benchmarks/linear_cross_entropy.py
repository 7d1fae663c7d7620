"""Memory and time of the last layer's loss and its gradients, each way in a process of its own.

    python benchmarks/linear_cross_entropy.py                        # V = 50,000 in float32
    python benchmarks/linear_cross_entropy.py --device cuda          # V = 128,256 in bfloat16
    python benchmarks/linear_cross_entropy.py --store                # the table of chapter 12

Memory is the peak beyond the inputs: on a CPU the process's largest resident size (so the allocator
has its say), on a GPU what PyTorch allocated. Time is the median of the calls behind the first: of
the processor on a CPU, of the clock on a GPU. A way that cannot run here has the reason in its row.

`cut-cross-entropy` and `liger-kernel` are no part of the course: what is not installed is not
measured. They are no extra of it either, because the lock holds every extra, and `triton`, which
both import, takes a gigabyte of everybody's disk to run on a GPU. In an environment of your own:

    pip install --no-deps triton==3.9.0 cut-cross-entropy==25.1.1 liger-kernel==0.8.5

On a CPU `cut-cross-entropy` runs with `impl="torch_compile"` and wants a C++ compiler, as
`torch.compile` does; `liger-kernel` runs on a GPU only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "ce_course/resources/results/linear_cross_entropy.csv"
SIZES = {
    "cpu": {"tokens": 2048, "words": 50_000, "width": 256, "dtype": "float32", "chunk": 256},
    "cuda": {"tokens": 8192, "words": 128_256, "width": 4096, "dtype": "bfloat16", "chunk": 1024},
}
WAYS = (
    "F.linear + F.cross_entropy",
    "ours",
    "ours, half the chunk",
    "a loop, left to autograd",
    "a loop with checkpoints",
    "F.linear_cross_entropy, chunks",
    "F.linear_cross_entropy, default options",
    "torch.compile",
    "cut-cross-entropy",
    "liger-kernel",
)
PLAIN = WAYS[0]
TIMEOUT = 600  # seconds for one way


def loss_of(way: str, chunk: int):
    """The loss of (h, W, y) that a way stands for; raises ImportError where it is missing."""
    import torch
    import torch.nn.functional as F
    from torch.utils.checkpoint import checkpoint

    from ce_course.torch_losses import chunked_linear_cross_entropy

    def plain(h, W, y):
        return F.cross_entropy(F.linear(h, W), y)

    def part(h, W, y):
        return F.cross_entropy(F.linear(h, W), y, reduction="sum")

    def loop(part):
        def loss(h, W, y):
            pairs = zip(h.split(chunk), y.split(chunk), strict=True)
            return sum(part(a, W, b) for a, b in pairs) / len(h)

        return loss

    def theirs(options):
        return lambda h, W, y: F.linear_cross_entropy(h, W, y, options=options)

    if way == "ours":
        return lambda h, W, y: chunked_linear_cross_entropy(h, W, y, chunk)
    if way == "ours, half the chunk":
        return lambda h, W, y: chunked_linear_cross_entropy(h, W, y, chunk // 2)
    if way == "a loop, left to autograd":
        return loop(part)
    if way == "a loop with checkpoints":
        return loop(lambda a, W, b: checkpoint(part, a, W, b, use_reentrant=False))
    if way == "F.linear_cross_entropy, chunks":
        return theirs(torch.nn.LinearCrossEntropyOptions(batch_chunk_size=chunk))
    if way == "F.linear_cross_entropy, default options":
        return theirs(torch.nn.LinearCrossEntropyOptions())
    if way == "torch.compile":
        return torch.compile(plain)
    if way == "cut-cross-entropy":
        from cut_cross_entropy import linear_cross_entropy

        impl = "cce" if torch.cuda.is_available() else "torch_compile"
        return lambda h, W, y: linear_cross_entropy(h, W, y, impl=impl)
    if way == "liger-kernel":
        from liger_kernel.transformers.functional import liger_fused_linear_cross_entropy

        if not torch.cuda.is_available():
            raise RuntimeError("it runs on a GPU only")
        return lambda h, W, y: liger_fused_linear_cross_entropy(h, W, y)
    return plain


def resident_peak() -> int:
    """The largest resident size of this process so far, in bytes."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measure(way: str, device: str, calls: int, sizes: dict) -> dict:
    """One way, in this process: peak bytes, seconds, and the loss."""
    import psutil
    import torch

    torch.set_num_threads(sizes["threads"])
    generator = torch.Generator().manual_seed(0)
    dtype = getattr(torch, sizes["dtype"])

    def drawn(*shape):
        x = torch.randn(*shape, generator=generator).mul_(shape[-1] ** -0.25)
        return x.to(device, dtype).requires_grad_()

    h, W = drawn(sizes["tokens"], sizes["width"]), drawn(sizes["words"], sizes["width"])
    y = torch.randint(0, sizes["words"], (sizes["tokens"],), generator=generator).to(device)
    loss, seconds, value = loss_of(way, sizes["chunk"]), [], None

    def once(h, W, y):
        h.grad = W.grad = None
        found = loss(h, W, y)
        found.backward()
        if device == "cuda":
            torch.cuda.synchronize()
        return found.item()

    # the libraries' own buffers are there before the count begins
    once(h[:8].detach().requires_grad_(), W[:64].detach().requires_grad_(), y[:8] % 64)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
    else:
        before = psutil.Process().memory_info().rss
    clock = time.perf_counter if device == "cuda" else time.process_time
    for _ in range(calls):
        started = clock()
        value = once(h, W, y)
        seconds.append(clock() - started)
    after = torch.cuda.max_memory_allocated() if device == "cuda" else resident_peak()
    middle = statistics.median(seconds[1:] or seconds)
    return {"bytes": after - before, "seconds": middle, "loss": value}


def in_a_process(way: str, device: str, calls: int, sizes: dict) -> dict:
    """The same in a new process; a dict with "why" if it cannot be measured."""
    asked = json.dumps([way, device, calls, sizes])
    command = [sys.executable, __file__, "--alone", asked]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return {"why": f"not measured: no end after {TIMEOUT} seconds"}
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    last = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
    return {"why": f"not measured: {last[:90]}"}


def rows(device: str, calls: int, sizes: dict, ways=WAYS):
    """A row for each way: MiB, seconds, both relative to the plain way, and the loss."""
    found = {}
    for way in ways:
        found[way] = got = in_a_process(way, device, calls, sizes)
        plain = found[PLAIN]
        if "why" in got:
            yield {"way": way, "why": got["why"]}
            continue
        row = {"way": way, "MiB": round(got["bytes"] / 2**20, 1), "seconds": got["seconds"]}
        if "why" not in plain:
            row["memory, share"] = got["bytes"] / plain["bytes"]
            row["time, share"] = got["seconds"] / plain["seconds"]
            row["loss, difference"] = got["loss"] - plain["loss"]
        yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=SIZES, default="cpu")
    parser.add_argument("--calls", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--ways", nargs="*", default=WAYS, help="some, the plain one first")
    parser.add_argument("--store", action="store_true", help="write the chapter's table")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    for name in ("tokens", "words", "width", "chunk"):
        parser.add_argument(f"--{name}", type=int)
    given = parser.parse_args()
    if given.alone:
        print(json.dumps(measure(*json.loads(given.alone))))
        return
    import pandas as pd
    import torch

    changed = {k: v for k, v in vars(given).items() if k in SIZES["cpu"] and v is not None}
    sizes = {**SIZES[given.device], **changed, "threads": given.threads}
    if given.device == "cuda" and not torch.cuda.is_available():
        print("not measured: there is no GPU here")
        return
    name = torch.cuda.get_device_name() if given.device == "cuda" else "CPU"
    print(f"{name}, PyTorch {torch.__version__}: {sizes}")
    table = []
    for row in rows(given.device, given.calls, sizes, given.ways):
        table.append(row)
        print(row, flush=True)
    if given.store:
        facts = {"question": "What do ways to the same loss need?", "device": name, **sizes}
        facts["pytorch"] = torch.__version__
        head = "".join(f"# {key}: {json.dumps(value)}\n" for key, value in facts.items())
        body = pd.DataFrame(table).to_csv(index=False, float_format="%.4g", lineterminator="\n")
        TABLE.write_text(head + body, encoding="utf-8")
        print(TABLE)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    main()
