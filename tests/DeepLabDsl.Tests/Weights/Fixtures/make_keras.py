"""Writes keras.h5, laid out as Keras lays out weights, with h5py itself (3.7, Debian's python3-h5py).

Run once, in this folder; the file is committed.
"""

import h5py
import numpy

with h5py.File("keras.h5", "w", libver="earliest") as file:
    file.attrs["keras_version"] = b"2.4.0"
    model = file.create_group("model_weights")
    model.attrs["layer_names"] = [b"conv1", b"bn1"]
    conv = model.create_group("conv1")
    conv.attrs["weight_names"] = [b"conv1/kernel:0", b"conv1/bias:0"]
    conv.create_dataset("conv1/kernel:0", data=numpy.arange(24, dtype="f4").reshape(2, 2, 2, 3))
    conv.create_dataset("conv1/bias:0", data=numpy.array([0.5, -1, 2], "f4"))
    norm = model.create_group("bn1")
    norm.create_dataset("bn1/gamma:0", data=numpy.linspace(0, 1, 5).astype("f4"), chunks=(2,), compression="gzip", shuffle=True)
    norm.create_dataset("bn1/moving_variance:0", data=numpy.array([1, 2], "f8"))
    norm.create_dataset("bn1/half:0", data=numpy.array([1, 2], "f2"))
    file.create_group("optimizer_weights").create_dataset("iterations:0", data=numpy.int64(7))
    file.create_dataset("note", data="text")
