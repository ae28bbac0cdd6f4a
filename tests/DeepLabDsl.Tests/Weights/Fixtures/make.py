"""Writes the files that the tests of PyTorch's formats read, with PyTorch itself (1.13, Debian's python3-torch).

Run once, in this folder; the files are committed. The numbers are 0, 1, 2 ... divided by 8, so that a test can tell them.
"""

import argparse
import collections
import os
import zipfile

import numpy
import torch


def ramp(*shape, dtype=torch.float32):
    count = 1
    for extent in shape:
        count *= extent
    return (torch.arange(count, dtype=torch.float32) / 8).reshape(shape).to(dtype)


def tensors():
    base = ramp(4, 6)
    state = collections.OrderedDict()
    state["float32"] = ramp(2, 3, 2, 2)
    state["float64"] = ramp(5, dtype=torch.float64)
    state["float16"] = ramp(5, dtype=torch.float16)
    state["bfloat16"] = ramp(5, dtype=torch.bfloat16)
    for name in ("int64", "int32", "int16", "int8", "uint8"):
        state[name] = torch.arange(5).to(getattr(torch, name))
    state["bool"] = torch.tensor([True, False, True])
    state["complex64"] = torch.complex(ramp(3), -ramp(3))
    state["scalar"] = torch.tensor(7)
    state["empty"] = torch.zeros(0, 3)
    state["whole"] = base
    state["rows"] = base[1:3]
    state["columns"] = base[:, 2:4]
    state["transposed"] = base.t()
    state["expanded"] = ramp(3, 1).expand(3, 4)
    state["parameter"] = torch.nn.Parameter(ramp(2, 2))
    return state


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        collections.OrderedDict(conv=torch.nn.Conv2d(1, 2, 3), norm=torch.nn.BatchNorm2d(2), scores=torch.nn.Conv2d(2, 3, 1))
    )


def fill(module):
    with torch.no_grad():
        for tensor in module.state_dict().values():
            tensor.copy_(ramp(*tensor.shape))


def checkpoint():
    model = torch.nn.DataParallel(network())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    fill(model)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    state = collections.OrderedDict((k, v.clone()) for k, v in model.state_dict().items())
    optimizer.step()
    return {
        "epoch": 7,
        "best_score": numpy.float64(0.5),
        "args": argparse.Namespace(lr=0.1, name="a"),
        "rng_state": torch.zeros(8, dtype=torch.uint8),
        "state_dict": state,
        "optimizer": optimizer.state_dict(),
    }


class Evil:
    def __reduce__(self):
        return os.system, ("touch executed",)


def big_endian(source, target):
    """What a big-endian machine would have written: the same records, every number's bytes reversed."""
    sizes = {str(i): s.storage().element_size() for i, s in enumerate(tensors_of_big_endian().values())}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for record in old.namelist():
            content = old.read(record)
            name = record.split("/", 1)[1]
            if name == "byteorder":
                continue
            if name.startswith("data/"):
                size = sizes[name[len("data/"):]]
                content = b"".join(content[i:i + size][::-1] for i in range(0, len(content), size))
            new.writestr(record, content)
        new.writestr(old.namelist()[0].split("/")[0] + "/byteorder", "big")


def tensors_of_big_endian():
    return collections.OrderedDict(float32=ramp(5), int64=torch.arange(5), float16=ramp(5, dtype=torch.float16))


torch.save(tensors(), "tensors.pth")
torch.save(tensors(), "tensors-legacy.pth", _use_new_zipfile_serialization=False)
torch.save(tensors(), "tensors-protocol4.pth", pickle_protocol=4)
torch.save(checkpoint(), "checkpoint.pth")
torch.save(checkpoint(), "checkpoint-legacy.pth", _use_new_zipfile_serialization=False)
torch.save({"ema": tensors_of_big_endian(), "student": tensors_of_big_endian()}, "two-models.pth")
torch.save({"state_dict": Evil()}, "malicious.pth")
torch.save({"state_dict": Evil()}, "malicious-legacy.pth", _use_new_zipfile_serialization=False)
torch.save(network(), "whole-model.pth")
torch.save(tensors_of_big_endian(), "little.pth")
big_endian("little.pth", "big-endian.pth")
os.remove("little.pth")
