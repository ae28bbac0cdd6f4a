using System;
using System.Linq;
using DenseAspp.Networks;
using static TorchSharp.torch;

// The networks of this project's own specs: typed classes in its own namespace.
foreach (var descriptor in NetworkCatalog.All)
{
    Console.WriteLine(
        $"{descriptor.Name}: {descriptor.Parameters:N0} parameters, output stride {descriptor.OutputStride}. {descriptor.Summary}");
}

using var inference = inference_mode();
using var network = new DenseAspp121(classes: 5);
network.eval();
Console.WriteLine(
    $"{network.Head.Pyramid.Count} atrous convolutions at rates "
    + $"{string.Join(", ", network.Head.Pyramid.Select(unit => unit.Conv2.dilation[0]))}");
using var output = network.call(rand(1, 3, 97, 129));
Console.WriteLine($"logits [{string.Join(", ", output.Logits.shape)}]");
