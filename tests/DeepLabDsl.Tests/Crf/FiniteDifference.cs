using System;
using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Crf;

/// <summary>Slopes by central differences, to hold gradients against.</summary>
internal static class FiniteDifference
{
    /// <summary>The slope of a loss over one value of a tensor, which is as before afterwards.</summary>
    /// <typeparam name="T">The tensor's type.</typeparam>
    /// <param name="tensor">What is changed.</param>
    /// <param name="place">Which of its values.</param>
    /// <param name="step">By how much, up and down.</param>
    /// <param name="loss">The loss.</param>
    public static double Slope<T>(Tensor tensor, int place, T step, Func<double> loss)
        where T : unmanaged, IFloatingPoint<T>
    {
        return (At(step) - At(-step)) / (2 * double.CreateChecked(step));

        double At(T change)
        {
            using var frozen = no_grad();
            var values = MemoryMarshal.Cast<byte, T>(tensor.bytes);
            var old = values[place];
            values[place] = old + change;
            var found = loss();
            values[place] = old;
            return found;
        }
    }
}
