"""Models that cannot, or do not, use what they have."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, walk

CAUSES = (
    "no_nonlinearity",
    "unused_parameters",
    "input_ignored",
    "batch_norm_momentum",
    "dropout_too_strong",
    "examples_mixed",
    "softmax_wrong_axis",
    "softmax_twice",
)


def no_relu(seed):
    X, y = blobs(seed + 321, k=5)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(12, 64), nn.Linear(64, 32), nn.Linear(32, 5))
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def skipped_layer(seed):
    X, y = blobs(seed + 322)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.fc1, self.fc2, self.fc3 = nn.Linear(12, 12), nn.Linear(12, 12), nn.Linear(12, 4)

        def forward(self, x):
            h = F.relu(self.fc1(x))
            h = F.relu(self.fc2(x))
            return self.fc3(h)

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def keras_momentum(seed):
    X, y = blobs(seed + 323)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(12, 32), nn.BatchNorm1d(32, momentum=0.99), nn.ReLU(), nn.Linear(32, 4)
    )
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def keep_probability(seed):
    X, y = blobs(seed + 324)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Dropout(0.95), nn.Linear(64, 4))
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def implicit_dimension(seed):
    tokens = walk(seed + 25, n=6, length=9)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Embedding(11, 12), nn.Linear(12, 4), nn.Softmax())
    loss = lambda p, y: F.nll_loss(torch.log(p).flatten(0, 1), y.flatten())  # noqa: E731
    return {"model": model, "loss": loss, "X": tokens, "y": tokens % 4}


def dropout_on_the_output(seed):
    X, y = blobs(seed + 326, k=6)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 6), nn.Dropout(0.5))
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def attention_across_the_batch(seed):
    X, y = blobs(seed + 327, n=40, shape=(6, 8))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.attention, self.fc = nn.MultiheadAttention(8, 2), nn.Linear(8, 4)

        def forward(self, x):
            h, _ = self.attention(x, x, x)
            return self.fc(h.mean(1))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def attention_weights_as_logits(seed):
    X, y = blobs(seed + 328, n=50, k=5)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.q, self.keys = nn.Linear(12, 16), nn.Parameter(torch.randn(5, 16))

        def forward(self, x):
            scores = self.q(x) @ self.keys.T / 4
            return scores.exp() / scores.exp().sum(-1, keepdim=True)

    return {"model": Net(), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}
