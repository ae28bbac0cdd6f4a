using DeepLabDsl.Compiler;

namespace DeepLabDsl.Tools;

/// <summary>Drawings of a network.</summary>
public static class NetworkDrawing
{
    /// <summary>The network from the image down, as an SVG document.</summary>
    /// <param name="report">What is known of it at an input size.</param>
    public static string Svg(NetworkReport report) => SvgDiagram.Draw(report);

    /// <summary>The same for Graphviz.</summary>
    /// <param name="report">What is known of it at an input size.</param>
    public static string Dot(NetworkReport report) => DotDiagram.Draw(report);

    /// <summary>What each part with atrous convolutions reads, as an SVG document; null where there is none.</summary>
    /// <param name="report">What is known of it at an input size.</param>
    public static string? Gridding(NetworkReport report) => GriddingPicture.Draw(report);
}
