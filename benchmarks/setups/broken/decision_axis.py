"""The argmax over the wrong axis."""

import torch.nn.functional as F

from benchmarks.setups.common import UNet, blobs, mlp, shapes

CAUSES = ("decision_axis",)


def over_examples(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "predict": lambda X: model(X).argmax(0),
    }


def over_height(seed):
    X, y = shapes(seed)
    model = UNet(seed)

    def predict(X):
        model.eval()
        return model(X).argmax(-1)

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "predict": predict}
