using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Formats;
using Google.Protobuf;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Weights;

/// <summary>The formats beside PyTorch's, and that a file is known by its content.</summary>
public sealed class WeightsFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, WeightsFormat> Written => new()
    {
        { "a.safetensors", WeightsFormat.SafeTensors },
        { "a.pth", WeightsFormat.PyTorch },
        { "a.PT", WeightsFormat.PyTorch },
        { "a.dat", WeightsFormat.TorchSharp },
        { "a.caffemodel", WeightsFormat.Caffe },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Written))]
    public void Each_format_is_written_by_name_and_read_by_content(string name, WeightsFormat format)
    {
        using var scope = NewDisposeScope();
        var weights = new[] { ("conv1.0", rand(4, 3, 3, 3)), ("conv1.1", rand(4)), ("fc.0", rand(2, 4)), ("fc.1", rand(2)) };
        WeightsFile.Write(_folder.File(name), [.. weights.Select(w => new TensorToWrite(w.Item1, w.Item2))], null);
        var renamed = _folder.File("renamed.bin");
        File.Move(_folder.File(name), renamed);

        var file = WeightsFile.Open(renamed);

        Assert.Equal(format, file.Format);
        Assert.Equal(weights.Select(w => w.Item1), file.Tensors.Select(t => t.Name));
        foreach (var ((_, written), read) in weights.Zip(file.Tensors))
        {
            Assert.Equal(written.shape, read.Shape);
            Assert.Equal(written.bytes.ToArray(), read.Load().bytes.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void A_damaged_file_is_read_or_refused_and_nothing_else(string name, WeightsFormat format)
    {
        using var scope = NewDisposeScope();
        Assert.NotEqual(WeightsFormat.PyTorchLegacy, format);
        WeightsFile.Write(
            _folder.File(name), [new TensorToWrite("conv1.0", rand(4, 3, 3, 3)), new TensorToWrite("conv1.1", rand(4))], null);
        var whole = File.ReadAllBytes(_folder.File(name));
        var random = new Random(2);
        for (var i = 0; i < 300; i++)
        {
            var bytes = i % 2 == 0 ? whole[..random.Next(whole.Length)] : whole.ToArray();
            for (var hits = i % 2 == 0 ? 0 : 2; hits > 0; hits--)
                bytes[random.Next(Math.Min(bytes.Length, 120))] = (byte)random.Next(256);
            try
            {
                foreach (var stored in WeightsFile.Open(_folder.Write("damaged", bytes)).Tensors)
                    stored.Load().Dispose();
            }
            catch (WeightsException e)
            {
                Assert.Contains("damaged: ", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Torch_sharp_reads_ours_and_we_read_torch_sharps()
    {
        using var scope = NewDisposeScope();
        var theirs = nn.Sequential(("conv", nn.Conv2d(3, 4, 3)), ("norm", nn.BatchNorm2d(4)));
        theirs.save(_folder.File("theirs.dat"));
        var ours = nn.Sequential(("conv", nn.Conv2d(3, 4, 3)), ("norm", nn.BatchNorm2d(4)));

        WeightsFile.Load(ours, _folder.File("theirs.dat"));
        WeightsFile.Save(ours, _folder.File("ours.dat"));
        var again = nn.Sequential(("conv", nn.Conv2d(3, 4, 3)), ("norm", nn.BatchNorm2d(4)));
        again.load(_folder.File("ours.dat"));

        Assert.All(
            ModuleState.Of(theirs).Zip(ModuleState.Of(again)),
            e => Assert.Equal(e.First.Tensor.bytes.ToArray(), e.Second.Tensor.bytes.ToArray()));
    }

    /// <summary>The layout of DeepLab's own releases: V1 layers, four dimensions everywhere, layers without blobs between.</summary>
    [Fact]
    public void Caffes_layout_of_2014_is_read()
    {
        using var scope = NewDisposeScope();
        var net = Message(
            Field(1, Encoding.UTF8.GetBytes("VGG")),
            Field(2, Message(Field(4, "data"u8.ToArray()), Number(5, 5))),
            Field(
                2,
                Message(Field(6, Blob([2, 3, 1, 1], 6)), Field(6, Blob([1, 1, 1, 2], 2)), Field(4, "conv1_1"u8.ToArray()), Number(5, 4))),
            Field(2, Message(Field(4, "fc8"u8.ToArray()), Number(5, 14), Field(6, Blob([1, 1, 2, 3], 6)), Field(6, Blob([1, 1, 1, 2], 2)))),
            Field(2, Message(Field(4, "one"u8.ToArray()), Number(5, 4), Field(6, Blob([1, 3, 1, 1], 3)))));

        var file = WeightsFile.Open(_folder.Write("vgg.caffemodel", net));

        Assert.Equal("VGG", file.Metadata["name"]);
        Assert.Equal(
            ["conv1_1.0 2,3,1,1", "conv1_1.1 2", "fc8.0 2,3", "fc8.1 2", "one.0 1,3,1,1"],
            file.Tensors.Select(t => $"{t.Name} {string.Join(',', t.Shape)}"));
        Assert.Equal(Enumerable.Range(0, 6).Select(i => (float)i), file.Tensors[2].Load().data<float>().ToArray());
    }

    [Fact]
    public void Caffes_layout_before_2014_is_told_to_be_converted()
    {
        var net = Message(Field(2, Message(Field(1, Message(Field(1, "conv1"u8.ToArray()))))));

        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Open(_folder.Write("v0.caffemodel", net)));

        Assert.Contains("upgrade_net_proto_binary", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("<!DOCTYPE html><html>", "a web page")]
    [InlineData("\u00ef\u00bb\u00bf\r\n<!DOCTYPE html><html>", "a web page")]
    [InlineData("\u0089HDF\r\n\u001a\n and more", "an HDF5 file (Keras)")]
    [InlineData("\u0093NUMPY\u0001\0 and more", "a NumPy array")]
    [InlineData("\u001f\u008b\b\0 and more", "packed with gzip")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer")]
    [InlineData("hello, this is text", "no weights of a known format")]
    [InlineData("PK\x03\x04 and no more", "damaged or cut short")]
    public void What_is_no_weights_is_said_to_be(string content, string expected)
    {
        var path = _folder.Write("x.pth", Encoding.Latin1.GetBytes(content));

        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Open(path));

        Assert.StartsWith(path, fault.Message, StringComparison.Ordinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    /// <summary>What a file says of itself is checked as all that it holds: it may be damaged, or another's.</summary>
    [Theory]
    [InlineData("classes", """{"Name":"d","Void":255,"VoidColor":[0,0,0],"Classes":[null,{"Name":"a","Color":[1,2,3]}]}""", "lacks a name")]
    [InlineData("classes", """{"Name":"d","Void":255,"VoidColor":[0,0,0],"Classes":[{"Name":"a","Color":[1,2,256]}]}""", "a colour")]
    [InlineData("classes", """{"Name":"d","Void":0,"VoidColor":[0,0,0],"Classes":[]}""", "1 to 255 classes")]
    [InlineData("normalization", """{"Mean":[0.5],"Deviation":[0.5,0.5]}""", "The mean has 1 channels")]
    [InlineData("normalization", """{"Mean":[0.5]}""", "lacks mean or deviation")]
    [InlineData("normalization", """{"Mean":[0.5,0.5,0.5],"Deviation":[1e-320,1,1]}""", "beyond float32")]
    [InlineData("normalization", "null", "'normalization' is null")]
    [InlineData("input", """{"Channels":4,"Range":0,"Preview":[0,1,2]}""", "values up to 0")]
    [InlineData("input", """{"Channels":4,"Range":1,"Preview":[0,1,4]}""", "shows channels")]
    [InlineData("input", """{"Channels":-4,"Range":1,"Preview":[0,1,2]}""", "-4 channels")]
    public void What_a_file_says_of_itself_is_checked(string key, string value, string expected)
    {
        using var scope = NewDisposeScope();
        var metadata = new WeightsMetadata("n", new ClassSet("d", [new SegmentationClass("a", new Rgb(1, 2, 3))])).ToDictionary();
        metadata[key] = value;
        var path = _folder.File("a.safetensors");
        WeightsFile.Write(path, [new TensorToWrite("w", ones(1))], metadata);

        var fault = Assert.Throws<WeightsException>(() => WeightsMetadata.Of(WeightsFile.Open(path)));

        Assert.StartsWith(path, fault.Message, StringComparison.Ordinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_programs_words_are_no_damage()
    {
        using var scope = NewDisposeScope();
        WeightsFile.Write(
            _folder.File("a.safetensors"), [new TensorToWrite("w", ones(1))],
            new Dictionary<string, string> { ["network"] = "theirs", ["classes"] = "cat, dog" });

        Assert.Null(WeightsMetadata.Of(WeightsFile.Open(_folder.File("a.safetensors"))));
    }

    /// <summary>A small file whose tensors all repeat one number must not fill a disk.</summary>
    [Fact]
    public void What_repeats_its_numbers_is_written_where_that_is_allowed()
    {
        using var scope = NewDisposeScope();
        var path = _folder.File("a.safetensors");
        WeightsFile.Write(path, [new TensorToWrite("w", ones(1))], null);
        var small = WeightsFile.Open(path);
        var one = small.Tensors[0];
        var many = Enumerable.Range(0, 40).Select(i => one.With([1L << 18], t => t.expand(1L << 18)).Named($"w{i}")).ToList();
        var source = new WeightsFile(new WeightsContent(path, WeightsFormat.SafeTensors, many));

        var fault = Assert.Throws<WeightsException>(
            () => WeightsConverter.Convert(source, _folder.File("b.safetensors"), new ConversionOptions()));
        Assert.Equal(ErrorRemedy.AllowExpand, fault.Remedy);
        Assert.False(File.Exists(_folder.File("b.safetensors")));
        Assert.Equal(40, WeightsConverter.Convert(source, _folder.File("b.safetensors"), new ConversionOptions { AllowExpand = true }));
    }

    [Fact]
    public void What_cannot_be_written_leaves_nothing_behind()
    {
        using var scope = NewDisposeScope();
        var path = _folder.File("a.caffemodel");
        File.Delete(path);

        Assert.Contains(
            "no key of Caffe's",
            Assert.Throws<WeightsException>(() => WeightsFile.Write(path, [new TensorToWrite("conv.weight", rand(1))], null)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "does not say in which format",
            Assert.Throws<WeightsException>(() => WeightsFile.Write(_folder.File("a.txt"), [], null)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "complex64",
            Assert.Throws<WeightsException>(() => WeightsFile.Write(
                _folder.File("a.safetensors"), [new TensorToWrite("c", complex(rand(1), rand(1)))], null)).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private static byte[] Blob(int[] shape, int count) => Message(
        Number(1, shape[0]), Number(2, shape[1]), Number(3, shape[2]), Number(4, shape[3]),
        Field(5, [.. Enumerable.Range(0, count).SelectMany(i => BitConverter.GetBytes((float)i))]));

    private static byte[] Message(params byte[][] fields) => [.. fields.SelectMany(f => f)];

    private static byte[] Field(int number, byte[] content) => Write(output =>
    {
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(content));
    });

    private static byte[] Number(int number, long value) => Write(output =>
    {
        output.WriteTag(number, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    });

    private static byte[] Write(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
            write(output);
        return stream.ToArray();
    }
}
