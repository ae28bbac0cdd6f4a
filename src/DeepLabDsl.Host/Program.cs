using DeepLabDsl.Host;

return CommandLine.Run(args);
