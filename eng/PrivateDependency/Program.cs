// An analyzer's dependencies lie beside it, and a compiler may load one copy of a name for all analyzers: then another package's
// YamlDotNet would be ours. So the package's copy has a name of its own, and the assemblies beside it ask for that name.
//
// PrivateDependency NAME NEW_NAME FOLDER ASSEMBLY...   writes the assemblies to the folder, NAME.dll as NEW_NAME.dll.
// The same input gives the same bytes.
using System;
using System.IO;
using System.Linq;
using Mono.Cecil;
using Mono.Cecil.Cil;

if (args.Length < 4)
{
    Console.Error.WriteLine("error: give NAME NEW_NAME FOLDER ASSEMBLY...");
    return 2;
}
var (name, newName, folder) = (args[0], args[1], args[2]);
Directory.CreateDirectory(folder);
var renamed = 0;
var users = 0;
foreach (var path in args[3..])
{
    using var resolver = new DefaultAssemblyResolver();
    resolver.AddSearchDirectory(Path.GetDirectoryName(Path.GetFullPath(path)));
    var hasSymbols = File.Exists(Path.ChangeExtension(path, ".pdb"));
    using var assembly = AssemblyDefinition.ReadAssembly(path, new ReaderParameters
    {
        AssemblyResolver = resolver,
        ReadSymbols = hasSymbols,
        SymbolReaderProvider = hasSymbols ? new PortablePdbReaderProvider() : null,
    });
    var module = assembly.MainModule;
    foreach (var reference in module.AssemblyReferences.Where(r => r.Name == name))
    {
        reference.Name = newName;
        reference.PublicKeyToken = [];
        users++;
    }
    if (assembly.Name.Name == name)
    {
        // A changed assembly can't keep the signature of the one that it was.
        assembly.Name.Name = newName;
        assembly.Name.PublicKey = [];
        assembly.Name.HasPublicKey = false;
        module.Name = newName + ".dll";
        module.Attributes &= ~ModuleAttributes.StrongNameSigned;
        renamed++;
    }
    // Symbols travel inside: a package of symbols may only have those of assemblies in lib.
    assembly.Write(Path.Combine(folder, assembly.Name.Name + ".dll"), new WriterParameters
    {
        DeterministicMvid = true,
        WriteSymbols = hasSymbols,
        SymbolWriterProvider = hasSymbols ? new EmbeddedPortablePdbWriterProvider() : null,
    });
}
if (renamed == 1 && users > 0)
{
    return 0;
}
Console.Error.WriteLine($"error: expected one assembly '{name}' and some that use it; found {renamed} and {users}");
return 1;
