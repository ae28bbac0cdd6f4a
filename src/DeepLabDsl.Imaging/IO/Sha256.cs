using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace DeepLabDsl.IO;

/// <summary>SHA-256 in hexadecimal digits, as <c>sha256sum</c> prints it.</summary>
internal static class Sha256
{
    /// <summary>Of a file's bytes.</summary>
    public static string OfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Of a text in UTF-8.</summary>
    public static string OfText(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
