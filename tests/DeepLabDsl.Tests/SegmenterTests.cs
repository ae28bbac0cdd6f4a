using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using DeepLabDsl.Crf;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Tests;

/// <summary>What a segmenter does around its network: turns, streams, limits, batches, results. The network is a threshold.</summary>
public sealed class SegmenterTests : IDisposable
{
    private static readonly ClassSet Classes = new("two", [new("dark", new Rgb(0, 0, 60)), new("light", new Rgb(250, 240, 0))]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_result_tells_classes_and_shares()
    {
        using var segmenter = Make();

        var result = segmenter.Segment(Halves(light: 3));

        Assert.Equal((8, 4), (result.Width, result.Height));
        Assert.Equal([new("dark", 5 / 8.0), new("light", 3 / 8.0)], result.Shares);
        Assert.Equal((3 / 8.0, "light", "dark"), (result.ShareOf("light"), result.ClassAt(2, 3), result.ClassAt(3, 0)));
        Assert.Equal(12, result.PixelsOf("light").Count(p => p));
        Assert.Equal("the image: 8x4, dark 62.5 %, light 37.5 %", result.ToString());
        Assert.Null(result.Probabilities);
        Assert.Contains("the classes are dark, light", Assert.Throws<ArgumentException>(() => result.ShareOf("grey")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Mask_and_overlay_are_saved_to_files_and_streams()
    {
        using var segmenter = Make();
        var result = segmenter.Segment(Halves(light: 3));
        var (mask, overlay) = (_folder.File("out", "mask.png"), _folder.File("out", "overlay.png"));
        using var stream = new MemoryStream();

        result.SaveMask(mask);
        result.SaveOverlay(overlay);
        result.SaveMask(stream);

        Assert.Equal(result.Labels.Indices, ImageFile.ReadLabels(mask).Indices);
        Assert.Equal(File.ReadAllBytes(mask), stream.ToArray());
        Assert.Equal(result.DrawOverlay().Pixels, ImageFile.ReadRgb(overlay).Pixels);
    }

    [Fact]
    public async Task Files_streams_and_pixels_are_the_same_image()
    {
        using var segmenter = Make(new() { KeepProbabilities = true });
        var image = Halves(light: 5);
        var path = _folder.File("image.png");
        ImageFile.WritePng(path, image);
        var bytes = File.ReadAllBytes(path);
        var bgra = Enumerable.Range(0, 32)
            .SelectMany(i => new[] { 2, 1, 0 }.Select(c => image.Pixels[3 * i + c]).Append((byte)9)).ToArray();

        Segmentation[] results =
        [
            segmenter.Segment(path), segmenter.Segment(new MemoryStream(bytes)), segmenter.Segment(image),
            segmenter.Segment(RgbImage.FromPixels(bgra, 8, 4, PixelLayout.Bgra)), await segmenter.SegmentAsync(path),
            await segmenter.SegmentAsync(new MemoryStream(bytes)), await segmenter.SegmentAsync(image),
            .. segmenter.SegmentAll([path]), await FirstAsync(segmenter.SegmentAllAsync([path])),
        ];

        Assert.All(results, r => Assert.Equal(results[0].Labels.Indices, r.Labels.Indices));
        Assert.All(results, r => Assert.Equal(results[0].Probabilities!.Values, r.Probabilities!.Values));
        Assert.Equal(path, results[0].Name);
    }

    [Fact]
    public void Rows_of_pixels_may_have_a_gap()
    {
        byte[] grey = [1, 2, 99, 99, 3, 4];

        var image = RgbImage.FromPixels(grey, 2, 2, PixelLayout.Grey, stride: 4);

        Assert.Equal([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], image.Pixels);
        Assert.StartsWith("An image of 4x2 has 8 bytes in this layout, and there are 6.",
            Assert.Throws<ArgumentException>(() => RgbImage.FromPixels(grey, 4, 2, PixelLayout.Grey)).Message, StringComparison.Ordinal);
        Assert.StartsWith("A row of 2 pixels has 6 bytes, more than its stride of 4.",
            Assert.Throws<ArgumentException>(() => RgbImage.FromPixels(grey, 2, 1, PixelLayout.Bgr, stride: 4)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_images_than_allowed_are_in_memory_however_many_are_asked_for()
    {
        var engine = new Threshold { Wait = TimeSpan.FromMilliseconds(5) };
        using var segmenter = new Segmenter(engine, new() { MaxConcurrency = 2 });
        var path = _folder.File("image.png");
        ImageFile.WritePng(path, Halves(light: 1));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            i % 2 == 0 ? segmenter.SegmentAsync(path) : Task.Run(() => segmenter.Segment(path))));

        Assert.Equal((20, 2), (engine.Runs, engine.MostAtOnce));
    }

    [Fact]
    public async Task Who_waits_can_give_up_and_dispose_waits_for_what_runs()
    {
        using var held = new ManualResetEventSlim();
        var engine = new Threshold { Held = held };
        var segmenter = new Segmenter(engine, new());
        var running = segmenter.SegmentAsync(Halves(light: 1));
        SpinWait.SpinUntil(() => engine.MostAtOnce == 1);
        using var cancelled = new CancellationTokenSource();
        var waiting = segmenter.SegmentAsync(Halves(light: 1), cancelled.Token);
        var late = segmenter.SegmentAsync(Halves(light: 1));

        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var disposing = Task.Run(segmenter.Dispose);
        await Task.Delay(20);
        Assert.False(engine.IsDisposed);
        held.Set();
        await disposing;

        Assert.Equal(1 / 8.0, (await running).ShareOf("light"));
        Assert.True(engine.IsDisposed);
        // Whether it had its turn before or not, it is told or served, and does not hang.
        if (await Record.ExceptionAsync(() => late) is { } told)
            Assert.IsType<ObjectDisposedException>(told);
        Assert.Throws<ObjectDisposedException>(() => segmenter.Segment(Halves(light: 1)));
    }

    [Fact]
    public void Streams_are_bounded()
    {
        using var segmenter = Make(new() { MaxStreamBytes = 1000, MaxStreamPixels = 31 });
        var path = _folder.File("image.png");
        ImageFile.WritePng(path, Halves(light: 1));

        Assert.Equal("the image: has more than 1000 bytes. Send a smaller file, or raise the limit.", Fault(new byte[1001]));
        Assert.StartsWith("the image: has 8x4 pixels (width x height), and 31 are allowed.", Fault(File.ReadAllBytes(path)),
            StringComparison.Ordinal);
        Assert.StartsWith("the image: is empty.", Fault([]), StringComparison.Ordinal);
        Assert.StartsWith("the image: this is not an image", Fault([1, 2, 3]), StringComparison.Ordinal);
        Assert.Equal(32, segmenter.Segment(path).Labels.Indices.Length);

        string Fault(byte[] bytes) => Assert.Throws<UnusableDataException>(() => segmenter.Segment(new MemoryStream(bytes))).Message;
    }

    [Fact]
    public async Task A_batch_goes_on_after_an_image_that_can_not_be_read_if_told_so()
    {
        using var segmenter = Make();
        var (good, bad) = (_folder.File("good.png"), _folder.File("bad.png"));
        ImageFile.WritePng(good, Halves(light: 2));
        File.WriteAllText(bad, "no image");
        var faults = new ConcurrentBag<string>();
        var told = new Told();

        var results = segmenter.SegmentAll([good, bad, good], told, (path, error) => faults.Add($"{path}|{error.Message}")).ToList();

        Assert.Equal([good, good], results.Select(r => r.Name));
        Assert.StartsWith($"{bad}|{bad}: this is not an image", Assert.Single(faults), StringComparison.Ordinal);
        Assert.Equal([new(1, 3), new(2, 3), new(3, 3)], told.All);
        Assert.Throws<UnusableDataException>(() => segmenter.SegmentAll([good, bad, good]).ToList());
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in segmenter.SegmentAllAsync([good, good, good], cancellationToken: cancelled.Token))
                await cancelled.CancelAsync();
        });
    }

    [Fact]
    public void Options_that_can_not_be_are_refused()
    {
        Assert.Contains("scales", Fault(new() { Scales = [0] }), StringComparison.Ordinal);
        Assert.Contains("MaxConcurrency must be 1 or more", Fault(new() { MaxConcurrency = 0 }), StringComparison.Ordinal);
        Assert.Contains("Threads must be 1 or more", Fault(new() { Threads = 0 }), StringComparison.Ordinal);
        Assert.Contains("exclude each other", Fault(new() { WholeImages = true, Window = 513 }), StringComparison.Ordinal);

        string Fault(SegmenterOptions options) =>
            Assert.Throws<ArgumentException>(() => Segmenter.Load(_folder.File("nothing"), options)).Message;
    }

    private static Segmenter Make(SegmenterOptions? options = null) => new(new Threshold(), options ?? new());

    /// <summary>8x4 pixels: columns that are light, then dark ones.</summary>
    private static RgbImage Halves(int light)
    {
        var image = new RgbImage(8, 4);
        for (var i = 0; i < 32; i++)
        {
            if (i % 8 < light)
                image[i % 8, i / 8] = new Rgb(200, 220, 240);
        }
        return image;
    }

    private static async Task<T> FirstAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (var item in items)
            return item;
        throw new InvalidOperationException();
    }

    private sealed class Told : IProgress<ImageProgress>
    {
        public List<ImageProgress> All { get; } = [];

        public void Report(ImageProgress value) => All.Add(value);
    }

    private sealed class Threshold : ISegmenterEngine
    {
        private int _runs;
        private int _now;
        private int _most;

        public TimeSpan Wait { get; init; }

        public ManualResetEventSlim? Held { get; init; }

        public int Runs => _runs;

        public int MostAtOnce => Volatile.Read(ref _most);

        public bool IsDisposed { get; private set; }

        public string Network => "threshold";

        public ClassSet Classes => SegmenterTests.Classes;

        public ChannelFormat? Format => null;

        public CrfRecipe? Crf => null;

        public IReadOnlyList<string> Notes => [];

        public (LabelMap Labels, ClassProbabilities? Probabilities) Run(SegmenterImage image, bool withProbabilities, CrfOptions? crf)
        {
            var now = Interlocked.Increment(ref _now);
            for (var most = _most; now > most; most = _most)
                Interlocked.CompareExchange(ref _most, now, most);
            Held?.Wait();
            Thread.Sleep(Wait);
            Interlocked.Increment(ref _runs);
            Interlocked.Decrement(ref _now);
            var (width, height) = (image.Picture.Width, image.Picture.Height);
            var light = Enumerable.Range(0, width * height).Select(i => image.Picture.Pixels[3 * i] / 255f).ToArray();
            var probabilities = new ClassProbabilities(2, width, height, [.. light.Select(p => 1 - p), .. light]);
            return (probabilities.MostLikely(), withProbabilities ? probabilities : null);
        }

        public void Dispose() => IsDisposed = true;
    }
}
