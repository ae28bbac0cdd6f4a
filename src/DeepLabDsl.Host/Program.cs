using DeepLabDsl;

return DeepLabHost.Run(args);
