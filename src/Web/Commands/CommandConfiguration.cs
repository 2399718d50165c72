namespace FaceId.Web.Commands;

/// <summary>The server's settings, for commands that run without it.</summary>
internal static class CommandConfiguration
{
    public static IConfiguration Load() => new ConfigurationBuilder()
        .SetBasePath(AppContext.BaseDirectory)
        .AddEnvironmentVariables("ASPNETCORE_")
        .AddJsonFile("appsettings.json", optional: true)
        .AddEnvironmentVariables()
        .Build();
}
