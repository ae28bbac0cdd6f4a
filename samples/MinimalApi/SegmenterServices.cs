using DeepLabDsl;
using Microsoft.Extensions.DependencyInjection;

namespace MinimalApi;

/// <summary>Makes a segmenter a service.</summary>
public static class SegmenterServices
{
    /// <summary>Adds one segmenter for all requests. It is loaded when it is first asked for, and disposed with the application.</summary>
    /// <param name="services">The services.</param>
    /// <param name="path">What <see cref="Segmenter.Load"/> takes.</param>
    /// <param name="options">How it works.</param>
    public static IServiceCollection AddSegmenter(this IServiceCollection services, string path, SegmenterOptions? options = null) =>
        services.AddSingleton(_ => Segmenter.Load(path, options));
}
