using System.Globalization;
using FaceId.Infrastructure.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

/// <summary>
/// Makes this assembly a program that holds a cluster until its input ends, for tests that need a second process. The runtime
/// calls it when <c>DOTNET_STARTUP_HOOKS</c> names this assembly, which is why it has this name and no namespace.
/// </summary>
#pragma warning disable CA1050 // The runtime looks for the type without a namespace.
internal static class StartupHook
#pragma warning restore CA1050
{
    /// <summary>Names the data folder to use, and says that this process is not the test run itself.</summary>
    public const string FolderVariable = "FACEID_TEST_CLUSTER";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { } folder)
            HoldAsync(folder).GetAwaiter().GetResult();
    }

    private static async Task HoldAsync(string folder)
    {
        var options = new EmbeddedPostgresOptions { DataFolder = folder, Durable = false };
        await using var postgres = await EmbeddedPostgres.AcquireAsync(
            options, EmbeddedPostgresUse.Server, NullLogger<EmbeddedPostgres>.Instance, CancellationToken.None);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{postgres.ProcessId}"));
        await Console.In.ReadToEndAsync();
    }
}
