using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;
using DeepLabDsl.IO;

namespace DeepLabDsl.Cli;

/// <summary>
/// What a search for a CRF's values has found so far, on disk after every lattice: a search that was stopped goes on from it.
/// </summary>
internal sealed class CrfTuneState
{
    public const string FileName = "state.json";

    private readonly string _path;
    private readonly IReadOnlyDictionary<string, string> _question;
    private readonly Dictionary<CrfPoint, CrfTrial> _trials = [];

    private CrfTuneState(string path, IReadOnlyDictionary<string, string> question) => (_path, _question) = (path, question);

    /// <summary>Everything that was tried.</summary>
    public IEnumerable<CrfTrial> Trials => _trials.Values;

    /// <summary>Opens the state of a folder; a new one where there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="question">What the scores depend on beside the values tried.</param>
    /// <exception cref="UnusableDataException">There is one of another question, or it can't be read.</exception>
    public static CrfTuneState Open(string folder, IReadOnlyDictionary<string, string> question)
    {
        var state = new CrfTuneState(Path.Combine(folder, FileName), question);
        if (!File.Exists(state._path))
            return state;
        Saved saved;
        try
        {
            saved = JsonSerializer.Deserialize<Saved>(
                File.ReadAllBytes(state._path), Output.Json) is { Question: not null, Trials: not null } read
                ? read
                : throw new JsonException("question or trials are missing");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UnusableDataException(
                $"{state._path}: can't be read as the state of a search: {e.Message} Name another folder, "
                + "or delete the file to begin anew.", e);
        }
        foreach (var (name, value) in question)
        {
            var was = saved.Question.GetValueOrDefault(name, "nothing");
            if (was != value)
            {
                throw new UnusableDataException(
                    $"{state._path}: is of a search with {name} {was}, not {value}. Name another folder, "
                    + "or delete the file to begin anew.");
            }
        }
        foreach (var t in saved.Trials)
            state._trials[t.Point] = t;
        return state;
    }

    public bool Has(CrfPoint point) => _trials.ContainsKey(point);

    public CrfTrial this[CrfPoint point] => _trials[point];

    /// <summary>Adds trials and writes the file.</summary>
    public void Add(IEnumerable<CrfTrial> trials)
    {
        foreach (var trial in trials)
            _trials[trial.Point] = trial;
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new Saved(_question.ToDictionary(), [.. _trials.Values]), Output.Json);
        AtomicFile.Write(_path, stream => stream.Write(bytes));
    }

    private sealed record Saved(Dictionary<string, string> Question, List<CrfTrial> Trials);
}
