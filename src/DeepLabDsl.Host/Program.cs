using DeepLabDsl.Cli;

return DeepLabHost.Run(args);
