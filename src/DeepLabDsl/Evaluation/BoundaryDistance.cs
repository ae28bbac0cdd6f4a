using System;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Evaluation;

/// <summary>What a band around boundaries is measured from.</summary>
public enum BoundarySource
{
    /// <summary>
    /// Void pixels of the truth, as in VOC, whose annotators left objects' outlines void: the trimap of DeepLab v1 and v2. In a set
    /// without such outlines it says nothing.
    /// </summary>
    Void,

    /// <summary>Edges between two classes of the truth.</summary>
    Classes,
}

/// <summary>How far each pixel is from the boundaries of a label map.</summary>
internal static class BoundaryDistance
{
    /// <summary>The distance of pixels beyond the widest band.</summary>
    public const byte Far = byte.MaxValue;

    /// <summary>
    /// Chessboard distances: within a band of width w are the pixels at most w from it, which is dilation by a square of side
    /// 2w+1. A pixel at an edge between classes is at distance 1; a void pixel itself at 0.
    /// </summary>
    public static byte[] Of(LabelMap labels, BoundarySource source)
    {
        var (width, height) = (labels.Width, labels.Height);
        var distance = new byte[labels.Indices.Length];
        distance.AsSpan().Fill(Far);
        Mark(labels, source, distance);
        // Down and right, then up and left: each pixel one more than its nearest neighbour behind it.
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                Relax(distance, width, height, x, y, -1);
        }
        for (var y = height - 1; y >= 0; y--)
        {
            for (var x = width - 1; x >= 0; x--)
                Relax(distance, width, height, x, y, 1);
        }
        return distance;
    }

    private static void Mark(LabelMap labels, BoundarySource source, byte[] distance)
    {
        var (width, height, indices) = (labels.Width, labels.Height, labels.Indices);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var i = y * width + x;
                if (source == BoundarySource.Void)
                {
                    if (indices[i] == LabelMap.Void)
                        distance[i] = 0;
                    continue;
                }
                if (x + 1 < width)
                    MarkEdge(indices, distance, i, i + 1);
                if (y + 1 < height)
                    MarkEdge(indices, distance, i, i + width);
            }
        }
    }

    private static void MarkEdge(byte[] indices, byte[] distance, int i, int j)
    {
        if (indices[i] != indices[j] && indices[i] != LabelMap.Void && indices[j] != LabelMap.Void)
            distance[i] = distance[j] = 1;
    }

    private static void Relax(byte[] distance, int width, int height, int x, int y, int side)
    {
        ref var own = ref distance[y * width + x];
        var nearest = (int)own;
        for (var dx = -1; dx <= 1; dx++)
        {
            if ((uint)(x + dx) < (uint)width && (uint)(y + side) < (uint)height)
                nearest = Math.Min(nearest, distance[(y + side) * width + x + dx] + 1);
        }
        if ((uint)(x + side) < (uint)width)
            nearest = Math.Min(nearest, distance[y * width + x + side] + 1);
        own = (byte)nearest;
    }
}
