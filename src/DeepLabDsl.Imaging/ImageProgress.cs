namespace DeepLabDsl.Imaging;

/// <summary>How far work on a set of images is.</summary>
/// <param name="Done">Images done.</param>
/// <param name="Total">Images in all.</param>
public readonly record struct ImageProgress(int Done, int Total);
