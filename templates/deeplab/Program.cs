// Every command of DeepLabDsl for the networks in specs/ and those of the zoo: dotnet run -c Release -- --help
using DeepLabDsl;
using DeepLabTemplateNamespace.Networks;

return DeepLabHost.Run(args, NetworkCatalog.All);
