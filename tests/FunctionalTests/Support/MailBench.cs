using FaceId.Application.Common;
using FaceId.Application.Users;
using FaceId.Domain.Users;
using FaceId.Infrastructure;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Postgres;
using FaceId.Infrastructure.Users.Mail;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace FaceId.FunctionalTests.Support;

/// <summary>The outbox and its delivery on a database of their own, with a clock that the test moves and no job server: the test says when.</summary>
internal sealed class MailBench : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly Database _database;
    private readonly string? _name;

    private MailBench(ServiceProvider services, Database database, string? name, string dataFolder, FakeTimeProvider time)
    {
        _services = services;
        _database = database;
        _name = name;
        DataFolder = dataFolder;
        Time = time;
    }

    public FakeTimeProvider Time { get; }

    public string DataFolder { get; }

    /// <summary>On a new database of this name.</summary>
    public static async Task<MailBench> StartAsync(string database, params (string Key, string Value)[] settings)
    {
        var url = await TestDatabase.CreateEmptyAsync(database);
        var folder = Directory.CreateTempSubdirectory("faceid-mail-").FullName;
        var bench = await StartAsync(folder, database, [("DATABASE_URL", url), .. settings]);
        await bench._database.WithSchemaAsync(schema => schema.MigrateAsync(CancellationToken.None));
        return bench;
    }

    /// <summary>Beside a running server, on its private database and with its key.</summary>
    public static Task<MailBench> BesideAsync(string dataFolder) => StartAsync(dataFolder, database: null);

    /// <summary>Queues mails in one save.</summary>
    public Task QueueAsync(params Mail[] mails) => QueueAsync(_services, mails);

    /// <summary>Queues mails in one save, in whatever server these services are.</summary>
    public static async Task QueueAsync(IServiceProvider services, params Mail[] mails)
    {
        await using var scope = services.CreateAsyncScope();
        var outbox = scope.ServiceProvider.GetRequiredService<IMailOutbox>();
        Array.ForEach(mails, outbox.Queue);
        await scope.ServiceProvider.GetRequiredService<IFaceIdDb>().SaveChangesAsync(CancellationToken.None);
    }

    /// <summary>A mail with everything that must not be seen anywhere.</summary>
    public static Mail ResetMail(string key = "reset:1") => new(
        MailKind.ResetPassword, key, UserId: 7, "ada@example.com", "Ada Lovelace",
        new Dictionary<string, string> { ["link"] = "https://face.example/reset-password?token=t0ken", ["token"] = "t0ken", ["minutes"] = "15" });

    /// <summary>One run of the job.</summary>
    public Task DeliverAsync() => InScopeAsync(services => services.GetRequiredService<MailDelivery>().SendDueAsync(CancellationToken.None));

    public async Task<OutgoingMail> RowAsync() => (await RowsAsync()).Single();

    public async Task<IReadOnlyList<OutgoingMail>> RowsAsync()
    {
        await using var scope = _services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<FaceIdDb>().OutgoingMails.AsNoTracking().OrderBy(mail => mail.Id).ToListAsync();
    }

    public async Task InScopeAsync(Func<IServiceProvider, Task> work)
    {
        await using var scope = _services.CreateAsyncScope();
        await work(scope.ServiceProvider);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
        if (_name is not null)
        {
            await TestDatabase.DropAsync(_name);
            Directory.Delete(DataFolder, recursive: true);
        }
    }

    private static async Task<MailBench> StartAsync(string dataFolder, string? database, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["FACEID_DATA"] = dataFolder, ["FACEID_MAIL_FROM"] = "FaceId <faceid@mail.example>" })
            .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value))
            .Build();
        var loaded = FaceIdSettings.Load(configuration);
        var opened = await Database.OpenAsync(loaded, EmbeddedPostgresUse.Command, NullLoggerFactory.Instance, CancellationToken.None);

        var services = new ServiceCollection().AddLogging();
        services.AddInfrastructure(configuration, loaded, Task.FromResult(opened));
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time));
        return new MailBench(services.BuildServiceProvider(), opened, database, dataFolder, time);
    }
}
