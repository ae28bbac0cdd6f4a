namespace DeepLabDsl.Generator;

/// <summary>Names of the pipeline's steps, for the tests of what is cached.</summary>
internal static class StepNames
{
    public const string Texts = nameof(Texts);
    public const string Files = nameof(Files);
    public const string Library = nameof(Library);
    public const string Units = nameof(Units);
    public const string Outputs = nameof(Outputs);
    public const string Sources = nameof(Sources);
    public const string ClassKeys = nameof(ClassKeys);
    public const string ClassUnits = nameof(ClassUnits);
    public const string Classes = nameof(Classes);
    public const string SpecTexts = nameof(SpecTexts);
    public const string Diagnostics = nameof(Diagnostics);
    public const string Catalog = nameof(Catalog);
}
