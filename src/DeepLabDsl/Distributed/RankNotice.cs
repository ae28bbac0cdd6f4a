using System;
using System.Globalization;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace DeepLabDsl.Distributed;

/// <summary>
/// One byte that the ranks of a system share: whether one of them has said what it failed by. It outlives the rank that sets it, and
/// nobody has to clear it away: it lies in a file without a name.
/// </summary>
internal sealed class RankNotice : IDisposable
{
    private readonly SafeFileHandle? _file;

    /// <param name="key">A number of this job and system alone.</param>
    /// <param name="isFirst">Whether this rank is the first of those on its system.</param>
    /// <param name="meet">Waits until all ranks of the job are there.</param>
    public RankNotice(ulong key, bool isFirst, Action meet)
    {
        var path = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"deeplabdsl-{key:x16}"));
        if (isFirst)
            _file = TryOpen(path, FileMode.CreateNew);
        meet();
        if (!isFirst)
            _file = TryOpen(path, FileMode.Open);
        meet();
        if (isFirst && _file is not null)
            File.Delete(path);
    }

    /// <summary>Whether a rank of this system has spoken.</summary>
    public bool IsGiven
    {
        get
        {
            Span<byte> given = [0];
            return _file is { IsClosed: false } && RandomAccess.Read(_file, given, 0) == 1 && given[0] == 1;
        }
    }

    /// <summary>This rank has spoken.</summary>
    public void Give()
    {
        if (_file is { IsClosed: false })
            RandomAccess.Write(_file, [1], 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    /// <summary>
    /// Opens it with room for the byte; null: it can't be had, and a rank that is ended may speak beside the one that failed.
    /// </summary>
    private static SafeFileHandle? TryOpen(string path, FileMode mode)
    {
        try
        {
            var file = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            if (mode == FileMode.CreateNew)
                RandomAccess.Write(file, [0], 0);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
