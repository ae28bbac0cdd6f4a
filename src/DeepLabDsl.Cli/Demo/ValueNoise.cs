using System;

namespace DeepLabDsl.Cli.Demo;

/// <summary>Value noise: the same for the same seed and place.</summary>
internal static class ValueNoise
{
    /// <summary>Random numbers at whole coordinates, smoothly joined.</summary>
    /// <returns>0 to 1.</returns>
    public static float At(uint seed, float x, float y)
    {
        var (left, top) = (MathF.Floor(x), MathF.Floor(y));
        var (column, row) = ((int)left, (int)top);
        var (u, v) = (x - left, y - top);
        u = u * u * (3 - 2 * u);
        v = v * v * (3 - 2 * v);
        var upper = float.Lerp(Hash(seed, column, row), Hash(seed, column + 1, row), u);
        var lower = float.Lerp(Hash(seed, column, row + 1), Hash(seed, column + 1, row + 1), u);
        return float.Lerp(upper, lower, v);
    }

    /// <summary>A random number of a place.</summary>
    /// <returns>0 to 1.</returns>
    public static float Hash(uint seed, int x, int y)
    {
        var hash = seed * 0x9E3779B1u ^ (uint)x * 0x85EBCA77u ^ (uint)y * 0xC2B2AE3Du;
        hash = (hash ^ (hash >> 15)) * 0x2C1B3C6Du;
        hash = (hash ^ (hash >> 12)) * 0x297A2D39u;
        return ((hash ^ (hash >> 15)) >> 8) * (1f / (1 << 24));
    }
}
