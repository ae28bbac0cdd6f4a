using System.Globalization;

namespace DeepLabDsl;

/// <summary>How much of an image a class covers.</summary>
/// <param name="Class">The class's name.</param>
/// <param name="Share">The part of all pixels, 0 to 1.</param>
public readonly record struct ClassShare(string Class, double Share)
{
    /// <summary>Such as <c>road 41.3 %</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class} {100 * Share:0.0} %");
}
