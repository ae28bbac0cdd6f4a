using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// Reads Python's pickles into plain values. It knows the operations that build numbers, text and containers; whatever else
/// a pickle asks for by name goes to <see cref="TorchPickle"/>, which knows tensors and keeps all the rest as a name. Nothing that a
/// pickle names is looked up, loaded or called.
/// </summary>
internal sealed class PickleMachine
{
    /// <summary>Guards the memory: values, and entries of the memo.</summary>
    private const int MaximumValues = 3_000_000;

    private readonly PickleInput _input;
    private readonly Dictionary<long, object?> _memo = [];
    private readonly Stack<List<object?>> _marks = new();
    private List<object?> _stack = [];
    private long _values;

    private PickleMachine(PickleInput input) => _input = input;

    /// <summary>Reads one pickle.</summary>
    /// <param name="input">The bytes; left behind the pickle's end.</param>
    /// <exception cref="PickleException">It is damaged, or asks for what no weights need.</exception>
    public static object? Read(PickleInput input)
    {
        var machine = new PickleMachine(input);
        while (machine.Step())
        {
        }
        return machine._stack is [var result] && machine._marks.Count == 0
            ? result
            : throw new PickleException("it ends with more or less than one value");
    }

    /// <summary>Does the next operation; false at the end.</summary>
    private bool Step()
    {
        var code = _input.Byte();
        switch ((char)code)
        {
            case '\x80':
                if (_input.Byte() is var version and > 5)
                    throw new PickleException($"it is of version {version} of the pickle protocol; 5 is the latest known");
                break;
            case '\x95':
                _input.Int64();
                break;
            case '.':
                return false;
            case '(':
                _marks.Push(_stack);
                _stack = [];
                Count();
                break;
            case '0':
                Pop();
                break;
            case '1':
                PopMark();
                break;
            case '2':
                Push(Peek());
                break;
            case 'q' or 'r' or 'p' or '\x94':
                _memo[MemoIndex(code)] = Peek();
                // A place in a table takes more than one on the stack, and so does a dictionary below.
                Spend(2);
                break;
            case 'h' or 'j' or 'g':
                Push(
                    _memo.TryGetValue(MemoIndex(code), out var remembered)
                        ? remembered
                        : throw new PickleException("it refers to a value that it did not keep"));
                break;
            default:
                if (!PushLiteral(code) && !Collect(code) && !Name(code))
                    throw new PickleException($"it asks for operation 0x{code:x2}, which no weights need");
                break;
        }
        return true;
    }

    private long MemoIndex(byte code) => (char)code switch
    {
        'q' or 'h' => _input.Byte(),
        'r' or 'j' => _input.UInt32(),
        '\x94' => _memo.Count,
        _ => ParseLong(_input.Line()),
    };

    /// <summary>Numbers and text.</summary>
    private bool PushLiteral(byte code)
    {
        switch ((char)code)
        {
            case 'N': Push(null); break;
            case '\x88': Push(true); break;
            case '\x89': Push(false); break;
            case 'J': Push((long)_input.Int32()); break;
            case 'K': Push((long)_input.Byte()); break;
            case 'M': Push((long)_input.UInt16()); break;
            case 'I': Push(_input.Line() switch { "00" => false, "01" => true, var text => ParseLong(text) }); break;
            case 'L': Push(ParseLong(_input.Line().TrimEnd('L'))); break;
            case '\x8a': Push(_input.Number(_input.Byte())); break;
            case '\x8b': Push(_input.Number(_input.Int32())); break;
            case 'G': Push(_input.DoubleBigEndian()); break;
            case 'F':
                Push(
                double.TryParse(_input.Line(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    ? number
                    : throw new PickleException("it holds a damaged number")); break;
            case 'X': Push(_input.Text(_input.UInt32())); break;
            case '\x8c': Push(_input.Text(_input.Byte())); break;
            case '\x8d': Push(_input.Text(_input.Int64())); break;
            case 'U': Push(_input.Latin1(_input.Byte())); break;
            case 'T': Push(_input.Latin1(_input.Int32())); break;
            case 'S': Push(_input.Line().Trim('\'', '"')); break;
            case 'V': Push(_input.Line()); break;
            case 'C': Push(_input.Bytes(_input.Byte())); break;
            case 'B': Push(_input.Bytes(_input.UInt32())); break;
            case '\x8e' or '\x96': Push(_input.Bytes(_input.Int64())); break;
            default: return false;
        }
        return true;
    }

    /// <summary>Tuples, lists, dictionaries and sets.</summary>
    private bool Collect(byte code)
    {
        switch ((char)code)
        {
            case ')': Push(Array.Empty<object?>()); break;
            case '\x85': PushTuple(1); break;
            case '\x86': PushTuple(2); break;
            case '\x87': PushTuple(3); break;
            case 't': Push(PopMark().ToArray()); break;
            case ']' or '\x8f': Push(new List<object?>()); break;
            case 'l' or '\x91': Push(PopMark()); break;
            case 'a': Add([Pop()]); break;
            case 'e' or '\x90': Add(PopMark()); break;
            case '}':
                Spend(1);
                Push(new PickleDictionary());
                break;
            case 'd':
                var items = PopMark();
                Spend(1);
                Push(new PickleDictionary());
                Set(items);
                break;
            case 's':
                var value = Pop();
                Set([Pop(), value]);
                break;
            case 'u': Set(PopMark()); break;
            default: return false;
        }
        return true;
    }

    /// <summary>What goes by a name: kept as data.</summary>
    private bool Name(byte code)
    {
        switch ((char)code)
        {
            case 'c':
                var module = _input.Line();
                Push(new PickleGlobal(module, _input.Line()));
                break;
            case '\x93':
                var name = Pop() as string;
                Push(new PickleGlobal(Pop() as string ?? "?", name ?? "?"));
                break;
            case 'R' or '\x81':
                var arguments = Pop();
                Push(TorchPickle.Call(Pop(), arguments, Spend));
                break;
            case '\x92':
                Pop();
                arguments = Pop();
                Push(TorchPickle.Call(Pop(), arguments, Spend));
                break;
            case 'b':
                var state = Pop();
                TorchPickle.SetState(Peek(), state);
                break;
            case 'Q':
                var reference = TorchPickle.Storage(Pop());
                if (reference is PickleStorage storage)
                    _input.Storages[storage.Key] = storage;
                Push(reference);
                break;
            case 'P': throw new PickleException($"it refers to '{_input.Line()}' outside of itself");
            case 'i':
                var kind = $"{_input.Line()}.{_input.Line()}";
                PopMark();
                Push(new PickleOpaque(kind));
                break;
            case 'o': Push(new PickleOpaque(PopMark().FirstOrDefault()?.ToString() ?? "?")); break;
            default: return false;
        }
        return true;
    }

    private void PushTuple(int count)
    {
        if (_stack.Count < count)
            throw new PickleException("it takes more values than it has");
        var tuple = new object?[count];
        _stack.CopyTo(_stack.Count - count, tuple, 0, count);
        _stack.RemoveRange(_stack.Count - count, count);
        Push(tuple);
    }

    private void Add(List<object?> items)
    {
        if (Peek() is List<object?> list)
            list.AddRange(items);
        else if (Peek() is not PickleOpaque)
            throw new PickleException("it adds items to what is no list");
    }

    private void Set(List<object?> items)
    {
        if (Peek() is PickleOpaque)
            return;
        if (Peek() is not PickleDictionary dictionary || items.Count % 2 != 0)
            throw new PickleException("it sets entries of what is no dictionary");
        for (var i = 0; i < items.Count; i += 2)
            dictionary.Entries.Add((items[i], items[i + 1]));
    }

    private void Push(object? value)
    {
        Count();
        _stack.Add(value);
    }

    private void Count() => Spend(1);

    /// <summary>Counts what takes memory, whether it is new or a copy.</summary>
    private void Spend(int count)
    {
        if ((_values += count) > MaximumValues)
            throw new PickleException($"it holds more than {MaximumValues} values, which no checkpoint needs");
    }

    private object? Peek() => _stack.Count > 0 ? _stack[^1] : throw new PickleException("it takes a value that is not there");

    private object? Pop()
    {
        var top = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private List<object?> PopMark()
    {
        if (_marks.Count == 0)
            throw new PickleException("it ends a group that it did not begin");
        var items = _stack;
        _stack = _marks.Pop();
        return items;
    }

    private static long ParseLong(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new PickleException("it holds a damaged number");
}
