namespace DeepLabDsl.Errors;

/// <summary>What would let a call that failed succeed: programs translate it into their own words, such as options.</summary>
public enum ErrorRemedy
{
    /// <summary>Nothing that a call could say.</summary>
    None,

    /// <summary>Say which entry of the file holds the tensors.</summary>
    ChooseEntry,

    /// <summary>Translate the keys by a name map.</summary>
    UseNameMap,

    /// <summary>Write the publisher's keys, by a name map.</summary>
    WritePublisherNames,

    /// <summary>Allow a file that repeats its numbers to be written out.</summary>
    AllowExpand,

    /// <summary>Allow a run that is there to be overwritten.</summary>
    OverwriteRun,

    /// <summary>Start a new run from the weights of this one.</summary>
    StartFromWeights,

    /// <summary>Leave the network's dense CRF out.</summary>
    LeaveOutCrf,

    /// <summary>Say what the classes are.</summary>
    NameClasses,
}
