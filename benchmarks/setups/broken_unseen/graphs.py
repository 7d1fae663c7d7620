"""State carried from step to step with its graph."""

import torch
from torch import nn

from benchmarks.setups.common import flat_loss, trainer, walk

CAUSES = ("graph_kept",)


def hidden_state(seed):
    tokens = walk(seed + 17, n=5, length=11)

    class RNN(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r, self.o = (
                nn.Embedding(11, 8),
                nn.GRU(8, 16, batch_first=True),
                nn.Linear(16, 11),
            )
            self.state = None

        def forward(self, x):
            h, self.state = self.r(self.e(x), self.state)
            return self.o(h)

    model = RNN()
    optimizer = torch.optim.Adam(model.parameters())
    step = trainer(model, flat_loss, optimizer)
    return {
        "model": model,
        "loss": flat_loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "step": step,
    }
