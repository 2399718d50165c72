using FaceId.Application;
using FaceId.Infrastructure;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Postgres;

namespace FaceId.Web.Startup;

/// <summary>Puts the server together, runs it, and takes it down with everything it started.</summary>
internal static class Server
{
    private const string DefaultAddress = "http://localhost:5080";

    public static async Task RunAsync(ServeOptions options, CancellationToken cancellationToken)
    {
        var builder = CreateBuilder();
        var settings = FaceIdSettings.Load(builder.Configuration);
        using var logging = LoggerFactory.Create(log => log.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole());

        // The cluster starts while the host is put together.
        var opening = Database.OpenAsync(settings, EmbeddedPostgresUse.Server, logging, cancellationToken);
        try
        {
            await using var app = Build(builder, settings, opening, options);
            await app.StartAsync(cancellationToken);
            Console.WriteLine(app.Services.GetRequiredService<Banner>());
            await app.WaitForShutdownAsync(cancellationToken);
        }
        finally
        {
            await (await opening).DisposeAsync();
        }
    }

    public static WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        if (string.IsNullOrEmpty(builder.Configuration["urls"]))
        {
            builder.WebHost.UseUrls(DefaultAddress);
        }

        return builder;
    }

    public static WebApplication Build(
        WebApplicationBuilder builder, FaceIdSettings settings, Task<Database> opening, ServeOptions options)
    {
        builder.Services.AddSingleton(options);
        builder.Services.AddApplication();
        builder.Services.AddInfrastructure(builder.Configuration, settings, opening);
        builder.AddWeb();

        var app = builder.Build();
        app.UseWeb();
        return app;
    }
}
