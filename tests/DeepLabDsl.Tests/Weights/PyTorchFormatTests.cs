using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using DeepLabDsl.Errors;
using DeepLabDsl.Modules;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Formats;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Weights;

/// <summary>Files that PyTorch itself wrote (Fixtures/make.py), read; files that are ours, as PyTorch writes them.</summary>
public sealed class PyTorchFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> TensorFiles => ["tensors.pth", "tensors-legacy.pth", "tensors-protocol4.pth"];

    public static TheoryData<string> AllFiles =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "weights"), "*.pth").Select(p => Path.GetFileName(p))
            .Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(TensorFiles))]
    public void Every_tensor_is_read_as_it_was_written(string name)
    {
        using var scope = NewDisposeScope();
        var whole = Ramp(4, 6);
        var expected = new Dictionary<string, Tensor>
        {
            ["float32"] = Ramp(2, 3, 2, 2),
            ["float64"] = Ramp(5).to(float64),
            ["float16"] = Ramp(5).to(float16),
            ["bfloat16"] = Ramp(5).to(bfloat16),
            ["int64"] = arange(5, int64),
            ["int32"] = arange(5, int32),
            ["int16"] = arange(5, int16),
            ["int8"] = arange(5, int8),
            ["uint8"] = arange(5, uint8),
            ["bool"] = tensor(new[] { true, false, true }),
            ["complex64"] = complex(Ramp(3), -Ramp(3)),
            ["scalar"] = tensor(7L),
            ["empty"] = zeros(0, 3),
            ["whole"] = whole,
            ["rows"] = whole[1..3],
            ["columns"] = whole[TensorIndex.Colon, 2..4],
            ["transposed"] = whole.t(),
            ["expanded"] = Ramp(3, 1).expand(3, 4),
            ["parameter"] = Ramp(2, 2),
        };

        var file = WeightsFile.Open(Fixture(name));

        Assert.Equal(name.Contains("legacy", StringComparison.Ordinal) ? WeightsFormat.PyTorchLegacy : WeightsFormat.PyTorch, file.Format);
        Assert.Equal(expected.Keys, file.Tensors.Select(t => t.Name));
        foreach (var stored in file.Tensors)
        {
            var read = stored.Load();
            Assert.Equal((expected[stored.Name].dtype, stored.Type), (read.dtype, read.dtype));
            Assert.Equal(expected[stored.Name].shape, stored.Shape);
            Assert.True(read.is_contiguous() && Same(read, expected[stored.Name]), stored.Name);
        }
    }

    [Fact]
    public void Numbers_of_a_big_endian_machine_are_turned()
    {
        using var scope = NewDisposeScope();
        var file = WeightsFile.Open(Fixture("big-endian.pth"));

        Assert.All(file.Tensors, t => Assert.True(Same(t.Load().to(float32), t.Name == "int64" ? arange(5, float32) : Ramp(5)), t.Name));
    }

    [Theory]
    [InlineData("checkpoint.pth")]
    [InlineData("checkpoint-legacy.pth")]
    public void A_checkpoints_state_dict_is_found_among_optimizer_scores_and_arguments(string name)
    {
        using var scope = NewDisposeScope();
        var file = WeightsFile.Open(Fixture(name));
        var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 3)), ("norm", nn.BatchNorm2d(2)), ("scores", nn.Conv2d(2, 3, 1)));

        var match = WeightsFile.Load(network, file);

        Assert.Equal("module.", match.Prefix);
        Assert.Equal(ModuleState.Of(network).Count, match.Fitting);
        Assert.Equal(["the tensors are those of 'state_dict'", "left aside: epoch, best_score, args, rng_state, optimizer"], file.Notes);
        Assert.All(
            ModuleState.Of(network),
            e => Assert.True(Same(e.Tensor.detach().to(float32), e.Tensor.dim() == 0 ? zeros([]) : Ramp(e.Tensor.shape)), e.Name));
    }

    [Fact]
    public void Of_several_models_one_must_be_named()
    {
        var path = Fixture("two-models.pth");

        Assert.Contains(
            "several sets of tensors: ema, student", Assert.Throws<WeightsException>(() => WeightsFile.Open(path)).Message,
            StringComparison.Ordinal);
        Assert.Equal(3, WeightsFile.Open(path, "ema").Tensors.Count);
        Assert.Contains(
            "there are ema, student", Assert.Throws<WeightsException>(() => WeightsFile.Open(path, "teacher")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("malicious.pth", "its entry 'state_dict' is an object of Python, 'posix.system'")]
    [InlineData("malicious-legacy.pth", "its entry 'state_dict' is an object of Python, 'posix.system'")]
    [InlineData("whole-model.pth", "it is an object of Python, 'torch.nn.modules.container.Sequential'")]
    public void Weights_that_ask_for_code_are_refused_by_name(string name, string asked)
    {
        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Open(Fixture(name)));

        Assert.StartsWith($"{Fixture(name)}: {asked}", fault.Message, StringComparison.Ordinal);
        Assert.Contains("nothing of it was run", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists("executed"));
    }

    /// <summary>What training scripts leave beside the weights, as Python writes it; and a thing that would run a program.</summary>
    [Theory]
    [InlineData("ccollections\ndefaultdict\ncbuiltins\nlist\n\x85R(X\x01\0\0\0a]u")]
    [InlineData("cmmengine.logging.history_buffer\nHistoryBuffer\n)\u0081}b")]
    [InlineData("cpytorch_lightning.utilities.parsing\nAttributeDict\n)\u0081(X\x01\0\0\0aK\x01u}b")]
    [InlineData("cbuiltins\ngetattr\nctorch.optim\nOneCycleLR\n)\u0081X\x01\0\0\0f\u0086R")]
    [InlineData("cpathlib\nPosixPath\n(X\x01\0\0\0/X\x01\0\0\0atR")]
    [InlineData("cdatetime\ndatetime\nC\u0002ab\u0085R")]
    [InlineData("cbuiltins\neval\n")]
    [InlineData("cposix\nsystem\nX\x02\0\0\0ls\u0085R")]
    [InlineData("(i__main__\nX\n")]
    [InlineData("(c__main__\nX\nK\x01o")]
    [InlineData("ca\nF\n)R]b(K\u0001e")]
    [InlineData("(X\x07\0\0\0storagectorch\nQInt8Storage\nX\x01\0\0\0" + "1X\x03\0\0\0cpuK\x02tQ")]
    [InlineData("ctorch._utils\n_rebuild_qtensor\n)R")]
    public void What_lies_beside_the_weights_is_a_name_and_no_reason_to_refuse_them(string neighbour)
    {
        using var scope = NewDisposeScope();

        var file = WeightsFile.Open(
            Archive(
                Encoding.Latin1.GetBytes("}(" + Text("state_dict") + "}" + Text("w") + Weight + "s" + Text("beside") + neighbour + "u."),
                new byte[8]));

        Assert.Equal(["w"], file.Tensors.Select(t => t.Name));
        Assert.Equal([2], file.Tensors[0].Load().shape);
        Assert.Contains("left aside: beside", file.Notes);
    }

    [Theory]
    [InlineData("}(Msd" + "cmy.models\nNet\n)\u0081}bu.", "its entry 'model' is an object of Python, 'my.models.Net'")]
    [InlineData(
        "}(Msd" + "}(X\x01\0\0\0aWX\x01\0\0\0bctorch._utils\n_rebuild_qtensor\n)Ruu.",
        "its entry 'model.b' is a tensor of a kind that is not read ('torch._utils._rebuild_qtensor')")]
    [InlineData(
        "}(Msd" + "}(X\x01\0\0\0acnumpy.core.multiarray\n_reconstruct\n)Ruu.",
        "its entry 'model.a' is an object of Python, 'numpy.core.multiarray._reconstruct'")]
    [InlineData("}(Msd" + "cmy.models\nNet\n)\u0081X\x03\0\0\0rngWu.", "its entry 'model' is an object of Python, 'my.models.Net'")]
    public void Weights_that_are_made_of_it_are_refused_by_its_place(string pickle, string expected)
    {
        var bytes = Encoding.Latin1.GetBytes(
            pickle.Replace("Msd", Text("model"), StringComparison.Ordinal).Replace("W", Weight, StringComparison.Ordinal));

        Assert.Contains(
            expected, Assert.Throws<WeightsException>(() => WeightsFile.Open(Archive(bytes, new byte[8]))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Copies_of_containers_count_as_much_as_what_is_new()
    {
        // A list of a thousand pairs, and a dictionary made of it again and again.
        var list = "](" + string.Concat(Enumerable.Repeat("K\x01K\x01\u0086", 1000)) + "eq\0" + "0";
        var pickle = list + string.Concat(Enumerable.Repeat("ccollections\nOrderedDict\nh\0\u0085R0", 5000)) + "}.";

        Assert.Contains("more than 3000000 values", Assert.Throws<WeightsException>(() =>
            WeightsFile.Open(Archive(Encoding.Latin1.GetBytes(pickle)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dictionary_that_many_names_lead_to_is_looked_at_once()
    {
        // Six levels, each of sixty names for one dictionary: 60^6 ways lead to the last.
        var level = "}";
        for (var depth = 0; depth < 6; depth++)
            level += $"q{(char)depth}0}}({string.Concat(Enumerable.Range(0, 60).Select(i => Text($"n{i}") + $"h{(char)depth}"))}u";

        Assert.Contains(
            "holds no tensors",
            Assert.Throws<WeightsException>(() => WeightsFile.Open(Archive(Encoding.Latin1.GetBytes(level + ".")))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_may_be_what_keys_begin_with()
    {
        var bytes = Encoding.Latin1.GetBytes("}(" + Text("ema.w") + Weight + Text("model.w") + Weight + "u.");

        Assert.Equal(["w"], WeightsFile.Open(Archive(bytes, new byte[8]), "ema").Tensors.Select(t => t.Name));
    }

    [Theory]
    [InlineData("(lp0\nh\x01.", "refers to a value that it did not keep")]
    [InlineData("\x80\x07.", "version 7 of the pickle protocol")]
    [InlineData("(i__main__\nX\n.", "an object of Python, '__main__.X'")]
    [InlineData("\x82\x01.", "operation 0x82")]
    [InlineData("cbuiltins\neval\n.", "no dictionary")]
    [InlineData("X\xff\xff\xff\x7f.", "speaks of 2147483647 bytes")]
    [InlineData("\x8b\xff\xff\xff\x7f.", "number of 2147483647 bytes")]
    [InlineData("a.", "takes a value that is not there")]
    [InlineData("t.", "ends a group that it did not begin")]
    [InlineData("}N.", "more or less than one value")]
    [InlineData("}", "ends in the middle")]
    [InlineData("Nb.", "takes a value that is not there")]
    [InlineData("X\x01\0\0\0aK\x01\x86Q.", "no storage of a tensor")]
    [InlineData("].", "no dictionary")]
    [InlineData("}.", "holds no tensors")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R.", "arguments of 'torch._utils._rebuild_tensor_v2'")]
    public void A_damaged_pickle_is_refused_with_its_fault(string pickle, string expected)
    {
        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Open(Archive(Encoding.Latin1.GetBytes(pickle))));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_that_grows_without_end_is_cut_off()
    {
        var lists = Enumerable.Repeat((byte)']', 5_000_000).ToArray();

        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Open(Archive(lists)));

        Assert.Contains("more than 3000000 values", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever is cut off or overwritten, the answer is weights or one clear refusal.</summary>
    [Theory]
    [MemberData(nameof(AllFiles))]
    public void A_damaged_file_is_read_or_refused_and_nothing_else(string name)
    {
        using var scope = NewDisposeScope();
        var whole = File.ReadAllBytes(Fixture(name));
        var random = new Random(1);
        var refused = 0;
        for (var i = 0; i < 400; i++)
        {
            var bytes = i % 2 == 0 ? whole[..random.Next(whole.Length)] : whole.ToArray();
            for (var hits = i % 2 == 0 ? 0 : random.Next(1, 4); hits > 0; hits--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                foreach (var stored in WeightsFile.Open(_folder.Write("damaged.pth", bytes)).Tensors)
                    stored.Load().Dispose();
            }
            catch (WeightsException e)
            {
                Assert.Contains("damaged.pth: ", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        Assert.True(refused > 150, $"only {refused} of 400 were refused");
    }

    [Fact]
    public void What_is_written_is_read_back_to_the_bit()
    {
        using var scope = NewDisposeScope();
        var source = WeightsFile.Open(Fixture("tensors.pth")).Tensors;
        var path = _folder.File("out", "written.pth");

        WeightsFile.Write(
            path, [.. source.Select(t => new TensorToWrite(t.Name, t.Load()))], new Dictionary<string, string> { ["network"] = "a" });

        var file = WeightsFile.Open(path);
        Assert.Equal(source.Select(t => t.Name), file.Tensors.Select(t => t.Name));
        Assert.All(source.Zip(file.Tensors), t => Assert.True(Same(t.First.Load(), t.Second.Load()), t.First.Name));
        Assert.Equal("a", file.Metadata["network"]);
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    /// <summary>
    /// What torch.load needs: records under one folder, stored as they are, and the operations that it allows with weights_only.
    /// </summary>
    [Fact]
    public void The_archive_is_laid_out_as_py_torch_does()
    {
        var path = _folder.File("one.pth");

        WeightsFile.Write(path, [new TensorToWrite("w", Ramp(2, 3))], null);

        using var zip = ZipFile.OpenRead(path);
        Assert.Equal(["archive/data.pkl", "archive/byteorder", "archive/data/0", "archive/version"], zip.Entries.Select(e => e.FullName));
        Assert.All(zip.Entries, e => Assert.Equal(e.Length, e.CompressedLength));
        using var reader = new StreamReader(zip.Entries[0].Open(), Encoding.Latin1);
        Assert.Equal(
            "\u0080\u0002ccollections\nOrderedDict\n)R(X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storage"
            + "ctorch\nFloatStorage\n"
            + "X\x01\0\0\0" + "0X\x03\0\0\0cpuJ\x06\0\0\0tQJ\0\0\0\0(J\x02\0\0\0J\x03\0\0\0t(J\x03\0\0\0J\x01\0\0\0t\x89"
            + "ccollections\nOrderedDict\n)RtRu.",
            reader.ReadToEnd());
    }

    /// <summary>A tensor of two numbers, as PyTorch pickles it.</summary>
    private static string Weight =>
        "ctorch._utils\n_rebuild_tensor_v2\n((" + Text("storage") + "ctorch\nFloatStorage\n" + Text("0") + Text("cpu")
        + "K\x02tQK\0K\x02\u0085K\x01\u0085\u0089}tR";

    private static string Text(string text) => $"X{(char)text.Length}\0\0\0{text}";

    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "weights", name);

    private static Tensor Ramp(params long[] shape) => (arange(shape.Aggregate(1L, (a, b) => a * b), float32) / 8).reshape(shape);

    private static bool Same(Tensor a, Tensor b) =>
        a.dtype == b.dtype && a.shape.SequenceEqual(b.shape) && a.contiguous().bytes.SequenceEqual(b.contiguous().bytes);

    private string Archive(byte[] pickle, byte[]? numbers = null)
    {
        using var content = new MemoryStream();
        using (var zip = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            using (var entry = zip.CreateEntry("a/data.pkl").Open())
                entry.Write(pickle);
            if (numbers is not null)
            {
                using var storage = zip.CreateEntry("a/data/0").Open();
                storage.Write(numbers);
            }
        }
        return _folder.Write("a.pth", content.ToArray());
    }
}
