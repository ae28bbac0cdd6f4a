using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Data;

/// <summary>
/// Finds pictures that are in a dataset more than once: under two names, or twice in a list. In two splits they make scores
/// flatter; in one they count as often as they are there.
/// </summary>
/// <param name="splits">The splits.</param>
/// <param name="pictureOf">What the image and its labels show, the same for the same pixels; a null picture is like no other.</param>
internal sealed class RepeatedPictures(
    IReadOnlyList<(string Name, IReadOnlyList<ListedImage> Images)> splits, Func<ListedImage, (string? Picture, string? Labels)> pictureOf)
{
    private const string Train = "train";

    private readonly List<(string Name, HashSet<ListedImage> Images)> _splits = [.. splits.Select(s => (s.Name, s.Images.ToHashSet()))];

    /// <summary>Names each picture that is there more than once.</summary>
    public IEnumerable<DatasetProblem> Find()
    {
        foreach (var (name, images) in splits)
        {
            foreach (var (image, count) in images.CountBy(i => i).Where(c => c.Value > 1))
                yield return Repeated($"{image.Paths[0]}: is listed {Times(count)} in the split '{name}', and counts {Times(count)}.");
        }
        // A split that holds another whole one (trainval, all) is meant so; but what is trained on is not to hold what is scored.
        var whole = _splits.ToDictionary(
            s => s.Name,
            s => _splits
                .Where(o => o.Images.IsProperSubsetOf(s.Images) && (s.Name != Train || o.Name.StartsWith(Train, StringComparison.Ordinal)))
                .Select(o => o.Name).ToHashSet());
        foreach (var same in _splits.SelectMany(s => s.Images).Distinct().GroupBy(i => pictureOf(i).Picture ?? i.Relative))
        {
            var holders = _splits.Select(s => (s.Name, Images: same.Where(s.Images.Contains).ToList())).Where(s => s.Images.Count > 0)
                .ToList();
            holders.RemoveAll(s => holders.Exists(o => whole[s.Name].Contains(o.Name)));
            if (holders.Count > 1)
                yield return Shared(holders);
            foreach (var (name, images) in holders.Where(h => h.Images.Count > 1))
            {
                var others = string.Join(", ", images.Skip(2).Take(3).Select(i => i.Name)) + (images.Count > 5 ? ", ..." : "");
                yield return Repeated(
                    $"{images[1].Paths[0]}: is the same picture as {images[0].Paths[0]}, and both are in the split '{name}', "
                    + $"where it counts {Times(images.Count)}"
                    + (images.Count > 2 ? $" ({others} are it too)" : "")
                    + $"{(LabelsDiffer(images) ? "; their label maps differ. Keep the one that is right." : ". Keep one.")}");
            }
        }
    }

    private DatasetProblem Shared(List<(string Name, List<ListedImage> Images)> holders)
    {
        var (first, second) = (holders[0].Images[0], holders[1].Images[0]);
        var names = string.Join(" and ", holders.Select(h => h.Name));
        return new DatasetProblem(
            DatasetFault.Shared,
            (first == second ? $"{first.Paths[0]}: is" : $"{first.Paths[0]}: is the same picture as {second.Paths[0]}, and they are")
            + $" in the splits {names}: scores on one would flatter a network that learnt on the other. Leave it in one of them."
            + (first != second && LabelsDiffer([first, second]) ? " Their label maps differ." : ""),
            // What is learnt is not to be scored; between two splits that are only scored, it is worth knowing.
            IsError: holders.Exists(h => h.Name == Train));
    }

    private bool LabelsDiffer(IReadOnlyList<ListedImage> images) =>
        images.Select(i => pictureOf(i).Labels).OfType<string>().Distinct().Count() > 1;

    private static DatasetProblem Repeated(string message) => new(DatasetFault.Repeated, message, IsError: false);

    private static string Times(int count) => count == 2 ? "twice" : $"{count} times";
}
