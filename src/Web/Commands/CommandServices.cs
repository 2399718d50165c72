using FaceId.Application;
using FaceId.Application.Common.Security;
using FaceId.Infrastructure;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceId.Web.Commands;

/// <summary>The use cases, for commands that run beside the server or without it.</summary>
internal static class CommandServices
{
    public static async Task RunAsync(Func<IServiceProvider, Task> work, CancellationToken cancellationToken)
    {
        var configuration = CommandConfiguration.Load();
        var settings = FaceIdSettings.Load(configuration);
        if (settings is { DatabaseUrl: not null, Key: null } && !File.Exists(Path.Combine(settings.DataFolder, MasterKey.FileName)))
        {
            // A new key would be made, and what it encrypts the server could not read.
            throw new StartupException(
                $"{settings.DataFolder} does not hold the key of this installation. Run the command in the folder that the server is started in, or set FACEID_DATA or FACEID_KEY as it has them.");
        }

        await using var database = await Database.OpenAsync(settings, EmbeddedPostgresUse.Command, NullLoggerFactory.Instance, cancellationToken);
        await database.CheckAsync(cancellationToken);
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(configuration)
            .AddSingleton<ICaller, ConsoleCaller>()
            .AddApplication()
            .AddInfrastructure(configuration, settings, Task.FromResult(database))
            .BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        if ((await scope.ServiceProvider.GetRequiredService<SchemaMigrator>().StatusAsync(cancellationToken)).Any(migration => !migration.Applied))
        {
            throw new StartupException("The database lacks migrations: run 'faceid db migrate' first.");
        }

        await work(scope.ServiceProvider);
    }
}
