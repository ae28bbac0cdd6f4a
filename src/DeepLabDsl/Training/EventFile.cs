using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using DeepLabDsl.Errors;
using DeepLabDsl.Weights.Formats;
using Google.Protobuf;

namespace DeepLabDsl.Training;

/// <summary>
/// A file of events that TensorBoard reads: records of TensorFlow's <c>Event</c> message, each with its length and two masked
/// CRC-32C (tensorflow/core/util/event.proto, core/lib/io/record_writer.h).
/// </summary>
internal sealed class EventFile : IDisposable
{
    /// <summary>Fits the names of all such files.</summary>
    public const string Pattern = "events.out.tfevents.*";

    private const uint SessionStart = 1;

    private readonly FileStream _stream;
    private readonly string _path;

    private EventFile(string path)
    {
        _path = path;
        _stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
    }

    /// <summary>Starts a file in a folder. TensorBoard forgets what older files of the folder say of later steps.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="firstStep">The step of the first event.</param>
    /// <exception cref="UnusableDataException">It can't be written.</exception>
    public static EventFile Create(string folder, long firstStep)
    {
        var seconds = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var path = "";
        try
        {
            // TensorBoard reads a folder's files in the order of their names.
            for (var i = 0; path.Length == 0 || File.Exists(path); i++)
            {
                path = Path.Combine(
                    folder, string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{seconds:D10}.{i:D3}.deeplabdsl"));
            }
            var file = new EventFile(path);
            file.Write(0, output =>
            {
                output.WriteTag(3, WireFormat.WireType.LengthDelimited);
                output.WriteString("brain.Event:2");
            });
            file.Write(firstStep, output =>
            {
                output.WriteTag(7, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(Message(log =>
                {
                    log.WriteTag(1, WireFormat.WireType.Varint);
                    log.WriteUInt32(SessionStart);
                }));
            });
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(path, e);
        }
    }

    /// <summary>Writes values of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="values">Names and values.</param>
    /// <exception cref="UnusableDataException">They can't be written.</exception>
    public void Write(long step, IEnumerable<(string Tag, double Value)> values) => Write(step, output =>
    {
        output.WriteTag(5, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(Message(summary =>
        {
            foreach (var (tag, value) in values)
            {
                summary.WriteTag(1, WireFormat.WireType.LengthDelimited);
                summary.WriteBytes(Message(item =>
                {
                    item.WriteTag(1, WireFormat.WireType.LengthDelimited);
                    item.WriteString(tag);
                    item.WriteTag(2, WireFormat.WireType.Fixed32);
                    item.WriteFloat((float)value);
                }));
            }
        }));
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // Everything was flushed as it was written; what could not be has been reported then.
        }
    }

    private void Write(long step, Action<CodedOutputStream> content)
    {
        var data = Message(output =>
        {
            output.WriteTag(1, WireFormat.WireType.Fixed64);
            output.WriteDouble(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1e3);
            output.WriteTag(2, WireFormat.WireType.Varint);
            output.WriteInt64(step);
            content(output);
        }).ToByteArray();
        try
        {
            var length = BitConverter.GetBytes((ulong)data.Length);
            _stream.Write(length);
            _stream.Write(BitConverter.GetBytes(Crc32C.Masked(length)));
            _stream.Write(data);
            _stream.Write(BitConverter.GetBytes(Crc32C.Masked(data)));
            _stream.Flush();
        }
        catch (IOException e)
        {
            throw Fault(_path, e);
        }
    }

    private static ByteString Message(Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
            write(output);
        return ByteString.CopyFrom(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static UnusableDataException Fault(string path, Exception e) => new($"{path}: can't be written: {e.Message}", e);
}
