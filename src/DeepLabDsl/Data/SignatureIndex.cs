using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Data;

/// <summary>
/// Finds among many pictures those that may show what one shows. Points are kept by pieces of their comparisons: a point and its copy,
/// of whose comparisons some differ, agree in a piece all the same. Each that is found votes for a picture and for how it lies in it;
/// only pictures of which several votes agree are compared point by point.
/// </summary>
internal sealed class SignatureIndex
{
    private const int Pieces = 8;
    private const int PieceBits = 16;
    private const int GreatestDistance = 24;
    private const int LeastVotes = 2;
    private const int Counters = 61;

    private readonly SignaturePoint[] _points;
    private readonly int[] _owners;
    private readonly int _pictures;

    // What is found everywhere, such as a plain blob, tells nothing and takes the time.
    private readonly int _longestList;

    private readonly int[][] _starts = new int[Pieces][];
    private readonly int[][] _lists = new int[Pieces][];

    /// <summary>Takes up pictures.</summary>
    /// <param name="pictures">Their signatures.</param>
    public SignatureIndex(IReadOnlyList<PictureSignature> pictures)
    {
        var count = pictures.Sum(p => p.Points.Length);
        _points = new SignaturePoint[count];
        _owners = new int[count];
        _pictures = pictures.Count;
        _longestList = Math.Clamp(count / 500, 40, 400);
        var at = 0;
        for (var i = 0; i < pictures.Count; i++)
        {
            pictures[i].Points.CopyTo(_points.AsSpan(at));
            _owners.AsSpan(at, pictures[i].Points.Length).Fill(i);
            at += pictures[i].Points.Length;
        }
        for (var piece = 0; piece < Pieces; piece++)
            (_starts[piece], _lists[piece]) = Sort(piece);
    }

    /// <summary>The pictures that may show what a picture shows, the likeliest first.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="isMirrored">Whether its mirror image is looked for.</param>
    /// <param name="work">What a thread needs for it, once for all of its searches.</param>
    public IReadOnlyList<int> Find(PictureSignature picture, bool isMirrored, Workspace work)
    {
        Array.Clear(work.Votes);
        Array.Clear(work.Most);
        foreach (ref readonly var stored in picture.Points)
        {
            var point = isMirrored ? stored.Mirrored() : stored;
            work.Number++;
            for (var piece = 0; piece < Pieces; piece++)
            {
                var key = KeyOf(point, piece);
                var (start, end) = (_starts[piece][key], _starts[piece][key + 1]);
                if (end - start > _longestList)
                    continue;
                foreach (var candidate in _lists[piece].AsSpan(start, end - start))
                {
                    ref readonly var other = ref _points[candidate];
                    if (point.DistanceTo(other) > GreatestDistance || work.Seen[candidate] == work.Number
                        || !PictureMatch.AreNear(point, other))
                        continue;
                    work.Seen[candidate] = work.Number;
                    var owner = _owners[candidate];
                    // Transforms share few counters: a collision makes a candidate that is looked at in vain.
                    var votes = ++work.Votes[owner * Counters + PictureMatch.BinOf(point, other) % Counters];
                    work.Most[owner] = Math.Max(work.Most[owner], votes);
                }
            }
        }
        return [.. Enumerable.Range(0, work.Most.Length).Where(i => work.Most[i] >= LeastVotes)
            .OrderByDescending(i => work.Most[i]).ThenBy(i => i)];
    }

    /// <summary>What a search counts in.</summary>
    public Workspace NewWorkspace() => new(_points.Length, _pictures);

    private (int[] Starts, int[] List) Sort(int piece)
    {
        var starts = new int[(1 << PieceBits) + 1];
        foreach (ref readonly var point in _points.AsSpan())
            starts[KeyOf(point, piece) + 1]++;
        for (var i = 1; i < starts.Length; i++)
            starts[i] += starts[i - 1];
        var next = (int[])starts.Clone();
        var list = new int[_points.Length];
        for (var i = 0; i < _points.Length; i++)
            list[next[KeyOf(_points[i], piece)]++] = i;
        return (starts, list);
    }

    private static int KeyOf(in SignaturePoint point, int piece) =>
        (int)((piece < Pieces / 2 ? point.Low : point.High) >> PieceBits * (piece % (Pieces / 2))) & ((1 << PieceBits) - 1);

    /// <summary>What a search counts in; not for two threads.</summary>
    public sealed class Workspace(int points, int pictures)
    {
        /// <summary>Which of the picture's points has met each point last.</summary>
        public int[] Seen { get; } = new int[points];

        /// <summary>The votes of each picture, by transform.</summary>
        public int[] Votes { get; } = new int[pictures * Counters];

        /// <summary>The most votes of each picture for one transform.</summary>
        public int[] Most { get; } = new int[pictures];

        /// <summary>The number of the point that is looked for.</summary>
        public int Number { get; set; }
    }
}
