using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using DeepLabDsl;
using DeepLabDsl.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using MinimalApi;

var builder = WebApplication.CreateBuilder(args);
var model = builder.Configuration["Model"] ?? "model.onnx";
builder.Services.AddSegmenter(model, new SegmenterOptions { Threads = Environment.ProcessorCount });
builder.Services.AddHealthChecks();
var app = builder.Build();
// A model that can't be loaded is told now, and not to the first who asks.
app.Services.GetRequiredService<Segmenter>();

app.MapHealthChecks("/healthz");
app.MapGet("/classes", (Segmenter segmenter) => segmenter.Classes.Names);
app.MapPost("/mask", (HttpRequest request, Segmenter segmenter, CancellationToken cancelled) =>
    Segment(request, segmenter, result => result.SaveMask, cancelled));
app.MapPost("/overlay", (HttpRequest request, Segmenter segmenter, CancellationToken cancelled) =>
    Segment(request, segmenter, result => stream => result.SaveOverlay(stream), cancelled));
app.Run();

static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Segment(
    HttpRequest request, Segmenter segmenter, Func<Segmentation, Action<Stream>> save, CancellationToken cancelled)
{
    try
    {
        var result = await segmenter.SegmentAsync(request.Body, cancelled);
        using var png = new MemoryStream();
        save(result)(png);
        return TypedResults.Bytes(png.ToArray(), "image/png");
    }
    catch (UnusableDataException e)
    {
        return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest);
    }
}

/// <summary>What the tests start.</summary>
public partial class Program;
