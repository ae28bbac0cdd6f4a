#!/bin/sh
# Measures docs/performance.md's tables of inference: sh benchmarks/inference.sh FOLDER
# FOLDER holds what benchmarks/pytorch/export.py has exported. Builds before it measures; run it on a machine that does nothing else.
set -e
cd "$(dirname "$0")/.."
dotnet build benchmarks/DeepLabDsl.Benchmarks -c Release -v q -nologo >&2
benchmark=artifacts/bin/DeepLabDsl.Benchmarks/release/DeepLabDsl.Benchmarks
"$benchmark" inference --pytorch "$1" --networks deeplabv3-resnet50,deeplabv3-resnet101,deeplabv3-mobilenet-v3-large \
    --engines "${ENGINES:-pytorch-onnx,onnx,int8,module,inference}" --rounds "${ROUNDS:-5}"
"$benchmark" inference --networks deeplabv3-mobilenet-v2 --engines onnx,int8,module,inference --rounds "${ROUNDS:-5}"
