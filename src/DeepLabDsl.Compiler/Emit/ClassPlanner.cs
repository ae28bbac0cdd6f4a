using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>
/// Decides which classes a network needs and what their constructors take: what differs between the instances of a class, or
/// hangs on the number of classes, becomes an argument.
/// </summary>
internal sealed class ClassPlanner
{
    private readonly Dictionary<Module, ClassPlan> _classOf = [];
    private readonly Dictionary<Module, int> _index = [];
    private readonly List<ClassPlan> _plans = [];
    private readonly Dictionary<string, List<ClassPlan>> _plansByType = [];

    private ClassPlanner()
    {
    }

    /// <summary>The classes, inner ones first and the network last.</summary>
    public IReadOnlyList<ClassPlan> Plans => _plans;

    public ClassPlan Root => _plans[_plans.Count - 1];

    public static ClassPlanner Plan(LoweredNetwork network)
    {
        var planner = new ClassPlanner();
        planner.AssignAll(network.Root);
        planner.SortByUse();
        planner.NameClasses(network.Definition.ClassName);
        foreach (var plan in planner._plans)
            new ConstructorPlanner(planner, plan, plan == planner.Root ? Value.OfClasses(network.Classes, 1) : (Value?)null).Run();
        return planner;
    }

    public ClassPlan ClassOf(Module module) => _classOf[module];

    /// <summary>Which of its class's instances a module is.</summary>
    public int IndexOf(Module instance) => _index[instance];

    /// <summary>Inner modules first.</summary>
    private void AssignAll(Module module)
    {
        foreach (var item in module.Items)
        {
            foreach (var call in item.Calls)
                AssignAll(call.Callee);
        }
        Assign(module);
    }

    private void Assign(Module module)
    {
        if (!_plansByType.TryGetValue(module.TypeId, out var plans))
            _plansByType.Add(module.TypeId, plans = []);
        var plan = plans.FirstOrDefault(p => p.TryAdd(module, ClassOf));
        if (plan is null)
        {
            plan = new ClassPlan(_plans.Count, module.TypeId, module.Title);
            plan.TryAdd(module, ClassOf);
            _plans.Add(plan);
            plans.Add(plan);
        }
        _classOf.Add(module, plan);
        _index.Add(module, plan.Instances.Count - 1);
    }

    /// <summary>Inner classes before those that hold them, whatever the order in which they were first met.</summary>
    private void SortByUse()
    {
        var sorted = new List<ClassPlan>();
        foreach (var plan in _plans)
            Visit(plan);
        _plans.Clear();
        _plans.AddRange(sorted);

        void Visit(ClassPlan plan)
        {
            if (sorted.Contains(plan))
                return;
            foreach (var inner in plan.Instances.SelectMany(m => m.Items).SelectMany(i => i.Calls).Select(c => ClassOf(c.Callee)).Distinct())
                Visit(inner);
            sorted.Add(plan);
        }
    }

    private void NameClasses(string network)
    {
        Root.Name = network;
        var taken = new HashSet<string>(Root.Items.Select(i => i.Member).Append(network).Concat(ReservedMembers.Network));
        foreach (var plan in _plans.Where(p => p != Root))
        {
            var members = plan.Items.Select(i => i.Member).ToList();
            var name = taken.Contains(plan.Title) || members.Contains(plan.Title) ? plan.Title + "Module" : plan.Title;
            var number = 1;
            var unique = name;
            while (taken.Contains(unique) || members.Contains(unique))
                unique = name + (++number).ToString(CultureInfo.InvariantCulture);
            plan.Name = unique;
            taken.Add(unique);
        }
    }
}

/// <summary>Names that a member of a generated class can't have.</summary>
internal static class ReservedMembers
{
    private static readonly string[] Module =
        ["Dispose", "Equals", "Finalize", "GetHashCode", "GetName", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString", "RegisterComponents",
         "ClearModules", "ConditionallyRegisterParameter", "GetDefaultDeviceAndType", "ReplaceBuffer", "ReplaceParameter", "ConditionallyRegisterBuffer"];

    /// <summary>In any class.</summary>
    public static IReadOnlyCollection<string> Any { get; } = new HashSet<string>(Module);

    /// <summary>In the class of what a network returns.</summary>
    public static IReadOnlyCollection<string> Output { get; } = new HashSet<string>(Module.Concat(["Supervised", "Named", "Output"]));

    /// <summary>In the class of a network.</summary>
    public static IReadOnlyCollection<string> Network { get; } = new HashSet<string>(
        Module.Concat(["Descriptor", "Classes", "Spec", "DefaultClasses", "OutputStride", "ParameterCount", "MultiplyAdds",
            "ReceptiveField", "InputHeight", "InputWidth", "InputChannels", "Output", "Graph", "GraphData"]));
}
