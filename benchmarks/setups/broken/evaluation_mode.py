"""Training in evaluation mode."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs

CAUSES = ("evaluation_mode_in_training",)


def called_eval(seed):
    X, y = blobs(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(12, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 4)
    )
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        model.eval()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def left_on(seed):
    X, y = blobs(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Dropout(0.5), nn.Linear(24, 4)).eval()
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
