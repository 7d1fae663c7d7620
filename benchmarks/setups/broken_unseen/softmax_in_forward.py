"""forward() ends with F.softmax, the loss is CrossEntropyLoss."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import TinyLM, blobs, flat_loss, mlp, walk

CAUSES = ("softmax_twice",)


def picture_net(seed):
    X, y = blobs(seed + 40, n=48, k=10, shape=(1, 12, 12))

    class LeNet(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.conv1, self.conv2 = nn.Conv2d(1, 6, 3), nn.Conv2d(6, 12, 3)
            self.fc1, self.fc2 = nn.Linear(12 * 2 * 2, 32), nn.Linear(32, 10)

        def forward(self, x):
            x = F.max_pool2d(F.relu(self.conv1(x)), 2)
            x = F.max_pool2d(F.relu(self.conv2(x)), 1)[:, :, :2, :2]
            x = F.relu(self.fc1(x.flatten(1)))
            return F.softmax(self.fc2(x), dim=1)

    model = LeNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    criterion = nn.CrossEntropyLoss()

    def step(inputs, labels):
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": criterion, "X": X, "y": y, "optimizer": optimizer, "step": step}


def weighted(seed):
    X, y = blobs(seed + 41, n=150, k=3)
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5]))
    return {"model": mlp(seed, 12, 3, 64, nn.Softmax(dim=-1)), "loss": criterion, "X": X, "y": y}


def language_model(seed):
    tokens = walk(seed + 3, n=6, length=20, vocabulary=17)

    def loss(z, y):
        return flat_loss(F.softmax(z, -1), y)

    return {"model": TinyLM(seed, 17), "loss": loss, "X": tokens[:, :-1], "y": tokens[:, 1:]}


def smoothed(seed):
    X, y = blobs(seed + 42, n=64, k=5)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    return {"model": mlp(seed, 12, 5, 32, nn.Softmax(1)), "loss": criterion, "X": X, "y": y}
