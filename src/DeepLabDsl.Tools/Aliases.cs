// The graph's words and the compiler's that have the same meaning.
global using LayerKind = DeepLabDsl.Graph.LayerKind;
