#!/usr/bin/env bash
# The size that Resize computes from `scales` follows neither the number as written nor the float that holds it.
#
# Versions: ONNX Runtime 1.31.1 (CPU).
# Guess:    the operator's floor(size * scale) is of the product of the stored float, so that 0.7, which is stored as a little less, makes
#           6 of 10 and 1.3, stored as a little less, makes 12 of 10; or else the library is lenient throughout and makes 7 and 13.
# Seen:     the product is rounded to float32 before the floor. 0.7 always gives the decimal product. 1.3 does too for 10, 20 and 100, but 90
#           becomes 116 and not 117. Whether a map comes out a pixel short depends on how one product rounds.
# Matters:  a decoder that enlarges by a factor and joins with another map runs at most sizes and fails, or shifts, at a few. Exporters
#           should state sizes where they are known, and compute them in integers where they are not.
# Output:   1.3 times 20, 90, 100: 26, 116, 130
#           1.3 times 10, 20 ... 1000: 25 of 100 are less than the decimal product
#           0.7 times the same: 100 of 100 are more than the floor of the float's exact product
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > finding.csproj <<'P'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="Microsoft.ML.OnnxRuntime" Version="1.31.1" /></ItemGroup>
</Project>
P
cat > Program.cs <<'P'
using System;
using System.Collections.Generic;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

// A model of one Resize by scales, written field by field: protobuf needs no more than a tag and a length.
byte[] Varint(ulong v) { var b = new List<byte>(); do { b.Add((byte)((v & 127) | (v > 127 ? 128u : 0))); v >>= 7; } while (v > 0); return [.. b]; }
byte[] Number(int field, long v) => [.. Varint((ulong)field << 3), .. Varint((ulong)v)];
byte[] Bytes(int field, byte[] v) => [.. Varint(((ulong)field << 3) | 2), .. Varint((ulong)v.Length), .. v];
byte[] Text(int field, string v) => Bytes(field, Encoding.UTF8.GetBytes(v));
byte[] Value(string name) => [.. Text(1, name), .. Bytes(2, Bytes(1, [.. Number(1, 1), .. Bytes(2, [.. Bytes(1, Number(1, 1)), .. Bytes(1, Number(1, 1)), .. Bytes(1, Number(1, 1)), .. Bytes(1, Text(2, "w"))])]))];
byte[] Model(float scale)
{
    byte[] scales = [.. Number(1, 4), .. Number(2, 1), .. Text(8, "s"), .. Bytes(9, [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(scale)])];
    byte[] node = [.. Text(1, "x"), .. Text(1, ""), .. Text(1, "s"), .. Text(2, "y"), .. Text(4, "Resize"),
        .. Bytes(5, [.. Text(1, "mode"), .. Text(4, "nearest"), .. Number(20, 3)])];
    byte[] graph = [.. Bytes(1, node), .. Text(2, "g"), .. Bytes(5, scales), .. Bytes(11, Value("x")), .. Bytes(12, Value("y"))];
    return [.. Number(1, 8), .. Bytes(7, graph), .. Bytes(8, Number(2, 18))];
}
var (lessThanDecimal, moreThanFloat) = (0, 0);
using var session = new InferenceSession(Model(1.3f));
using var shrinking = new InferenceSession(Model(0.7f));
for (var width = 10; width <= 1000; width += 10)
{
    if (Width(session, width) < width * 13 / 10)
        lessThanDecimal++;
    if (Width(shrinking, width) > (int)Math.Floor(width * (double)0.7f))
        moreThanFloat++;
}
Console.WriteLine($"1.3 times 20, 90, 100: {Width(session, 20)}, {Width(session, 90)}, {Width(session, 100)}");
Console.WriteLine($"1.3 times 10, 20 ... 1000: {lessThanDecimal} of 100 are less than the decimal product");
Console.WriteLine($"0.7 times the same: {moreThanFloat} of 100 are more than the floor of the float's exact product");

int Width(InferenceSession model, int width)
{
    using var result = model.Run([NamedOnnxValue.CreateFromTensor("x", new DenseTensor<float>(new float[width], [1, 1, 1, width]))]);
    return result[0].AsTensor<float>().Dimensions[3];
}
P
dotnet run 2>&1 | tee output
diff output - <<'O'
1.3 times 20, 90, 100: 26, 116, 130
1.3 times 10, 20 ... 1000: 25 of 100 are less than the decimal product
0.7 times the same: 100 of 100 are more than the floor of the float's exact product
O
