"""The loss of earlier steps is added up with its graph."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp

CAUSES = ("graph_kept",)


def running_total(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    total = [0.0]

    def step(X, y):
        optimizer.zero_grad()
        total[0] = total[0] + F.cross_entropy(model(X), y)
        total[0].backward()
        optimizer.step()
        return total[0].item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
