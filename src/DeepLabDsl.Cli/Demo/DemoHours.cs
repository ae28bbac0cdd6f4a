namespace DeepLabDsl.Cli.Demo;

/// <summary>When scenes are seen.</summary>
internal enum DemoHours
{
    /// <summary>By day, in the evening's low sun, under an overcast sky and at dusk with lit windows.</summary>
    All,

    /// <summary>By day alone: a blue sky, a high sun.</summary>
    Day,
}
