"""X is shuffled and y is not."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp

CAUSES = (
    "step_mixes_labels",
    "labels_unrelated",
)


def in_the_step(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        X = X[torch.randperm(len(X))]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def in_the_data(seed):
    X, y = blobs(seed, n=160)
    y = y[torch.randperm(160, generator=torch.Generator().manual_seed(seed + 7))]
    return {"model": mlp(seed), "loss": F.cross_entropy, "X": X, "y": y}
