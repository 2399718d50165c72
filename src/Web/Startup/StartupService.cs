using FaceId.Application.Faces;
using FaceId.Infrastructure.Persistence;

namespace FaceId.Web.Startup;

/// <summary>Readies the database and the models, side by side, before the server listens. Many faces are loaded while it does.</summary>
internal sealed class StartupService(DatabaseStartup database, IFaceEngine engine, IFaceGallery gallery, ServeOptions options, Banner banner) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var warming = engine.WarmUpAsync(cancellationToken);
        banner.FirstAdmin = await database.RunAsync(options.Migrate, cancellationToken);
        await gallery.OpenAsync(cancellationToken);
        await warming;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <param name="Migrate">False leaves the schema alone (<c>--no-migrate</c>).</param>
internal sealed record ServeOptions(bool Migrate = true);
