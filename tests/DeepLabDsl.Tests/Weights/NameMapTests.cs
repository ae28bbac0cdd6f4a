using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights.Names;
using DeepLabDsl.Zoo;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Weights;

public class NameMapTests
{
    [Theory]
    [InlineData("backbone.conv1", "stem.conv", "backbone.conv1.weight", "stem.conv.weight")]
    [InlineData("backbone.conv1", "stem.conv", "backbone.conv1", "stem.conv")]
    [InlineData("backbone.conv1", "stem.conv", "backbone.conv10.weight", null)]
    [InlineData("layer{n}.{u}.conv1", "layer{n + 1}.block{u+1}.reduce", "layer1.22.conv1.weight", "layer2.block23.reduce.weight")]
    [InlineData("layer{n}.{u}", "res{n + 1}{letter(u)}", "layer4.2.weight", "res5c.weight")]
    [InlineData("{u}.conv{n}", "res{u}_branch2{letter(n - 1)}", "3.conv2.bias", "res3_branch2b.bias")]
    [InlineData("rep.{u}.conv", "rep.{3 * u + 1}.conv1", "rep.2.conv.weight", "rep.7.conv1.weight")]
    [InlineData("block{u}", "unit{u - 3}", "block2.weight", null)]
    [InlineData("aspp.{branch*}.bn", "head.{branch*}.norm", "aspp.pool.bn.bias", "head.pool.norm.bias")]
    [InlineData("aspp.{branch*}.bn", "head.{branch*}.norm", "aspp.pool.x.bn.bias", null)]
    [InlineData("backbone.{key**}", "{key**}", "backbone.a.b.c", "a.b.c")]
    [InlineData("a{n}.b{n}", "x{n}", "a3.b3.w", "x3.w")]
    [InlineData("a{n}.b{n}", "x{n}", "a3.b4.w", null)]
    [InlineData("a{n}", "x{n}", "a07", null)]
    public void A_rule_translates_a_key_and_all_below_it_both_ways(string ours, string theirs, string key, string? expected)
    {
        var (left, right) = (NamePattern.Parse(ours), NamePattern.Parse(theirs));

        var translated = left.Match(key) is { } match ? right.Fill(match) : null;

        Assert.Equal(expected, translated);
        if (translated is not null)
            Assert.Equal(key, left.Fill(right.Match(translated)!));
    }

    [Fact]
    public void The_first_rule_that_fits_holds()
    {
        var map = Parse("rules: { a.b: x, a: y }");

        var names = map.Apply(["a.b.weight", "a.c.weight"]);

        Assert.Equal(["x.weight", "y.c.weight"], names.Names.Select(n => n.Theirs));
        Assert.Equal("a.c.weight", names.ToOurs("y.c.weight"));
        Assert.Null(names.ToOurs("a.c.weight"));
    }

    [Fact]
    public void Keys_of_one_side_alone_are_named()
    {
        var map = Parse("rules: { a: x }\nabsent: [\"{m**}.num_batches_tracked\"]\nignore: [scale, x]");

        var names = map.Apply(["a.weight", "a.num_batches_tracked"]);

        Assert.Null(names.ToTheirs("a.num_batches_tracked"));
        Assert.True(names.Ignores("scale.a.weight"));
        Assert.False(names.Ignores("x.weight"), "what a rule produces is not left aside");
        Assert.True(names.Ignores("x.bias"));
        Assert.False(names.Ignores("scales.weight"));
    }

    [Fact]
    public void Keys_without_a_name_and_names_with_two_keys_are_refused()
    {
        var map = Parse("rules:\n  a.{n}: x.{n}\n  b.{n}: x.{n}");

        var fault = Assert.Throws<WeightsException>(() => map.Apply(["a.1", "b.1", "b.2", "c.weight"]));

        Assert.StartsWith("m.yaml: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains("x.1 would be both a.1 (m.yaml(3,3)) and b.1 (m.yaml(4,3))", fault.Message, StringComparison.Ordinal);
        Assert.Contains("no rule fits c.weight", fault.Message, StringComparison.Ordinal);
        Assert.Contains("2 of 4", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rules: { a: x }", "key", "key")]
    [InlineData("rules: { a: x }\nothers: same", "a.b key", "x.b key")]
    [InlineData("rules: { a: x }\nothers: absent", "a.b key", "x.b -")]
    public void Other_keys_stay_or_are_absent_as_the_map_says(string rules, string keys, string expected)
    {
        var map = Parse(rules);

        if (rules.Contains("others", StringComparison.Ordinal))
            Assert.Equal(expected, string.Join(' ', map.Apply(keys.Split(' ')).Names.Select(n => n.Theirs ?? "-")));
        else
            Assert.Throws<WeightsException>(() => map.Apply(keys.Split(' ')));
    }

    [Theory]
    [InlineData("rules: { \"a.{n}\": x }", "m.yaml(2,10): 'n' stands on one side alone")]
    [InlineData("rules: { a: \"x.{n}\" }", "m.yaml(2,10): 'n' stands on one side alone")]
    [InlineData("rules: { \"a.{n}\": \"x.{n*}\" }", "m.yaml(2,10): 'n' is a number on one side and text on the other")]
    [InlineData("rules: { \"a.{n\": x }", "m.yaml(2,10): 'a.{n': a '{' is not closed")]
    [InlineData("rules: { \"a.{n + m}\": \"x\" }", "m.yaml(2,10): 'a.{n + m}': '{n + m}' is no placeholder")]
    [InlineData("rules: { \"{a}{b}\": \"{a}.{b}\" }", "side by side")]
    [InlineData("rules: { \"{a**}.x.{b**}\": \"{a**}.{b**}\" }", "two placeholders of any text")]
    [InlineData("rules: { \"a.{n* + 1}\": \"x.{n*}\" }", "reckons with text")]
    [InlineData("rules: { a: { key: x, reverse: first } }", "m.yaml(2,32): expected an axis")]
    [InlineData("rules: { a: { key: x, permute: [0, 2] } }", "each of 0, 1, 2 ... once")]
    [InlineData("rules: { a: { key: x, turn: 1 } }", "m.yaml(2,23): 'turn' is nothing that a rule says")]
    [InlineData("rules: { a: { reverse: 1 } }", "the publisher's key is missing")]
    [InlineData("rules: { a: { key: x, divide_by: \"y{n}\" } }", "has a placeholder that our key has not")]
    [InlineData("rules: { \"a.{n            !}\": x }", "is no placeholder")]
    [InlineData("rules: [a]", "m.yaml(2,8): rules is a mapping")]
    [InlineData("others: perhaps", "m.yaml(2,9): others is what becomes of keys that no rule fits")]
    [InlineData("rule: { a: x }", "m.yaml(2,1): 'rule' is not a key of a name map")]
    [InlineData("ignore: [a]", "m.yaml(1,1): a name map needs rules")]
    public void A_wrong_map_is_refused_at_its_place(string yaml, string expected)
    {
        var fault = Assert.Throws<UnusableDataException>(() => Parse(yaml));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Each of the placeholders may end at each of the letters: to try them all would take longer than anybody has.</summary>
    [Fact]
    public void A_pattern_is_matched_without_going_back()
    {
        var pattern = NamePattern.Parse(string.Concat(Enumerable.Range(0, 30).Select(i => $"{{p{i}*}}x")) + "y");

        Assert.Null(pattern.Match(new string('x', 500)));
        Assert.Throws<FormatException>(() => NamePattern.Parse(string.Concat(Enumerable.Range(0, 33).Select(i => $"{{p{i}*}}x"))));
        Assert.Throws<FormatException>(() => NamePattern.Parse(new string('x', 1001)));
    }

    [Fact]
    public void The_fill_protocol_uses_the_publishers_names()
    {
        using var scope = NewDisposeScope();
        using var ours = nn.Sequential(("conv", nn.Conv2d(3, 4, 3)));
        using var theirs = nn.Sequential(("c1", nn.Conv2d(3, 4, 3)));

        FillProtocol.Fill(ours, Parse("rules: { conv: c1 }"));
        FillProtocol.Fill(theirs);

        Assert.Equal(
            ModuleState.Of(theirs).Select(e => e.Tensor.data<float>().ToArray()),
            ModuleState.Of(ours).Select(e => e.Tensor.data<float>().ToArray()));
    }

    [Fact]
    public void A_network_has_one_shipped_map_at_most()
    {
        Assert.Empty(NameMap.Shipped.SelectMany(m => m.Networks).GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key));
    }

    /// <summary>Every key has its name, and no rule is a slip of the pen.</summary>
    [Fact]
    public void Shipped_maps_fit_their_networks() =>
        Assert.Empty(NameMap.Check(NameMap.Shipped, n => NetworkCatalog.All.Where(d => d.Name == n).Select(Keys).FirstOrDefault()));

    [Fact]
    public void A_map_extends_another_and_its_own_rules_come_first()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("base.yaml"), "name_map: base\nrules: { a: x, b: y, c: z }\nabsent: [n]\nignore: [s]");
        File.WriteAllText(folder.File("heir.yaml"), "name_map: heir\nextends: base\nnetworks: [net]\nrules: { b: w }\nignore: [t]");
        var (parent, heir) = (NameMap.Read(folder.File("base.yaml")), NameMap.Read(folder.File("heir.yaml")));

        var names = heir.Apply(["a.weight", "b.weight", "n"]);

        Assert.Equal(["x.weight", "w.weight", null], names.Names.Select(n => n.Theirs));
        Assert.True(names.Ignores("s") && names.Ignores("t"));
        // What is dead in the map that is extended is told there, and only there.
        var fault = Assert.Single(NameMap.Check([heir, parent], n => n == "net" ? ["a.weight", "b.weight"] : null));
        Assert.EndsWith("base.yaml(2,22): c: this rule fits no key of net", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m", "'m' extends this map in turn")]
    [InlineData("n", "'m' extends this map in turn")]
    [InlineData("../m", "there is no map '../m' to extend")]
    public void A_map_that_cannot_be_extended_is_a_fault_at_its_place(string name, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("m.yaml"), $"name_map: m\nextends: {name}\nrules: {{ a: x }}");
        File.WriteAllText(folder.File("n.yaml"), "name_map: n\nextends: m\nrules: { a: x }");

        var fault = Assert.Throws<UnusableDataException>(() => NameMap.Read(folder.File("m.yaml")));

        Assert.Contains("(2,10): ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    /// <summary>deeplabv3-mobilenet-v2 is another head, so that a map of the network that it is not extended from is none of its.</summary>
    [Theory]
    [InlineData("deeplabv2-resnet101-msc-kazuto", "kazuto-deeplabv2")]
    [InlineData("deeplabv3plus-xception65-os8", "tensorflow-xception65")]
    [InlineData("deeplabv3-mobilenet-v2-half", null)]
    public void A_network_brings_its_map_or_that_of_the_network_that_it_extends(string network, string? expected) =>
        Assert.Equal(expected, NameMap.For(NetworkCatalog.All.Single(n => n.Name == network))?.Name);

    [Fact]
    public void A_network_of_a_user_brings_the_map_of_the_network_that_it_extends_where_it_fits()
    {
        var mine = NetworkCatalog.All.Single(n => n.Name == "deeplabv3-resnet101-kazuto") with
        {
            Name = "mine",
            ReadSpecs = Specs,
        };
        var other = NetworkCatalog.All.Single(n => n.Name == "demo") with { Name = "mine", ReadSpecs = Specs };

        Assert.Equal("kazuto-deeplabv3", NameMap.For(mine)?.Name);
        Assert.Null(NameMap.For(other));

        static IReadOnlyList<SpecSource> Specs() =>
            [new SpecSource("mine.yaml", "network: mine\nextends: deeplabv3-resnet101-kazuto\nclasses: 3")];
    }

    /// <summary>Maps that no network has for its own, on networks that they are for.</summary>
    [Theory]
    [InlineData("caffe-deeplab-v1", "deeplabv1-largefov", "backbone.conv5.2.conv.bias", "conv5_3.1")]
    [InlineData("caffe-deeplab-v2", "deeplabv2-resnet101", "backbone.layer3.22.conv3.weight", "res4b22_branch2c.0")]
    [InlineData("caffe-deeplab-v2", "deeplabv2-resnet101", "backbone.layer4.1.bn2.running_var", "bn5b_branch2b.1")]
    [InlineData("torchvision-backbone", "deeplabv3-resnet50", "backbone.layer4.2.conv3.weight", "layer4.2.conv3.weight")]
    public void Maps_for_choice_fit_too(string map, string network, string ours, string theirs)
    {
        using var net = NetworkCatalog.All.Single(n => n.Name == network).Create(2);
        var keys = ModuleState.Of(net).Select(e => e.Name).ToList();

        Assert.Equal(theirs, NameMap.Find(map).Apply(keys).ToTheirs(ours));
        Assert.Empty(NameMap.Find(map).UnusedRules(keys));
    }

    private static IReadOnlyList<string> Keys(NetworkDescriptor network) => [.. network.Graph.Weights.Select(w => w.Key)];

    private static NameMap Parse(string rest) => NameMap.Parse("name_map: test\n" + rest, "m.yaml");
}
