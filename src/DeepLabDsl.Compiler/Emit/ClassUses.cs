using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>The classes of blocks and backbones that a network is made of, with what each gives to whom it stands in.</summary>
internal static class ClassUses
{
    /// <summary>All of them, those included that others of them are made of.</summary>
    /// <param name="network">The network's class.</param>
    /// <param name="context">What its file has in common.</param>
    public static IReadOnlyList<ClassKey> Of(ClassModel network, ClassContext context)
    {
        var keys = new Dictionary<ClassKey, ClassKey>();
        Visit(network, []);
        return [.. keys.Keys.OrderBy(k => k.Kind).ThenBy(k => k.Name, System.StringComparer.Ordinal)
            .ThenBy(k => k.Fixed, System.StringComparer.Ordinal).ThenBy(k => k.Taps, System.StringComparer.Ordinal)];

        void Visit(ClassModel model, IReadOnlyList<string> taps)
        {
            var emitter = new ClassEmitter(new CodeWriter(), context, model, "", taps);
            foreach (var item in model.Items.Where(i => !i.IsNever))
            {
                var inner = emitter.InnerTaps(item);
                foreach (var callee in item.Calls.Select(c => c.Callee).Distinct())
                {
                    if (callee.IsGroup)
                    {
                        Visit(callee, inner);
                        continue;
                    }
                    var key = ClassKey.Of(callee, inner);
                    if (keys.ContainsKey(key))
                        continue;
                    keys.Add(key, key);
                    Visit(callee, inner);
                }
            }
        }
    }
}
