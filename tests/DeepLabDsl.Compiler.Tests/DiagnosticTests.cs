using System.Linq;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>Every way in which a spec can be wrong: its id, its place and its words.</summary>
public class DiagnosticTests
{
    public static TheoryData<string, string, string> Broken => new()
    {
        // YAML
        { "network: [", "DLD001", "(1,11): error DLD001: Not valid YAML: While parsing a node" },
        { "network: a\nclasses: 2\noutputs:\n\tlogits: x", "DLD001", "(4,1): error DLD001: Not valid YAML: While scanning a mapping, "
            + "found invalid tab as indentation; indent with spaces" },
        { "network: a\n\tclasses: 2", "DLD001", "(2,1): error DLD001: Not valid YAML: While scanning a plain scalar, found a tab "
            + "character that violate indentation; indent with spaces" },
        { Specs.Tiny + "\nclasses: 5", "DLD002", "(11,1): error DLD002: 'classes' stands twice here, first on line 2" },
        { Specs.Tiny.Replace("classes: 4", "classes: &c 4"), "DLD003", "an anchor ('&c')" },
        { Specs.Tiny.Replace("channels: 8", "channels: *c"), "DLD003", "an alias ('*c')" },
        { Specs.Tiny.Replace("classes: 4", "classes: !!int 4"), "DLD003", "a tag" },
        { "", "DLD004", "the file is empty" },
        { "- 1", "DLD004", "this is a list" },
        { "netwrok: tiny", "DLD004", "did you mean 'network'?" },
        { "network: " + new string('[', 60) + new string(']', 60), "DLD005", "(1,58)" },
        { Specs.Tiny + "\n#" + new string('x', 128 * 1024), "DLD006", "A spec file is at most 128 KB long" },
        { Specs.Tiny.Replace("channels: 8", "channels: " + new string('1', 1001)), "DLD006",
        "An expression is at most 1000 characters long, this one 1001" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { repeat: 1024, layers: { x: { repeat: 1024, layers: { y: relu } } } }"), "DLD006",
        "The network has more than 3000 layers by this one" },
        // Names and keys
        { Specs.Tiny + "\nlayer: 1", "DLD101", "A network has no 'layer'; did you mean 'layers'?" },
        { Specs.Tiny.Replace(
            "stride: 2", "strides: 2"), "DLD101", "(5,45): error DLD101: Operation 'conv' has no 'strides'; did you mean 'stride'?" },
        { Specs.Tiny.Replace("classes: 4\n", ""), "DLD102", "A network needs 'classes'" },
        { Specs.Tiny.Replace("kernel: 3, ", ""), "DLD102", "Operation 'conv' needs 'kernel': a whole number or two, [height, width]" },
        { Specs.Tiny.Replace(
            "kernel: 3", "kernel: wide"), "DLD103", "'kernel' must be a whole number or two, [height, width], not the word 'wide'" },
        { Specs.Tiny.Replace("kernel: 3", "kernel: 2.5"), "DLD103", "not 2.5" },
        { Specs.Tiny.Replace("bias: true", "bias: 1"), "DLD103", "'bias' must be true or false, not 1" },
        { Specs.Tiny.Replace("layers:\n", "layers: 3\nlayer_s:\n"), "DLD103", "'layers' must be a mapping of layer names, not '3'" },
        { Specs.Tiny.Replace(
            "batch_norm", "batchnorm"), "DLD104", "(6,9): error DLD104: There is no operation 'batchnorm'; did you mean 'batch_norm'?" },
        { Specs.Tiny.Replace(
            "norm: batch_norm", "norm: { block: normal }"), "DLD105", "(6,18): error DLD105: No spec defines a block 'normal'" },
        { Specs.OnBackbone().Replace("stages", "stage"), "DLD106", "No spec defines a backbone 'stage'; did you mean 'stages'?" },
        { "network: a\nextends: tinny", "DLD107", "(2,10): error DLD107: No spec defines a network 'tinny' to extend" },
        { Specs.Tiny.Replace("  conv:", "  my conv:"), "DLD108", "'my conv' can't be the name of a layer" },
        { Specs.Tiny.Replace("network: tiny", "network: 3d"), "DLD108", "'3d' can't be the name of a network" },
        { Specs.Tiny + "\n---\n" + Specs.Tiny, "DLD109", "A network 'tiny' is also defined in spec.yaml" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { op: batch_norm, key: conv }"), "DLD110", "state-dict key 'conv'" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { op: batch_norm, member: Conv }"), "DLD110", "C# member 'Conv'" },
        { Specs.Tiny.Replace("norm: batch_norm", "dispose: batch_norm"), "DLD110", "The C# member 'Dispose' is taken" },
        { "block: a\nlayers:\n  x: { block: a }\n---\n" + Specs.Tiny.Replace("norm: batch_norm", "norm: { block: a }"), "DLD111",
        "Block 'a' is made of itself: a in a" },
        { "network: a\nextends: b\n---\nnetwork: b\nextends: a", "DLD111", "is made of itself" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { op: batch_norm, block: b }"), "DLD112", "'op' or 'block', not both" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { op: resize, factor: 2, grid: corners }"), "DLD112",
        "say 'align_corners: true' too" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { op: resize, factor: 2, grid: factor, align_corners: true }"), "DLD112",
        "'grid: factor' spaces half-pixel centres" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { op: resize, to: conv, grid: factor }"), "DLD112",
        "with 'to' the size is the other layer's" },
        { Specs.Tiny.Replace("resize: input", "resize: input, loss_at: output"), "DLD112", "with 'resize: input' the two are one" },
        { Specs.Tiny + "\n  other: { from: scores, loss_at: output }", "DLD112", "'other' carries none; say 'loss_weight' too" },
        { Specs.Tiny.Replace("resize: input", "resize: input, loss_at: labels"), "DLD103", "'loss_at' must be one of input, output" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: norm") + "\ndefaults: { norm: group_norm }", "DLD103",
        "'norm' must be one of batch_norm, none, not the word 'group_norm'" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { keys: counted, layers: { x: relu } }"), "DLD103",
        "(6,17): error DLD103: 'keys' must be 'named' or 'numbered', not 'counted'" },
        { Specs.Tiny.Replace(
            "kernel: 3", "kernel: 3, padding: tf"), "DLD103",
            "'padding' must be 'same', 'tensorflow', a whole number or two, [height, width], not the word 'tf'" },
        { Specs.Tiny.Replace(
            "bias: true", "defaults: { activation: none }"), "DLD101",
            "Layer 'scores' has no 'defaults'; only a block or a group of layers has them" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { layers: { x: activation }, defaults: { activation: swish } }"), "DLD103",
        "'activation' must be one of relu, relu6, sigmoid, hard_sigmoid, hard_swish, none" },
        // Expressions
        { Specs.Tiny.Replace("channels: 8", "channels: 4 * (2"), "DLD113", "In the expression '4 * (2': ')' was expected at the end" },
        { Specs.Tiny.Replace("channels: 8", "channels: squared(2)"), "DLD113", "there is no function 'squared'" },
        { Specs.Tiny.Replace(
            "$classes", "$clases"), "DLD114", "(8,44): error DLD114: '$clases' is not known here; did you mean 'classes'?" },
        { Specs.Tiny.Replace("channels: 8", "channels: 8 / 0"), "DLD115", "it divides by zero" },
        { Specs.Tiny.Replace("channels: 8", "channels: \"[1, 2][2]\""), "DLD115", "has items 0 to 1, not 2" },
        { "block: b\nparameters: { depth: int }\nlayers:\n  x: relu\n---\n" + Specs.Tiny.Replace("norm: batch_norm", "norm: { block: b }"),
        "DLD116", "Block 'b' needs a value for its parameter 'depth' (a whole number)" },
        { Specs.Tiny.Replace("channels: 8", "channels: 0"), "DLD117", "'channels' must be 1 or more, not 0" },
        { Specs.Tiny.Replace("channels: 8", "channels: 99999999"), "DLD117", "a size that a network can have" },
        { Specs.Tiny
            + "\nsuppress: { DLD999: why not }", "DLD119",
            "(11,13): error DLD119: 'DLD999' can't be suppressed: there is no such diagnostic; did you mean 'DLD319'?" },
        { Specs.Tiny + "\nsuppress: { DLD101: why not }", "DLD119", "only what an analysis finds can be suppressed (DLD310, " },
        // The graph
        { Specs.Tiny.Replace("from: scores", "from: score"), "DLD201", "There is no 'score' here; did you mean 'scores'?" },
        { Specs.OnBackbone().Replace("scores: {", "scores: { from: backbone.two.5,"), "DLD201", "'two' has units 0 to 2" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { op: batch_norm, from: act }"), "DLD202", "feeds on itself: " },
        { Specs.Tiny.Replace("act: relu", "act: { op: add, from: [norm, input] }"), "DLD203",
        "'norm' has 8 channels and 'input' has 3 channels" },
        { Specs.Tiny.Replace("act: relu", "act: { op: concat, from: [norm, input] }"), "DLD204", "'norm' is 33x33 and 'input' 65x65" },
        { Specs.Tiny.Replace("from: scores, resize: input", "from: scores"), "DLD204", "say 'resize: input'" },
        { Specs.Tiny.Replace("kernel: 3", "kernel: 99, padding: 0"), "DLD205", "A 65x65 map leaves nothing for a window of 99x99" },
        { Specs.Tiny.Replace("kernel: 3", "kernel: 3, groups: 3"), "DLD206", "3 groups do not divide 8 output channels" },
        { Specs.Tiny.Replace("act: relu", "act: { op: pixel_shuffle, factor: 3 }"), "DLD206", "3x3 pixels do not divide 8 input channels" },
        { Specs.Tiny.Replace(
            "act: relu", "act: { op: crf }"), "DLD102", "Operation 'crf' needs 'image': the name of the picture, such as input" },
        { Specs.Tiny.Replace("act: relu", "act: { op: crf, image: input }"), "DLD204", "'norm' is 33x33 and 'input' 65x65" },
        { Specs.Tiny.Replace(
            "act: relu", "act: { op: crf, image: conv }"), "DLD203",
            "takes the colours of a picture of 3 channels, but 'conv' has 8 channels" },
        { Specs.Tiny.Replace(", stride: 2", "").Replace("act: relu", "act: { op: crf, image: input, bilateral_sigma_rgb: 0 }"), "DLD117",
        "'bilateral_sigma_rgb' must be above 0, not 0" },
        { Specs.Tiny.Replace("act: relu", "act: { op: add, from: norm }"), "DLD207", "Operation 'add' takes 2 or more inputs, not 1" },
        { Specs.Tiny.Replace("$classes", "5"), "DLD208", "Output 'logits' has 5 channels for 4 classes" },
        { Specs.Tiny.Replace("channels: 8", "channels: 'round_to($classes, 4)'"), "DLD209",
        "spec.yaml(5,42): 'round_to' makes no multiple of it" },
        { Specs.Tiny.Replace("channels: 8", "channels: $classes * $classes"), "DLD209", "'*' makes no multiple of it" },
        { Specs.Tiny.Replace("channels: 8", "channels: 8, rate: $classes"), "DLD209", "'rate' must not depend on it" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { op: conv, kernel: 1, channels: 2 * $classes, groups: 8 }"), "DLD209",
        "8 does not divide the channels for whatever number of classes" },
        { Specs.Tiny.Replace("act: relu", "act: { op: relu, when: $classes < 6 }"), "DLD209", "which layers there are depends on it" },
        { Specs.Tiny.Replace("$classes", "4"), "DLD209", "output 'logits' has 4 channels, but not for whatever number of classes" },
        // Evaluation
        { Specs.Tiny + "\ntraining: { lr: 0.1 }", "DLD101", "(11,13): error DLD101: A recipe has no 'lr'; did you mean 'learning_rate'?" },
        { Specs.Tiny.Replace("kernel: 3", "kernel: 3, dilation: 2"), "DLD101", "Operation 'conv' has no 'dilation'; did you mean 'rate'?" },
        { Specs.Tiny.Replace(
            "classes: 4", "classes: 1"), "DLD321", "(2,10): warning DLD321: 'tiny' tells apart one class, and nothing can be learnt" },
        { Specs.Tiny
            + "\nevaluation: { scale: [1] }", "DLD101", "(11,15): error DLD101: An evaluation has no 'scale'; did you mean 'scales'?" },
        { Specs.Tiny + "\nevaluation: { scales: [0.5, 9] }", "DLD117", "'scales' must be numbers above 0 and at most 8, not [0.5, 9]" },
        { Specs.Tiny + "\nevaluation: { flip: 2 }", "DLD103", "'flip' must be true or false, not" },
        { Specs.Tiny + "\nevaluation: { blend: hahn }", "DLD103", "'blend' must be one of hann, mean; did you mean 'hann'?" },
        { Specs.Tiny + "\nevaluation: { window: [0, 8], overlap: 1 }", "DLD117", "must be between 1 and 65535" },
        { Specs.Tiny + "\ncrf: { bilateral_sigma: 3 }", "DLD101", "(11,8): error DLD101: A CRF has no 'bilateral_sigma'" },
        { Specs.Tiny + "\ncrf: { gaussian_sigma: 0 }", "DLD117", "'gaussian_sigma' must be above 0, not 0" },
        { Specs.Tiny
            + "\ncrf: { normalization: symetric }", "DLD103",
            "'normalization' must be one of symmetric, after, before, none; did you mean 'symmetric'?" },
        // Recipes
        { Specs.Tiny + "\ntraining: { clip: 1 }", "DLD101", "A recipe has no 'clip'; did you mean 'clip_grad_norm'?" },
        { Specs.Tiny + "\ntraining: { accumulate: 2 }", "DLD101", "A recipe has no 'accumulate'; did you mean 'accumulation_steps'?" },
        { Specs.Tiny + "\ntraining: { rates: { scores: 2 } }", "DLD101", "A recipe has no 'rates'; did you mean 'lr_multipliers'?" },
        { Specs.Tiny + "\ntraining: { flip: 0 }", "DLD101", "A recipe has no 'flip'; did you mean 'flip_probability'?" },
        { Specs.Tiny
            + "\ntraining: { leaning_rate: 1 }", "DLD101",
            "(11,13): error DLD101: A recipe has no 'leaning_rate'; did you mean 'learning_rate'?" },
        { Specs.Tiny + "\ntraining: 3", "DLD103", "'training' must be a mapping of the recipe's keys, not '3'" },
        { Specs.Tiny
            + "\ntraining: { optimizer: adma }", "DLD103",
            "'optimizer' must be one of sgd, adamw; did you mean 'adamw'?, not the word 'adma'" },
        { Specs.Tiny + "\ntraining: { batch: many }", "DLD103", "'batch' must be a whole number, not the word 'many'" },
        { Specs.Tiny + "\ntraining: { class_balance: 1, class_weights: [1, 2, 3, 4] }", "DLD112", "give one of them" },
        { Specs.Tiny + "\ntraining: { learning_rate: 0 }", "DLD117", "(11,28): error DLD117: 'learning_rate' must be above 0, not 0" },
        { Specs.Tiny + "\ntraining: { scale: [2, 1] }", "DLD117", "'scale' must be two numbers above 0, the lesser first, not [2, 1]" },
        { Specs.Tiny
            + "\ntraining: { lr_multipliers: { act: 10 } }", "DLD117",
            "(11,31): error DLD117: 'lr_multipliers' must be of layers with weights, not 'act', which has none" },
        { Specs.Tiny
            + "\ntraining: { lr_multipliers: { scors: 10 } }", "DLD201",
            "(11,31): error DLD201: There is no 'scors' here; did you mean 'scores'?" },
        { Specs.OnBackbone() + "\ntraining: { lr_multipliers: { backbone.two.5: 10 } }", "DLD201", "'two' has units 0 to 2" },
        { Scales("scales: { half: 0 }"), "DLD117", "'half' must be above 0, at most 16 and not 1, at which it runs anyway, not 0" },
        { Scales("scales: 0.5"), "DLD103", "'scales' must be a list of factors, or a mapping of them by name, not '0.5'" },
        { Scales("scales: [0.5]").Replace("merge: max", "merge: median"), "DLD103", "'merge' must be concat, sum, max or mean" },
        { Scales("scales: [0.5], from: input"), "DLD207", "Layer 'fused' takes one layer, which it runs at every scale, not an input" },
        { Scales("scales: [0.5], repeat: 2"), "DLD101", "Layer 'fused' has no 'repeat'" },
        { Scales("scales: [0.5]").Replace("from: scores, r", "from: fused.1, r"), "DLD201", "'fused' runs at the scales 0" },
        { Scales("scales: [0.01]"), "DLD205", "leaves nothing for a resize by 0.01" },
        { Specs.Tiny.Replace("act: relu", "act: { parallel: { a: { op: relu, when: $classes == 1 } }, merge: sum }"), "DLD207",
        "takes at least one branch that is switched on, not 0" },
        // Atrous control
        { Specs.OnBackbone("output_stride: 6"), "DLD301", "(4,41): error DLD301: Backbone 'stages' can't have output stride 6: "
            + "it strides by 2, 4, 8, 16 and nothing between" },
        { Specs.OnBackbone("output_stride: 64"), "DLD301", "all its stages together stride by 16" },
        { Specs.OnBackbone("output_stride: 1"), "DLD301", "its stem alone strides by 2" },
        { Specs.OnBackbone("multi_grid: { three: [1, 2] }"), "DLD303", "Stage 'three' has 3 units; "
            + "'multi_grid' needs as many numbers, not 2" },
        { Specs.OnBackbone("rates: { four: [1] }"), "DLD303", "has no stage 'four'" },
        { Specs.OnBackbone("multi_grid: { three: [1, 2, 4] }, rates: { three: [1, 2, 4] }"), "DLD303", "has both" },
        // Analyses
        { Specs.OnBackbone("output_stride: 8, rates: { three: [2, 2, 2] }"), "DLD310", "(4,53): info DLD310: In 'staged' the rates 2, 2, "
            + "2 of 'backbone.three' leave holes: a value reads 7 of 13 offsets on an axis, 29.0 % of its receptive field on the 17x17 "
            + "map before it; their common factor 2 splits the map into 4 grids that share no input" },
        { Specs.OnBackbone("output_stride: 8, rates: { three: [1, 2, 9] }"), "DLD310", "70.6 % of its receptive field on the 17x17 map "
            + "before it; HDC's M_2 is 5, more than the kernel's 3" },
        { Specs.Tiny.Replace(
            "kernel: 3", "kernel: 3, rate: 4"), "DLD311",
            "(5,32): warning DLD311: In 'tiny' a value of 'scores' reads 3 of 9 offsets on an axis, 11.1 % of its receptive field on the "
                + "65x65 map of input, all layers before it counted; lower the rates (here 4)" },
        { Specs.Tiny.Replace(
            "kernel: 3", "kernel: 3, rate: 65"), "DLD312",
            "(5,32): warning DLD312: In 'tiny' rate 65 reaches the size of the 65x65 map that 'conv' sees: all taps but 1x1 of its 3x3 "
                + "kernel lie on padding wherever it stands, so that it is a 1x1 convolution" },
        { Specs.Tiny.Replace(
            "kernel: 3", "kernel: 3, rate: 40"), "DLD313",
            "at rate 40 no position of the 65x65 map sees all taps of the 3x3 kernel of 'conv' (4: " },
        { Specs.Tiny, "DLD314", "(10,19): info DLD314: In 'tiny' a value of 'scores' sees 3x3 pixels of the 65x65 input" },
        { Specs.Tiny.Replace(
            "stride: 2", "stride: 8"), "DLD315",
            "(5,45): warning DLD315: In 'tiny' the 3x3 window of 'conv' at stride 8 reads 9 of each 64 pixels" },
        { Specs.Tiny.Replace("[65, 65]", "[6500, 6500]").Replace("stride: 2", "stride: 60000"), "DLD315",
            "reads 9 of each 3600000000 pixels" },
        { Specs.Tiny.Replace("norm: batch_norm", "norm: { op: conv, kernel: 1, channels: 8, stride: 2 }"), "DLD316",
        "In 'tiny' of the 33x33 map of 'conv' only 26.5 % is read: every reader of it strides ('norm')" },
        { Specs.Tiny.Replace("[65, 65]", "[64, 65]").Replace("resize: input", "resize: input, align_corners: true"), "DLD317",
        "which puts features up to 1 pixels beside the place that they were computed for; sizes align where the input's sides are 2 "
            + "* k + 1 (such as 65x65)" },
        { Specs.Tiny.Replace(
            "norm: batch_norm", "norm: { layers: { pool: global_avg_pool, one: batch_norm, back: { op: resize, to: input } } }"), "DLD318",
            "(6,44): info DLD318: This batch norm sees one value a channel and image" },
        { Specs.Tiny.Replace("  act: relu", "  early: { op: relu, from: conv }\n  spare: relu6\n  act: { op: relu, from: norm }"), "DLD319",
        "(8,3): warning DLD319: In 'tiny' nothing uses 'spare': no layer and no output takes its result, nor uses what "
            + "leads to it alone ('early')" },
        { Specs.Tiny
            + "\nsuppress: { DLD315: why not }", "DLD320", "(11,13): warning DLD320: In 'tiny' there is no DLD315 here to suppress" },
        { Specs.OnBackbone("convention: cafe"), "DLD304", "has no convention 'cafe'; did you mean 'caffe'?" },
    };

    private static string Scales(string scales) => Specs.Tiny.Replace("outputs:", $"  fused: {{ {scales}, merge: max }}\noutputs:");

    [Theory]
    [MemberData(nameof(Broken))]
    public void Every_fault_is_named_at_its_place(string spec, string id, string part)
    {
        var faults = Specs.Faults(spec, Specs.Backbone);

        Assert.True(
            faults.Any(f => f.Contains(id, System.StringComparison.Ordinal) && f.Contains(part, System.StringComparison.Ordinal)),
            string.Join("\n", faults));
    }

    [Fact]
    public void A_stage_of_a_block_without_stride_is_refused()
    {
        var backbone = Specs.Backbone.Replace("stride: { int: 1 }, ", "").Replace(", stride: $stride", "");

        Assert.Contains(
            Specs.Faults(Specs.OnBackbone(), backbone), f => f.Contains("DLD302") && f.Contains("has no parameter 'stride' to take it"));
    }

    [Fact]
    public void A_stage_strides_in_one_of_three_units()
    {
        var backbone = Specs.Backbone.Replace(
            "stride: 2 }\n  three", "stride: 2, stride_unit: second }\n  three", System.StringComparison.Ordinal);

        Assert.Contains(
            Specs.Faults(Specs.OnBackbone(), backbone),
            f => f.Contains("'stride_unit' must be one of first, last, last_before, not the word 'second'"));
    }

    [Fact]
    public void A_fault_in_a_block_is_blamed_on_the_blocks_file()
    {
        var fault = Assert.Single(Specs.Faults(
            Specs.Tiny.Replace("norm: batch_norm", "norm: { block: b }"), "block: b\nlayers:\n  x: { op: conv, kernel: 3 }"));

        Assert.StartsWith("other1.yaml(3,12): error DLD102", fault);
    }

    [Theory]
    [InlineData("kernel: 3", "kernel: wide")] // everything behind it has an unknown shape, which is no fault of its own
    [InlineData("kernel: 3", "kernel: 3 * (1")] // given, though unreadable: not missing too
    [InlineData("stride: 2", "dilation: 2")]
    public void One_fault_gives_one_diagnostic(string right, string wrong)
    {
        Assert.Single(Specs.Faults(Specs.Tiny.Replace(right, wrong)));
    }

    /// <summary>All units of a stage are of one class: an activation may differ in it, another operation may not.</summary>
    [Theory]
    [InlineData("op: 'if($stride > 1, max_pool, avg_pool)', kernel: 3, padding: 1", true)]
    [InlineData("op: 'if($rate > 1, batch_norm, none)'", true)]
    [InlineData("layers: { x: norm }, defaults: { norm: 'if($stride > 1, batch_norm, none)' }", true)]
    [InlineData("op: 'if($stride > 1, relu, sigmoid)'", false)]
    public void Which_operation_a_unit_has_does_not_hang_on_what_its_stage_tells_it(string operation, bool isRefused)
    {
        var backbone = Specs.Backbone.Replace("  act: relu\n---", $"  act: {{ {operation} }}\n---");

        var errors = Specs.Faults(Specs.OnBackbone(), backbone).Where(f => f.Contains(": error ")).ToList();

        if (isRefused)
            Assert.Matches("error DLD112: Which operation '(act|x)' is hangs on the stride or rate", Assert.Single(errors));
        else
            Assert.Empty(errors);
    }

    /// <summary>A required key that is misspelt is not missing too.</summary>
    [Theory]
    [InlineData("classes:", "clases:", "A network has no 'clases'; did you mean 'classes'?")]
    [InlineData("outputs:", "output:", "A network has no 'output'; did you mean 'outputs'?")]
    [InlineData("from: scores", "form: scores", "Output 'logits' has no 'form'; did you mean 'from'?")]
    [InlineData("kernel: 3", "kernl: 3", "Operation 'conv' has no 'kernl'; did you mean 'kernel'?")]
    [InlineData("channels: 8", "out_channels: 8", "Operation 'conv' has no 'out_channels'; did you mean 'channels'?")]
    [InlineData("norm: batch_norm", "norm: { block: b, depht: 3 }", "Block 'b' has no 'depht'; did you mean 'depth'?")]
    [InlineData("norm: batch_norm", "norm: { parallel: { a: relu }, merg: sum }", "Layer 'norm' has no 'merg'; did you mean 'merge'?")]
    public void A_misspelt_key_is_one_fault(string right, string wrong, string message)
    {
        Assert.Contains(message, Assert.Single(Specs.Faults(
            Specs.Tiny.Replace(right, wrong), "block: b\nparameters: { depth: int }\nlayers:\n  x: relu")));
    }

    [Fact]
    public void An_argument_of_a_backbone_that_cannot_be_read_is_not_missing_too()
    {
        var backbone = Specs.Backbone.Replace(
            "backbone: stages\n", "backbone: stages\nparameters: { width: int }\n", System.StringComparison.Ordinal);

        Assert.Contains("DLD", Assert.Single(Specs.Faults(Specs.OnBackbone("width: 3 * (1"), backbone)));
    }

    /// <summary>The number of classes reaches into backbones and groups by defaults and conditions.</summary>
    [Theory]
    [InlineData("defaults: { conv: { bias: $classes > 20 } }", "scores: { op: conv, kernel: 1, channels: $classes }")]
    [InlineData(
        "",
        "more: { when: $classes > 20, layers: { a: { op: conv, from: backbone.one, kernel: 1, channels: 8 } } }\n  scores: { op: "
            + "conv, from: backbone, kernel: 1, channels: $classes }")]
    public void A_dependence_on_the_classes_is_seen_wherever_it_reaches(string use, string layers)
    {
        var text = Specs.OnBackbone(use)
            .Replace("scores: { op: conv, kernel: 1, channels: $classes }", layers, System.StringComparison.Ordinal);

        Assert.Contains("DLD209", Assert.Single(Specs.Faults(text, Specs.Backbone)));
    }

    [Fact]
    public void The_tests_show_every_rule()
    {
        // StageBlock has a test of its own.
        var shown = Broken.Select(row => (string)row[1]).Append(Rules.StageBlock.Id);

        Assert.Equal(Specs.Rules.Select(r => r.Id).Order(), shown.Distinct().Order());
    }
}
