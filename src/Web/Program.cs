using FaceId.Web.Commands;

return await CommandLine.RunAsync(args);
