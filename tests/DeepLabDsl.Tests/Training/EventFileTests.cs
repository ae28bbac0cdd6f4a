using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using DeepLabDsl.Training;
using Google.Protobuf;

namespace DeepLabDsl.Tests.Training;

/// <summary>Event files, read by a reader that knows nothing of the writer: framing, checksums, messages.</summary>
public class EventFileTests
{
    [Fact]
    public void Checksums_are_that_of_the_standard()
    {
        // RFC 3720, B.4; TensorFlow masks it.
        Assert.Equal(0xE3069283u, Crc32C(Encoding.ASCII.GetBytes("123456789")));
        Assert.Equal(Mask(Crc32C(new byte[32])), DeepLabDsl.Weights.Formats.Crc32C.Masked(new byte[32]));
    }

    [Fact]
    public void Events_have_version_session_and_values()
    {
        using var folder = new TemporaryFolder();
        using (var file = EventFile.Create(folder.Path, 40))
        {
            file.Write(41, [("train/loss", 1.5), ("val_iou/sky", 0.25)]);
            file.Write(45, [("train/loss", 1.25)]);
        }

        var events = Read(Directory.GetFiles(folder.Path, EventFile.Pattern).Single()).ToList();

        Assert.Equal(4, events.Count);
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Equal((40, 1), (events[1].Step, events[1].Session));
        Assert.Equal([(41L, "train/loss", 1.5f), (41L, "val_iou/sky", 0.25f), (45L, "train/loss", 1.25f)],
            events.Skip(2).SelectMany(e => e.Values.Select(v => (e.Step, v.Tag, v.Value))));
        Assert.All(events, e => Assert.InRange(e.Time, 1.6e9, 1e11));
    }

    [Fact]
    public void A_resumed_runs_file_comes_after_the_first()
    {
        using var folder = new TemporaryFolder();
        EventFile.Create(folder.Path, 1).Dispose();
        EventFile.Create(folder.Path, 5).Dispose();

        Assert.Equal([1L, 5L], Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal).Select(f => Read(f).ElementAt(1).Step));
    }

    private static IEnumerable<Event> Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var length = reader.ReadBytes(8);
            Assert.Equal(Mask(Crc32C(length)), reader.ReadUInt32());
            var data = reader.ReadBytes((int)BitConverter.ToUInt64(length));
            Assert.Equal(Mask(Crc32C(data)), reader.ReadUInt32());
            yield return Parse(data);
        }
    }

    private static Event Parse(byte[] data)
    {
        var result = new Event();
        var input = new CodedInputStream(data);
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    result.Time = input.ReadDouble();
                    break;
                case 2:
                    result.Step = input.ReadInt64();
                    break;
                case 3:
                    result.Version = input.ReadString();
                    break;
                case 5:
                    result.Values.AddRange(Fields(input.ReadBytes()).Select(Value));
                    break;
                case 7:
                    var session = input.ReadBytes().CreateCodedInput();
                    session.ReadTag();
                    result.Session = session.ReadEnum();
                    break;
                default:
                    throw new InvalidDataException();
            }
        }
        return result;
    }

    private static IEnumerable<ByteString> Fields(ByteString message)
    {
        var input = message.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            Assert.Equal(1, WireFormat.GetTagFieldNumber(tag));
            yield return input.ReadBytes();
        }
    }

    private static (string Tag, float Value) Value(ByteString message)
    {
        var input = message.CreateCodedInput();
        Assert.Equal(1, WireFormat.GetTagFieldNumber(input.ReadTag()));
        var tag = input.ReadString();
        Assert.Equal(2, WireFormat.GetTagFieldNumber(input.ReadTag()));
        return (tag, input.ReadFloat());
    }

    private static uint Mask(uint crc) => ((crc >> 15) | (crc << 17)) + 0xA282EAD8;

    private static uint Crc32C(byte[] data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
        }
        return ~crc;
    }

    private sealed class Event
    {
        public double Time { get; set; }

        public long Step { get; set; }

        public string Version { get; set; } = "";

        public int Session { get; set; }

        public List<(string Tag, float Value)> Values { get; } = [];
    }
}
