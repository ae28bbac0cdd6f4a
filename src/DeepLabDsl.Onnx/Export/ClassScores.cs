using ElementType = DeepLabDsl.Onnx.Proto.TensorProto.Types.DataType;

namespace DeepLabDsl.Onnx;

/// <summary>What is made of the scores of classes, <c>[N, classes, H, W]</c>, inside a model.</summary>
internal static class ClassScores
{
    /// <summary>
    /// The softmax over classes, spelled out: the operator over an axis that is not the last takes many times as long, and a
    /// transposition on either side of it is optimised away (ONNX Runtime 1.31).
    /// </summary>
    public static void Probabilities(OnnxGraphBuilder builder, string name, string scores)
    {
        var axis = builder.Constant(1);
        var largest = builder.AddNew("ReduceMax", name + "/largest", [scores, axis], Attributes.Of("keepdims", 1));
        var power = builder.AddNew("Exp", name + "/exp", [builder.AddNew("Sub", name + "/shifted", [scores, largest])]);
        var sum = builder.AddNew("ReduceSum", name + "/sum", [power, axis], Attributes.Of("keepdims", 1));
        builder.Add("Div", name, [power, sum]);
    }

    /// <summary>
    /// The class of the largest score as a byte. The operator passes over what is not a number in every class but the first (ONNX
    /// Runtime 1.31), so that a network that broke down would draw plausible masks: such pixels are void here.
    /// </summary>
    public static void Labels(OnnxGraphBuilder builder, string name, string scores)
    {
        var classes = builder.AddNew(
            "ArgMax", name + "/argmax", [scores], Attributes.Of("axis", 1), Attributes.Of("keepdims", 0),
                Attributes.Of("select_last_index", 0));
        var labels = builder.AddNew("Cast", name + "/bytes", [classes], Attributes.Of("to", (long)ElementType.Uint8));
        var sum = builder.AddNew("ReduceSum", name + "/sum", [scores, builder.Constant(1)], Attributes.Of("keepdims", 0));
        var isBroken = builder.AddNew("IsNaN", name + "/broken", [sum]);
        builder.Add("Where", name, [isBroken, builder.Constant<byte>(ElementType.Uint8, [byte.MaxValue], []), labels]);
    }
}
