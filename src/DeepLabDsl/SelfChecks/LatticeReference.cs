using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.SelfChecks;

/// <summary>
/// The filter of the permutohedral lattice (Adams, Baek and Davis, Eurographics 2010) as a matrix, in float64 and plain loops: for small
/// images. A dense CRF filters by exactly this matrix, up to rounding.
/// </summary>
internal static class LatticeReference
{
    /// <summary>The filter of one term, normalised symmetrically.</summary>
    /// <param name="features">The features of every pixel, each divided by its standard deviation: <c>[pixels][d]</c>.</param>
    /// <returns><c>[pixels, pixels]</c>, row after row.</returns>
    public static double[] Matrix(IReadOnlyList<double[]> features)
    {
        var (pixels, d) = (features.Count, features[0].Length);
        var slots = new Dictionary<string, int>();
        var keys = new List<int[]>();
        var corners = features.Select(f => Simplex(f)).ToList();
        var places = corners.Select(c => c.Select(v => Slot(v.Key)).ToArray()).ToList();
        var next = Enumerable.Range(0, d + 1).Select(axis => keys.Select(k => Neighbour(k, axis)).ToArray()).ToArray();
        var matrix = new double[pixels * pixels];
        for (var column = 0; column < pixels; column++)
        {
            var values = new double[keys.Count];
            for (var r = 0; r <= d; r++)
                values[places[column][r]] += corners[column][r].Weight;
            foreach (var along in next)
                values = Blur(values, along);
            for (var row = 0; row < pixels; row++)
            {
                matrix[row * pixels + column] = Enumerable.Range(0, d + 1)
                    .Sum(r => corners[row][r].Weight * values[places[row][r]]) / (1 + Math.Pow(2, -d));
            }
        }
        var root = Enumerable.Range(0, pixels).Select(i => Math.Sqrt(Enumerable.Range(0, pixels).Sum(j => matrix[i * pixels + j])))
            .ToArray();
        for (var i = 0; i < matrix.Length; i++)
            matrix[i] /= root[i / pixels] * root[i % pixels];
        return matrix;

        int Slot(int[] key)
        {
            var name = string.Join(',', key);
            if (slots.TryGetValue(name, out var slot))
                return slot;
            slots[name] = slot = keys.Count;
            keys.Add(key);
            return slot;
        }

        int Neighbour(int[] key, int axis) =>
            slots.GetValueOrDefault(string.Join(',', key.Select((k, i) => i == axis ? k - d : k + 1)), -1);
    }

    private static double[] Blur(double[] values, int[] next)
    {
        var blurred = (double[])values.Clone();
        for (var i = 0; i < values.Length; i++)
        {
            if (next[i] < 0)
                continue;
            blurred[i] += values[next[i]] / 2;
            blurred[next[i]] += values[i] / 2;
        }
        return blurred;
    }

    /// <summary>The d + 1 vertices of the simplex around a pixel and its weights in them (sections 3.1 and 3.2 of the paper).</summary>
    private static (int[] Key, double Weight)[] Simplex(double[] feature)
    {
        var d = feature.Length;
        var elevated = new double[d + 1];
        var sum = 0.0;
        for (var j = d; j > 0; j--)
        {
            var part = feature[j - 1] * Math.Sqrt(2.0 / 3.0) * (d + 1) / Math.Sqrt((j + 1) * j);
            elevated[j] = sum - j * part;
            sum += part;
        }
        elevated[0] = sum;
        var nearest = elevated.Select(e => (int)Math.Round(e / (d + 1)) * (d + 1)).ToArray();
        var rank = new int[d + 1];
        for (var i = 0; i <= d; i++)
        {
            for (var j = i + 1; j <= d; j++)
                rank[elevated[i] - nearest[i] < elevated[j] - nearest[j] ? i : j]++;
        }
        var excess = nearest.Sum() / (d + 1);
        for (var i = 0; i <= d; i++)
        {
            rank[i] += excess;
            var turn = rank[i] < 0 ? d + 1 : rank[i] > d ? -(d + 1) : 0;
            rank[i] += turn;
            nearest[i] += turn;
        }
        var weight = new double[d + 2];
        for (var i = 0; i <= d; i++)
        {
            var share = (elevated[i] - nearest[i]) / (d + 1);
            weight[d - rank[i]] += share;
            weight[d + 1 - rank[i]] -= share;
        }
        weight[0] += 1 + weight[d + 1];
        return [.. Enumerable.Range(0, d + 1)
            .Select(r => (nearest.Select((n, i) => n + (rank[i] <= d - r ? r : r - (d + 1))).ToArray(), weight[r]))];
    }
}
