"""Exports torchvision's DeepLab-v3 networks as PyTorch itself does: the baseline of the inference benchmark.

Run it with Debian's python3-torch (1.13) and python3-torchvision, or newer ones; nothing else in the repository needs them:

    apt-get install python3-torch python3-torchvision
    /usr/bin/python3 benchmarks/pytorch/export.py FOLDER

Weights are random: they do not matter to the time. Batch norms are folded by the exporter.
"""

import os
import sys

import torch
from torchvision.models import segmentation

NETWORKS = {
    "deeplabv3-resnet50": segmentation.deeplabv3_resnet50,
    "deeplabv3-resnet101": segmentation.deeplabv3_resnet101,
    "deeplabv3-mobilenet-v3-large": segmentation.deeplabv3_mobilenet_v3_large,
}


class Logits(torch.nn.Module):
    """A network that returns its main output alone."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return self.network(image)["out"]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: export.py FOLDER")
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, create in NETWORKS.items():
        torch.manual_seed(1)
        network = create(weights=None, weights_backbone=None, num_classes=21, aux_loss=False).eval()
        path = os.path.join(sys.argv[1], name + ".onnx")
        torch.onnx.export(
            Logits(network), torch.zeros(1, 3, 513, 513), path, opset_version=16, input_names=["image"], output_names=["logits"])
        print(path)


if __name__ == "__main__":
    main()
