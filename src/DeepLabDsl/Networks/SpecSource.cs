using System;
using System.Text;

namespace DeepLabDsl.Networks;

/// <summary>A spec file that a network is made of, as its assembly carries it.</summary>
/// <param name="Name">The file's name; with folders where several have one name.</param>
/// <param name="Text">What stands in it.</param>
public sealed record SpecSource(string Name, string Text)
{
    /// <summary>A file's text from the bytes in an assembly.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="utf8">Its text.</param>
    public static SpecSource Of(string name, ReadOnlySpan<byte> utf8) => new(name, Encoding.UTF8.GetString(utf8));
}
