// What the compiler's own types and the graph's have in common is the graph's.
global using SourceSpan = DeepLabDsl.Graph.SourceSpan;
global using LayerKind = DeepLabDsl.Graph.LayerKind;
global using Suppression = DeepLabDsl.Graph.Suppression;
