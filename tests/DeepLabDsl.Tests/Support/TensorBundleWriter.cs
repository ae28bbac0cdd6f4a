using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using DeepLabDsl.Weights.Formats;
using Google.Protobuf;
using Snappier;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Support;

/// <summary>Writes TensorFlow checkpoints of version 2 as TensorFlow lays them out, for tests: it has its own idea of every byte.</summary>
internal sealed class TensorBundleWriter
{
    private const int BlockSize = 4096;
    private const int RestartInterval = 16;

    private readonly SortedDictionary<string, byte[]> _entries = new(StringComparer.Ordinal);

    /// <summary>Into how many files the numbers go, in turn.</summary>
    public int Shards { get; init; } = 1;

    public bool Packs { get; init; }

    public bool IsBigEndian { get; init; }

    /// <summary>Changes the entries before they are written, under their names; the header's is empty.</summary>
    public Action<SortedDictionary<string, byte[]>>? Change { get; init; }

    /// <summary>Writes a checkpoint and returns the path of its index.</summary>
    public string Write(string prefix, IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        _entries[""] = Message(o =>
        {
            Field(o, 1, (ulong)Shards);
            Field(o, 2, IsBigEndian ? 1UL : 0);
            Bytes(o, 3, Message(v => Field(v, 1, 1)));
        });
        var files = Enumerable.Range(0, Shards).Select(i => File.Create(string.Create(
            CultureInfo.InvariantCulture, $"{prefix}.data-{i:D5}-of-{Shards:D5}"))).ToList();
        var next = 0;
        foreach (var (name, tensor) in tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            var shard = next++ % Shards;
            var bytes = tensor.contiguous().bytes.ToArray();
            if (IsBigEndian)
                TensorFlowTypes.SwapBytes(bytes, (int)tensor.ElementSize);
            _entries[name] = Message(o =>
            {
                Field(o, 1, tensor.dtype == ScalarType.Int64 ? 9UL : 1);
                Bytes(o, 2, Message(s =>
                {
                    foreach (var extent in tensor.shape)
                        Bytes(s, 2, Message(d => Field(d, 1, (ulong)extent)));
                }));
                Field(o, 3, (ulong)shard);
                Field(o, 4, (ulong)files[shard].Position);
                Field(o, 5, (ulong)bytes.Length);
                o.WriteTag(6, WireFormat.WireType.Fixed32);
                o.WriteFixed32(Crc32C.Masked(bytes));
            });
            files[shard].Write(bytes);
        }
        files.ForEach(f => f.Dispose());
        Change?.Invoke(_entries);
        var path = prefix + ".index";
        File.WriteAllBytes(path, Table([.. _entries.Select(e => (Encoding.UTF8.GetBytes(e.Key), e.Value))]));
        return path;
    }

    private byte[] Table(IReadOnlyList<(byte[] Key, byte[] Value)> entries)
    {
        using var file = new MemoryStream();
        var places = new List<(byte[] Key, byte[] Value)>();
        for (var i = 0; i < entries.Count;)
        {
            var (first, size) = (i, 0);
            while (i < entries.Count && size < BlockSize)
                size += entries[i].Key.Length + entries[i++].Value.Length;
            places.Add((entries[i - 1].Key, Place(file, [.. entries.Skip(first).Take(i - first)])));
        }
        byte[] footer = [.. Place(file, []), .. Place(file, places)];
        file.Write(footer);
        file.Write(new byte[40 - footer.Length]);
        file.Write([0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]);
        return file.ToArray();
    }

    /// <summary>Writes a block and returns where it lies.</summary>
    private byte[] Place(MemoryStream file, IReadOnlyList<(byte[] Key, byte[] Value)> entries)
    {
        using var block = new MemoryStream();
        var restarts = new List<int>();
        byte[] last = [];
        for (var i = 0; i < entries.Count; i++)
        {
            var (key, value) = entries[i];
            if (i % RestartInterval == 0)
            {
                restarts.Add((int)block.Position);
                last = [];
            }
            var shared = key.AsSpan().CommonPrefixLength(last);
            block.Write([.. Number(shared), .. Number(key.Length - shared), .. Number(value.Length), .. key.AsSpan(shared), .. value]);
            last = key;
        }
        if (restarts.Count == 0)
            restarts.Add(0);
        foreach (var number in restarts.Append(restarts.Count))
            block.Write(BitConverter.GetBytes(number));
        byte[] content = [.. Packs ? Snappy.CompressToArray(block.ToArray()) : block.ToArray(), Packs ? (byte)1 : (byte)0];
        byte[] place = [.. Number((int)file.Position), .. Number(content.Length - 1)];
        file.Write([.. content, .. BitConverter.GetBytes(Crc32C.Masked(content))]);
        return place;
    }

    private static byte[] Number(int value)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
            output.WriteUInt32((uint)value);
        return stream.ToArray();
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
            write(output);
        return stream.ToArray();
    }

    private static void Field(CodedOutputStream output, int number, ulong value)
    {
        if (value == 0)
            return;
        output.WriteTag(number, WireFormat.WireType.Varint);
        output.WriteUInt64(value);
    }

    private static void Bytes(CodedOutputStream output, int number, byte[] value)
    {
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(value));
    }
}
