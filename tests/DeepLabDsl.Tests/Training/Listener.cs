using System;
using DeepLabDsl.Training;

namespace DeepLabDsl.Tests.Training;

/// <summary>
/// Is told of a training's events of one kind, at once and on its thread, which <see cref="Progress{T}"/> does not promise.
/// </summary>
/// <typeparam name="T">The kind.</typeparam>
/// <param name="take">Takes an event.</param>
internal sealed class Listener<T>(Action<T> take) : IProgress<TrainingEvent>
    where T : TrainingEvent
{
    public void Report(TrainingEvent value)
    {
        if (value is T one)
            take(one);
    }
}
