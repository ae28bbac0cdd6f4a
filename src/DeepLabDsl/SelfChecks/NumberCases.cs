using System;
using System.Collections.Generic;
using System.Globalization;
using DeepLabDsl.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepLabDsl.SelfChecks;

/// <summary>What the self-check computes. A line is a case.</summary>
internal static class NumberCases
{
    /// <summary>All of them, the cheap and telling ones first. A case keeps its number as long as the build does.</summary>
    public static IReadOnlyList<NumberCase> All { get; } =
    [
        new ReferenceCase(),
        .. Convolutions(),
        .. Maps(),
        new BatchNormCase(19, (17, 13), Training: true),
        new BatchNormCase(64, 9, Training: true) { Batch = 8 },
        new BatchNormCase(19, (17, 13), Training: false),
        new BatchNormCase(64, 9, Training: false) { Batch = 8 },
        new CrfCase(CrfForm.Cpu, 3),
        new CrfCase(CrfForm.Cpu, 21),
        new CrfCase(CrfForm.Tensors, 3),
        new CrfCase(CrfForm.Tensors, 21),
        new CrfCase(CrfForm.Layer, 3),
        new CrfCase(CrfForm.Layer, 21),
        new NetworkCase("DeepLab v1", "deeplabv1-largefov", 33),
        new NetworkCase("DeepLab v2", "deeplabv2-vgg16-aspp-s", 33),
        new NetworkCase("DeepLab v3", "deeplabv3-mobilenet-v2", 33),
        new NetworkCase("DeepLab v3+", "deeplabv3plus-mobilenet-v2-light", 33),
        new NetworkCase("LR-ASPP", "lraspp-mobilenet-v3-small", 33),
    ];

    /// <summary>
    /// The convolutions that broken builds and machines were seen to get wrong, or to end the process in, as networks have them.
    /// </summary>
    public static IReadOnlyList<NumberCase> Short { get; } =
    [
        new ConvolutionCase(256, 1024, 9) { Batch = 1, Types = [ScalarType.Float32], Formats = [CaseData.Formats[1]] },
        new ConvolutionCase(24, 144, 9) { Types = [ScalarType.Float32], Formats = [CaseData.Formats[1]] },
        new ConvolutionCase(32, 32, (17, 13))
        {
            Kernel = 3,
            Rate = 4,
            Groups = 32,
            Types = [ScalarType.Float32],
            Formats = [CaseData.Formats[1]],
        },
        new ConvolutionCase(16, 24, 9) { Kernel = 3, Rate = 2, Types = [ScalarType.Float32] },
    ];

    private static IEnumerable<NumberCase> Convolutions()
    {
        // 1x1: the channels of residual and inverted residual units, of heads and of classifiers; odd sizes.
        yield return new ConvolutionCase(24, 144, 9);
        yield return new ConvolutionCase(144, 24, 17) { Batch = 1 };
        yield return new ConvolutionCase(16, 96, (33, 29)) { Batch = 3 };
        yield return new ConvolutionCase(64, 256, 9) { Batch = 8 };
        yield return new ConvolutionCase(256, 64, 9) { Batch = 4 };
        yield return new ConvolutionCase(256, 1024, 9) { Batch = 1 };
        yield return new ConvolutionCase(512, 128, 7);
        yield return new ConvolutionCase(320, 256, 5) { Batch = 5 };
        yield return new ConvolutionCase(256, 512, 9) { Stride = 2 };
        yield return new ConvolutionCase(64, 128, (17, 15)) { Stride = 2, Batch = 1 };
        yield return new ConvolutionCase(3, 21, 17);
        yield return new ConvolutionCase(40, 21, (13, 33)) { Batch = 6 };
        yield return new ConvolutionCase(256, 19, 17) { Batch = 1 };
        yield return new ConvolutionCase(960, 128, 1) { Batch = 7 };
        // The first convolution of a network.
        yield return new ConvolutionCase(3, 32, (65, 49)) { Kernel = 3, Stride = 2 };
        yield return new ConvolutionCase(3, 16, (49, 65)) { Kernel = 7, Stride = 2 };
        yield return new ConvolutionCase(3, 64, (33, 29)) { Kernel = 3, Batch = 1 };
        // 3x3, with every rate that the zoo has and where most taps are on padding.
        yield return new ConvolutionCase(32, 48, (17, 19)) { Kernel = 3, Batch = 1 };
        yield return new ConvolutionCase(64, 64, 9) { Kernel = 3, Batch = 8 };
        yield return new ConvolutionCase(48, 32, (17, 19)) { Kernel = 3, Stride = 2, Batch = 3 };
        foreach (var (rate, batch) in new[] { (2, 1), (4, 2), (6, 4), (8, 1), (12, 2), (18, 3), (24, 1), (36, 2) })
            yield return new ConvolutionCase(32, 40, (19, 17)) { Kernel = 3, Rate = rate, Batch = batch };
        yield return new ConvolutionCase(16, 16, (17, 13)) { Kernel = 4, Rate = 4 };
        yield return new ConvolutionCase(64, 64, (9, 11)) { Kernel = 5, Batch = 1 };
        // Groups, and depthwise.
        yield return new ConvolutionCase(32, 48, (17, 13)) { Kernel = 3, Groups = 4 };
        yield return new ConvolutionCase(64, 64, (17, 13)) { Kernel = 3, Groups = 8, Rate = 2, Batch = 4 };
        yield return new ConvolutionCase(32, 32, 9) { Kernel = 1, Groups = 2 };
        yield return new ConvolutionCase(32, 32, (17, 13)) { Kernel = 3, Groups = 32 };
        yield return new ConvolutionCase(72, 72, (17, 13)) { Kernel = 5, Groups = 72, Stride = 2, Batch = 1 };
        yield return new ConvolutionCase(40, 40, (17, 13)) { Kernel = 3, Groups = 40, Stride = 2, Batch = 8 };
        yield return new ConvolutionCase(32, 32, (17, 13)) { Kernel = 3, Groups = 32, Rate = 4 };
        yield return new ConvolutionCase(64, 64, (19, 17)) { Kernel = 3, Groups = 64, Rate = 12, Batch = 1 };
    }

    private static IEnumerable<NumberCase> Maps()
    {
        Extent size = new(17, 23);
        foreach (var grid in Enum.GetValues<ResizeGrid>())
        {
            foreach (var corners in new[] { false, true })
            {
                foreach (var factor in new[] { 0.5, 2, 3.7 })
                {
                    var name = string.Create(
                        CultureInfo.InvariantCulture,
                        $"by {factor}, grid {grid.ToString().ToLowerInvariant()}, corners {(corners ? "aligned" : "free")}");
                    // A coordinate of 23 pixels, from a factor in float32, is off by a few of 23 roundoffs; neighbours differ by 2
                    // at most, on two axes.
                    yield return new MapCase("resize", name, size, x => Layers.Resize(x, factor, corners, grid), 4, 16)
                    {
                        FactorError = 2 * 2 * 2 * size.Width * ErrorBound.Roundoff(ScalarType.Float32),
                    };
                }
            }
        }
        yield return new MapCase(
            "resize", "of one value to a map", 1,
            x => functional.interpolate(x, [9, 7], mode: InterpolationMode.Bilinear, align_corners: false), 4, 16)
        {
            FactorError = 4 * ErrorBound.Roundoff(ScalarType.Float32),
        };
        yield return new MapCase("pooling", "maximum 3x3 stride 2", (33, 29), x => Layers.MaxPool(x, 3, 2, 1, 1), 1, 4);
        yield return new MapCase(
            "pooling", "maximum 3x3 rate 2 stride 2, ceil", (33, 29), x => Layers.MaxPool(x, 3, 2, 2, 1, ceil: true), 1, 4);
        yield return new MapCase("pooling", "maximum 3x3 stride 2, padded as SAME", (34, 28), x => Layers.MaxPoolSame(x, 3, 2), 1, 4);
        yield return new MapCase("pooling", "mean 3x3 stride 1", (17, 13), x => Layers.AvgPool(x, 3, 1, 1), 9, 9);
        yield return new MapCase(
            "pooling", "mean 3x3 stride 2, ceil, without padding", (33, 29), x => Layers.AvgPool(x, 3, 2, 1, true, false), 9, 4);
        yield return new MapCase("pooling", "mean 3x3 stride 2, padded as SAME", (34, 28), x => Layers.AvgPoolSame(x, 3, 2, false), 9, 4);
        // The root of 957 terms is 31.
        yield return new MapCase("pooling", "mean of the map", (33, 29), x => functional.adaptive_avg_pool2d(x, 1), 31, 2) { Batch = 8 };
    }
}
