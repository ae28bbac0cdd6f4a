using static TorchSharp.torch;

namespace DeepLabDsl.Modules;

/// <summary>
/// The base of generated modules of one input. Their members are registered by name, one by one: TorchSharp's search through
/// fields, which registering a module in another sets off, would find them again under the names of their backing fields.
/// </summary>
/// <typeparam name="T">The input.</typeparam>
/// <typeparam name="TResult">The result.</typeparam>
/// <param name="name">The class's name.</param>
public abstract class GeneratedModule<T, TResult>(string name) : nn.Module<T, TResult>(name)
{
    /// <summary>Does nothing: everything is registered already.</summary>
    protected sealed override void RegisterComponents()
    {
    }
}

/// <summary>The base of generated modules of two inputs.</summary>
/// <inheritdoc cref="GeneratedModule{T, TResult}"/>
/// <typeparam name="T1">The first input.</typeparam>
/// <typeparam name="T2">The second input.</typeparam>
/// <typeparam name="TResult">The result.</typeparam>
public abstract class GeneratedModule<T1, T2, TResult>(string name) : nn.Module<T1, T2, TResult>(name)
{
    /// <summary>Does nothing: everything is registered already.</summary>
    protected sealed override void RegisterComponents()
    {
    }
}

/// <summary>The base of generated modules of three inputs.</summary>
/// <inheritdoc cref="GeneratedModule{T, TResult}"/>
/// <typeparam name="T1">The first input.</typeparam>
/// <typeparam name="T2">The second input.</typeparam>
/// <typeparam name="T3">The third input.</typeparam>
/// <typeparam name="TResult">The result.</typeparam>
public abstract class GeneratedModule<T1, T2, T3, TResult>(string name) : nn.Module<T1, T2, T3, TResult>(name)
{
    /// <summary>Does nothing: everything is registered already.</summary>
    protected sealed override void RegisterComponents()
    {
    }
}

/// <summary>The base of generated modules of four inputs.</summary>
/// <inheritdoc cref="GeneratedModule{T, TResult}"/>
/// <typeparam name="T1">The first input.</typeparam>
/// <typeparam name="T2">The second input.</typeparam>
/// <typeparam name="T3">The third input.</typeparam>
/// <typeparam name="T4">The fourth input.</typeparam>
/// <typeparam name="TResult">The result.</typeparam>
public abstract class GeneratedModule<T1, T2, T3, T4, TResult>(string name) : nn.Module<T1, T2, T3, T4, TResult>(name)
{
    /// <summary>Does nothing: everything is registered already.</summary>
    protected sealed override void RegisterComponents()
    {
    }
}

/// <summary>The base of generated modules of five inputs.</summary>
/// <inheritdoc cref="GeneratedModule{T, TResult}"/>
/// <typeparam name="T1">The first input.</typeparam>
/// <typeparam name="T2">The second input.</typeparam>
/// <typeparam name="T3">The third input.</typeparam>
/// <typeparam name="T4">The fourth input.</typeparam>
/// <typeparam name="T5">The fifth input.</typeparam>
/// <typeparam name="TResult">The result.</typeparam>
public abstract class GeneratedModule<T1, T2, T3, T4, T5, TResult>(string name) : nn.Module<T1, T2, T3, T4, T5, TResult>(name)
{
    /// <summary>Does nothing: everything is registered already.</summary>
    protected sealed override void RegisterComponents()
    {
    }
}
