using System;

namespace DeepLabDsl.Graph;

/// <summary>The operations by number, as a stored graph names them: never changed, only added to.</summary>
internal enum OperationCode
{
    Convolution = 1,
    BatchNorm = 2,
    Activation = 3,
    MaxPool = 4,
    AveragePool = 5,
    GlobalAveragePool = 6,
    ResizeBy = 7,
    ResizeTo = 8,
    PixelShuffle = 9,
    Add = 10,
    Multiply = 11,
    Maximum = 12,
    Mean = 13,
    Concatenate = 14,
    Dropout = 15,
    MeanFieldCrf = 16,
}

internal static class OperationCodes
{
    public static OperationCode Of(Operation operation) => operation switch
    {
        Convolution => OperationCode.Convolution,
        BatchNorm => OperationCode.BatchNorm,
        Activation => OperationCode.Activation,
        MaxPool => OperationCode.MaxPool,
        AveragePool => OperationCode.AveragePool,
        GlobalAveragePool => OperationCode.GlobalAveragePool,
        ResizeBy => OperationCode.ResizeBy,
        ResizeTo => OperationCode.ResizeTo,
        PixelShuffle => OperationCode.PixelShuffle,
        Add => OperationCode.Add,
        Multiply => OperationCode.Multiply,
        Maximum => OperationCode.Maximum,
        Mean => OperationCode.Mean,
        Concatenate => OperationCode.Concatenate,
        Dropout => OperationCode.Dropout,
        MeanFieldCrf => OperationCode.MeanFieldCrf,
        _ => throw new NotSupportedException($"{operation.GetType().Name} can't be stored."),
    };
}
