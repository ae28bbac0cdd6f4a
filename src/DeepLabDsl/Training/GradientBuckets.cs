using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using DeepLabDsl.Distributed;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <summary>
/// Adds up gradients over ranks, some parameters at a time, while the backward pass goes on. TorchSharp 0.107 has no hooks on gradients;
/// a layer's input is led through an identity whose backward runs when the layer's own has, and its parameters' gradients are complete by
/// then, or are sent with the next. Buckets are begun in one order on every rank.
/// </summary>
internal sealed class GradientBuckets : IDisposable
{
    // Large enough that a message's fixed cost does not count, small enough that the first is under way early.
    private const long DefaultLength = 1 << 20;

    private readonly ICommunicator _ranks;
    private readonly List<Bucket> _buckets = [];
    private readonly List<Layer> _layers = [];
    private readonly List<Action> _unhook = [];
    private bool _isArmed;
    private int _begun;

    /// <summary>Prepares the buckets, the last parameters first: their gradients are.</summary>
    /// <param name="network">The network.</param>
    /// <param name="parameters">What learns: the network's parameter, and the 32-bit one that the optimizer updates.</param>
    /// <param name="ranks">The ranks.</param>
    /// <param name="length">Numbers a bucket; a parameter that is longer has one of its own.</param>
    public GradientBuckets(
        nn.Module network, IEnumerable<(Parameter Own, Parameter Full)> parameters, ICommunicator ranks, long length = DefaultLength)
    {
        _ranks = ranks;
        var places = new Dictionary<nint, Slot>();
        foreach (var (own, full) in parameters.Reverse())
        {
            if (_buckets.Count == 0 || _buckets[^1].Length > 0 && _buckets[^1].Length + own.numel() > length)
                _buckets.Add(new Bucket());
            places[own.Handle] = _buckets[^1].Add(own, full);
        }
        foreach (var bucket in _buckets)
            bucket.Allocate();
        foreach (var module in network.modules().OfType<nn.Module<Tensor, Tensor>>())
        {
            var slots = module.parameters(recurse: false).Where(p => places.ContainsKey(p.Handle)).Select(p => places[p.Handle]).ToList();
            if (slots.Count == 0)
                continue;
            var layer = new Layer(this, slots);
            _layers.Add(layer);
            _unhook.Add(module.register_forward_pre_hook((_, input) => layer.Mark(input)).remove);
        }
    }

    /// <summary>How many buckets there are.</summary>
    public int Count => _buckets.Count;

    /// <summary>How many were under way or complete when the last backward pass had ended.</summary>
    public int BegunEarly { get; private set; }

    /// <summary>How long sums were waited for when the backward pass had ended, so far.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>Before the forward pass whose backward pass completes the gradients.</summary>
    public void Arm()
    {
        _isArmed = true;
        _begun = 0;
        foreach (var layer in _layers)
            layer.Reset();
        foreach (var bucket in _buckets)
            bucket.Reset();
    }

    /// <summary>After the backward pass: sends what is left, waits, and gives the sums to the 32-bit parameters.</summary>
    public void Finish()
    {
        _isArmed = false;
        BegunEarly = _begun;
        using var unrecorded = no_grad();
        for (; _begun < _buckets.Count; _begun++)
            _buckets[_begun].Begin(_ranks);
        var began = Stopwatch.GetTimestamp();
        foreach (var bucket in _buckets)
            bucket.Wait();
        Waited += Stopwatch.GetElapsedTime(began);
        foreach (var bucket in _buckets)
            bucket.Finish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var remove in _unhook)
            remove();
        foreach (var bucket in _buckets)
            bucket.Dispose();
    }

    /// <summary>Begins what is complete, in order, and moves on what is under way.</summary>
    private void Advance()
    {
        using var unrecorded = no_grad();
        for (; _begun < _buckets.Count && _buckets[_begun].IsComplete; _begun++)
            _buckets[_begun].Begin(_ranks);
        for (var i = 0; i < _begun; i++)
            _buckets[i].Test();
    }

    /// <summary>A place in a bucket.</summary>
    private sealed class Slot(Bucket bucket, Parameter own, Parameter full, long offset)
    {
        public Bucket Bucket => bucket;

        public Parameter Own => own;

        public Parameter Full => full;

        public long Offset => offset;

        public bool IsComplete { get; set; }
    }

    /// <summary>Gradients that are added up at once, side by side.</summary>
    private sealed class Bucket : IDisposable
    {
        private readonly List<Slot> _slots = [];
        private Tensor? _values;
        private Tensor? _sums;
        private IPendingReduction? _pending;
        private int _missing;

        public long Length { get; private set; }

        public bool IsComplete => _missing == 0;

        public Slot Add(Parameter own, Parameter full)
        {
            var slot = new Slot(this, own, full, Length);
            _slots.Add(slot);
            Length += own.numel();
            return slot;
        }

        public void Allocate() =>
            (_values, _sums) = (zeros(Length).DetachFromDisposeScope(), zeros(Length).DetachFromDisposeScope());

        public void Reset()
        {
            _missing = _slots.Count;
            _pending = null;
            foreach (var slot in _slots)
                slot.IsComplete = false;
        }

        public void Complete(Slot slot)
        {
            if (slot.IsComplete)
                return;
            slot.IsComplete = true;
            _missing--;
        }

        public unsafe void Begin(ICommunicator ranks)
        {
            using var scope = NewDisposeScope();
            foreach (var slot in _slots)
            {
                var place = Place(_values!, slot);
                if (slot.Own.grad is { } gradient)
                    place.copy_(gradient);
                else
                    place.zero_();
            }
            fixed (byte* values = _values!.bytes, sums = _sums!.bytes)
                _pending = ranks.BeginSum((nint)values, (nint)sums, (int)Length);
        }

        public void Test() => _pending!.Test();

        public void Wait() => _pending!.Wait();

        public void Finish()
        {
            using var scope = NewDisposeScope();
            foreach (var slot in _slots)
            {
                // Without a gradient here there is none on any rank: all run the same layers.
                if (slot.Own.grad is not { } gradient)
                    continue;
                if (ReferenceEquals(slot.Own, slot.Full))
                    gradient.copy_(Place(_sums!, slot));
                else
                    slot.Full.grad = Place(_sums!, slot).clone();
            }
        }

        public void Dispose()
        {
            _values?.Dispose();
            _sums?.Dispose();
        }

        private static Tensor Place(Tensor values, Slot slot) =>
            values.narrow(0, slot.Offset, slot.Own.numel()).view(slot.Own.shape);
    }

    /// <summary>A layer with parameters: complete when the backward pass has left it as often as the forward pass has entered it.</summary>
    private sealed class Layer(GradientBuckets owner, List<Slot> slots)
    {
        private int _entered;

        public void Reset() => _entered = 0;

        public Tensor Mark(Tensor input)
        {
            if (!owner._isArmed || !input.requires_grad)
                return input;
            _entered++;
            return Identity.apply(input, this);
        }

        public void Leave()
        {
            if (--_entered > 0 || !owner._isArmed)
                return;
            foreach (var slot in slots)
            {
                using var gradient = slot.Own.grad;
                if (gradient is not null)
                    slot.Bucket.Complete(slot);
            }
            owner.Advance();
        }
    }

    /// <summary>Its input, and word of the backward pass.</summary>
    private sealed class Identity : autograd.SingleTensorFunction<Identity>
    {
        private const string LayerKey = "layer";

        public override string Name => nameof(Identity);

        public override Tensor forward(autograd.AutogradContext context, params object[] arguments)
        {
            context.save_data(LayerKey, arguments[1]);
            return ((Tensor)arguments[0]).alias();
        }

        public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient)
        {
            ((Layer)context.get_data(LayerKey)).Leave();
            return [gradient.alias(), null!];
        }
    }
}
