using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>
/// How one picture lies in another: a place (x, y) of it, from its middle, is at (Scale x + ShiftX, Scale y + ShiftY) of the other, from
/// that one's middle, both in pixels of <see cref="PictureSignature"/>; where it is mirrored, its mirror image does.
/// </summary>
/// <param name="Scale">How large it is there.</param>
/// <param name="ShiftX">Pixels to the right.</param>
/// <param name="ShiftY">Pixels down.</param>
/// <param name="IsMirrored">Whether it is its mirror image that lies there.</param>
/// <param name="Places">The places of it, apart from one another, that were found where they must be.</param>
/// <param name="Share">The part of its places within the other that were found.</param>
/// <param name="Spread">Mean distance of those places from where they must be, in pixels of the other.</param>
internal readonly record struct PictureMatch(
    double Scale, double ShiftX, double ShiftY, bool IsMirrored, int Places, double Share, double Spread)
{
    // Comparisons that may differ between a place and its copy; between strange places half of the 128 do.
    private const int GreatestDistance = 34;

    // Levels by which one picture may be the larger.
    private const int Levels = 5;
    private const int ScaleBins = 2 * Levels + 1;

    private static readonly float[] Scales =
        [.. Enumerable.Range(-Levels, ScaleBins).Select(l => (float)Math.Pow(PictureSignature.ScaleStep, l))];

    // Pixels that shifts of one bin differ by; and the bins that shifts can fall into.
    private const float Bin = 12;
    private const int ShiftBins = 49;

    // Pixels that a place may lie off.
    private const double Tolerance = 4;

    // Places of one cell of so many pixels are one: the levels find a blob again and again.
    private const int PlaceCell = 6;

    /// <summary>Finds how a picture lies in another.</summary>
    /// <param name="own">The picture.</param>
    /// <param name="other">The other.</param>
    /// <param name="isMirrored">Whether its mirror image is looked for.</param>
    /// <returns>The transform that most places agree on; of no places where there is none.</returns>
    public static PictureMatch Find(PictureSignature own, PictureSignature other, bool isMirrored)
    {
        var pairs = new List<(SignaturePoint Own, SignaturePoint Other)>();
        // Each point's nearest of the other picture, where it is that one's nearest too.
        Span<int> nearest = stackalloc int[other.Points.Length];
        Span<int> nearestDistance = stackalloc int[other.Points.Length];
        nearestDistance.Fill(GreatestDistance + 1);
        Span<int> chosen = stackalloc int[own.Points.Length];
        var candidates = other.Points;
        for (var i = 0; i < own.Points.Length; i++)
        {
            var point = isMirrored ? own.Points[i].Mirrored() : own.Points[i];
            var (best, at) = (GreatestDistance + 1, -1);
            for (var j = 0; j < candidates.Length; j++)
            {
                var distance = point.DistanceTo(candidates[j]);
                if (distance > GreatestDistance)
                    continue;
                if (distance < best)
                    (best, at) = (distance, j);
                if (distance < nearestDistance[j])
                    (nearestDistance[j], nearest[j]) = (distance, i);
            }
            chosen[i] = at;
        }
        var bins = new Dictionary<int, int>();
        var (fullest, votes) = (0, 0);
        for (var i = 0; i < chosen.Length; i++)
        {
            if (chosen[i] < 0 || nearest[chosen[i]] != i)
                continue;
            var (point, copy) = (isMirrored ? own.Points[i].Mirrored() : own.Points[i], other.Points[chosen[i]]);
            if (!AreNear(point, copy))
                continue;
            pairs.Add((point, copy));
            var bin = BinOf(point, copy);
            var count = bins[bin] = bins.GetValueOrDefault(bin) + 1;
            if (count > votes || (count == votes && bin < fullest))
                (fullest, votes) = (bin, count);
        }
        return votes < 2 ? default : Refine(own, other, pairs, fullest, isMirrored);
    }

    /// <summary>
    /// Whether one of two points may be a copy of the other: their scales are no further apart than copies are looked for.
    /// </summary>
    public static bool AreNear(in SignaturePoint from, in SignaturePoint to) =>
        Math.Abs(to.Level - from.Level) <= Levels;

    /// <summary>The bin of the transform that brings one of two near points to the other.</summary>
    public static int BinOf(in SignaturePoint from, in SignaturePoint to)
    {
        var level = to.Level - from.Level;
        var scale = ScaleOf(level);
        return (Place(to.X - scale * from.X) * ShiftBins + Place(to.Y - scale * from.Y)) * ScaleBins + level + Levels;

        static int Place(float shift) => Math.Clamp((int)MathF.Floor(shift / Bin + ShiftBins / 2f), 0, ShiftBins - 1);
    }

    /// <summary>How many bins there are.</summary>
    public static int Bins => ShiftBins * ShiftBins * ScaleBins;

    /// <summary>The outline of the picture in the other, in pixels of that one's file; it may reach beyond it.</summary>
    /// <param name="own">The picture.</param>
    /// <param name="other">The other.</param>
    public (double Left, double Top, double Right, double Bottom) OutlineIn(RgbImage own, RgbImage other)
    {
        var (ownUnit, otherUnit) = (UnitOf(own), UnitOf(other));
        var (across, down) = (Scale * own.Width / ownUnit / 2, Scale * own.Height / ownUnit / 2);
        var (x, y) = (other.Width / otherUnit / 2 + ShiftX, other.Height / otherUnit / 2 + ShiftY);
        return ((x - across) * otherUnit, (y - down) * otherUnit, (x + across) * otherUnit, (y + down) * otherUnit);

        static double UnitOf(RgbImage picture) =>
            Math.Max(1, Math.Max(picture.Width, picture.Height) / (double)PictureSignature.LongSide);
    }

    private static float ScaleOf(int level) => Scales[level + Levels];

    // Least squares over the pairs that agree, again and again with those that agree with the result.
    private static PictureMatch Refine(
        PictureSignature own, PictureSignature other, List<(SignaturePoint Own, SignaturePoint Other)> pairs, int bin, bool isMirrored)
    {
        var (level, row, column) = (bin % ScaleBins - Levels, bin / ScaleBins % ShiftBins, bin / ScaleBins / ShiftBins);
        double scale = ScaleOf(level);
        double shiftX = (column + 0.5 - ShiftBins / 2.0) * Bin, shiftY = (row + 0.5 - ShiftBins / 2.0) * Bin;
        var tolerance = 1.5 * Bin;
        var agreeing = new List<(SignaturePoint Own, SignaturePoint Other)>();
        for (var round = 0; round < 4; round++)
        {
            agreeing.Clear();
            foreach (var pair in pairs)
            {
                var (dx, dy) = (pair.Other.X - scale * pair.Own.X - shiftX, pair.Other.Y - scale * pair.Own.Y - shiftY);
                // A match says the scale to a level; one that says quite another is of something else.
                var off = Math.Abs(pair.Other.Level - pair.Own.Level - Math.Log(scale) / Math.Log(PictureSignature.ScaleStep));
                if (dx * dx + dy * dy <= tolerance * tolerance && off <= 1.6)
                    agreeing.Add(pair);
            }
            if (agreeing.Count < 2)
                return default;
            (scale, shiftX, shiftY) = Fit(agreeing, scale);
            tolerance = Math.Max(Tolerance, tolerance / 1.8);
        }
        var (places, others, spread) = (new HashSet<(int, int)>(), new HashSet<(int, int)>(), 0.0);
        foreach (var (from, to) in agreeing)
        {
            places.Add(CellOf(from));
            others.Add(CellOf(to));
            var (dx, dy) = (to.X - scale * from.X - shiftX, to.Y - scale * from.Y - shiftY);
            spread += Math.Sqrt(dx * dx + dy * dy);
        }
        var within = new HashSet<(int, int)>();
        foreach (ref readonly var stored in own.Points)
        {
            var point = isMirrored ? stored.Mirrored() : stored;
            if (Math.Abs(scale * point.X + shiftX) < other.Width / 2.0 && Math.Abs(scale * point.Y + shiftY) < other.Height / 2.0)
                within.Add(CellOf(point));
        }
        var count = Math.Min(places.Count, others.Count);
        return new PictureMatch(
            scale, shiftX, shiftY, isMirrored, count, count / (double)Math.Max(1, within.Count), spread / agreeing.Count);

        static (int, int) CellOf(in SignaturePoint p) => ((int)MathF.Floor(p.X / PlaceCell), (int)MathF.Floor(p.Y / PlaceCell));
    }

    private static (double Scale, double ShiftX, double ShiftY) Fit(
        List<(SignaturePoint Own, SignaturePoint Other)> pairs, double before)
    {
        double fromX = 0, fromY = 0, toX = 0, toY = 0;
        foreach (var (from, to) in pairs)
            (fromX, fromY, toX, toY) = (fromX + from.X, fromY + from.Y, toX + to.X, toY + to.Y);
        (fromX, fromY, toX, toY) = (fromX / pairs.Count, fromY / pairs.Count, toX / pairs.Count, toY / pairs.Count);
        double both = 0, own = 0;
        foreach (var (from, to) in pairs)
        {
            both += (from.X - fromX) * (to.X - toX) + (from.Y - fromY) * (to.Y - toY);
            own += (from.X - fromX) * (from.X - fromX) + (from.Y - fromY) * (from.Y - fromY);
        }
        // Places that lie together say nothing of the scale.
        var scale = own > 40 * pairs.Count ? Math.Clamp(both / own, before / 1.3, before * 1.3) : before;
        return (scale, toX - scale * fromX, toY - scale * fromY);
    }
}
