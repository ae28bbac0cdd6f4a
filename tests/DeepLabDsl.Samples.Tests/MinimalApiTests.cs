using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Json;
using System.Threading.Tasks;
using DeepLabDsl.Imaging;
using Microsoft.AspNetCore.Mvc.Testing;

namespace DeepLabDsl.Samples.Tests;

/// <summary>Runs when nothing else does: the memory of the process is looked at.</summary>
[CollectionDefinition(nameof(MinimalApiTests), DisableParallelization = true)]
public sealed class MinimalApiCollection;

/// <summary>The sample web service: an image in, a mask out, many at a time.</summary>
[Collection(nameof(MinimalApiTests))]
public sealed class MinimalApiTests : IClassFixture<TrainedModel>, IDisposable
{
    private readonly TrainedModel _model;
    private readonly WebApplicationFactory<Program> _service;

    public MinimalApiTests(TrainedModel model)
    {
        _model = model;
        _service = new WebApplicationFactory<Program>().WithWebHostBuilder(host => host.UseSetting("Model", model.Onnx));
    }

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task An_image_is_answered_with_its_mask()
    {
        using var client = _service.CreateClient();
        using var segmenter = Segmenter.Load(_model.Onnx);

        using var mask = await client.PostAsync("/mask", new ByteArrayContent(File.ReadAllBytes(_model.Photo)));
        using var overlay = await client.PostAsync("/overlay", new ByteArrayContent(File.ReadAllBytes(_model.Photo)));

        Assert.Equal("image/png", mask.Content.Headers.ContentType!.MediaType);
        var saved = _model.In("answer.png");
        File.WriteAllBytes(saved, await mask.Content.ReadAsByteArrayAsync());
        var expected = segmenter.Segment(_model.Photo);
        Assert.Equal(expected.Labels.Indices, ImageFile.ReadLabels(saved).Indices);
        Assert.Equal(
            expected.DrawOverlay().Pixels, ImageFile.ReadRgb(await overlay.Content.ReadAsByteArrayAsync(), "the answer").Pixels);
        Assert.Equal(segmenter.Classes.Names, await client.GetFromJsonAsync<string[]>("/classes"));
        Assert.Equal("Healthy", await client.GetStringAsync("/healthz"));
    }

    [Fact]
    public async Task What_is_no_image_is_answered_with_a_sentence()
    {
        using var client = _service.CreateClient();

        using var answer = await client.PostAsync("/mask", new StringContent("no image"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("this is not an image that can be read", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Twenty_requests_at_a_time_are_all_answered_and_memory_does_not_grow()
    {
        const int AtATime = 20;
        const int Rounds = 3;
        // What one image takes, twenty times, would be more: the network's maps alone are some MB an image.
        const long Growth = 48 << 20;
        using var client = _service.CreateClient();
        var image = File.ReadAllBytes(_model.Photo);
        var first = await Round();
        var before = Memory();

        for (var round = 0; round < Rounds; round++)
            Assert.All(await Round(), answer => Assert.Equal(first[0], answer));

        Assert.InRange(Memory() - before, long.MinValue, Growth);

        Task<byte[][]> Round() => Task.WhenAll(Enumerable.Range(0, AtATime).Select(async _ =>
        {
            using var answer = await client.PostAsync("/mask", new ByteArrayContent(image));
            answer.EnsureSuccessStatusCode();
            return await answer.Content.ReadAsByteArrayAsync();
        }));

        static long Memory()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using var self = Process.GetCurrentProcess();
            return self.WorkingSet64;
        }
    }
}
