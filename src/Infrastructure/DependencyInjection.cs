using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Recognition.Liveness;
using FaceId.Application.Recognition.Settings;
using FaceId.Application.Users;
using FaceId.Application.Users.Imports;
using FaceId.Application.Users.Passkeys;
using FaceId.Application.Users.Privacy;
using FaceId.Application.Users.Retention;
using FaceId.Application.Users.SecondFactor;
using FaceId.Application.Users.SignIn;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Faces;
using FaceId.Infrastructure.Jobs;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Recognition;
using FaceId.Infrastructure.Search;
using FaceId.Infrastructure.Search.PgVector;
using FaceId.Infrastructure.Security;
using FaceId.Infrastructure.Users;
using FaceId.Infrastructure.Users.Imports;
using FaceId.Infrastructure.Users.Mail;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace FaceId.Infrastructure;

public static class DependencyInjection
{
    /// <param name="database">May still be opening; it is awaited before the first use, by <see cref="DatabaseStartup"/>.</param>
    public static IServiceCollection AddInfrastructure(
        this IServiceCollection services, IConfiguration configuration, FaceIdSettings settings, Task<Database> database)
    {
        services.AddSingleton(settings);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => MasterKeys.LoadOrCreate(settings));
        services.AddSingleton(provider => new KeyRotation(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<MasterKeys>(), provider.GetRequiredService<TimeProvider>()));

        services.AddSingleton(database);
        services.AddSingleton(_ => database.GetAwaiter().GetResult().DataSource);
        services.AddDbContextPool<FaceIdDb>((provider, options) =>
        {
            options.UseFaceIdPostgres(provider.GetRequiredService<NpgsqlDataSource>());
            options.AddInterceptors(provider.GetRequiredService<MailSignal>());
        });
        services.AddScoped<IFaceIdDb>(provider => provider.GetRequiredService<FaceIdDb>());
        services.AddScoped(provider => new SchemaMigrator(provider.GetRequiredService<FaceIdDb>()));
        services.AddSingleton<LogPartitions>();
        services.AddSingleton<DatabaseStartup>();
        services.AddHostedService<LogPartitionsService>();
        services.AddHostedService<OpenConnections>();

        var passwords = PasswordSettings.Load(configuration);
        services.AddSingleton(passwords);
        services.AddSingleton(new PasswordOptions(passwords.MinLength));
        services.AddSingleton<IPasswordHasher, PasswordHasher>();
        var images = KeptImages.Load(configuration);
        services.AddSingleton(images);
        services.AddSingleton(Accounts.Load(configuration, images.Keep));
        services.AddSingleton(Retention.Load(configuration));
        services.AddSingleton(Quality.Load(configuration));
        services.AddScoped<IAttemptCounters, AttemptCounters>();
        services.AddSingleton<IRecognitionLogStore, LogRetention>();
        services.AddSingleton<SigningKeyRing>();
        services.AddSingleton<IAccessTokens, AccessTokens>();
        services.AddSingleton<IAccessDirectory, AccessDirectory>();
        services.AddSingleton<IAttemptLimiter, AttemptLimiter>();
        services.AddSingleton<IKnownDevices, KnownDevices>();
        services.AddSingleton<ISecrets, Secrets>();
        services.AddSingleton<IReceiptSeal, ReceiptSeal>();
        services.AddSingleton<ITotp, TotpCodes>();
        services.AddSingleton<IPasskeyCeremonies, PasskeyCeremonies>();
        services.AddHostedSingleton<ChangeFeed>();
        services.AddHostedSingleton<LastSeen>();
        var recognition = RecognitionDefaults.Load(configuration);
        services.AddSingleton<IRecognitionSettings>(provider => ActivatorUtilities.CreateInstance<CurrentSettings>(provider, recognition));
        services.AddSingleton<ITemplateVault, TemplateVault>();
        services.AddSingleton<ICalibrations>(InstalledCalibrations.Load(configuration));
        services.AddSingleton<ILivenessVault, LivenessVault>();
        services.AddSingleton(Liveness.Load(configuration));
        services.AddSingleton(GalleryOptions.Load(configuration));
        var search = SearchOptions.Load(configuration);
        services.AddSingleton(search);
        if (search.Engine == SearchOptions.PgVector)
            services.AddSingleton<IGalleryEngine, PgVectorEngine>();
        else
            services.AddSingleton<IGalleryEngine, MemoryEngine>();
        services.AddHostedSingleton<FaceGallery>();
        services.AddSingleton<IFaceGallery>(provider => provider.GetRequiredService<FaceGallery>());
        services.AddScoped<IPeopleStore, PeopleStore>();
        services.AddSingleton<ImageOwners>();
        services.AddSingleton<IImageFiles, ImageFiles>();
        services.AddSingleton<IImageSweep, ImageSweep>();
        services.AddSingleton<IRecognitionLogWriter, RecognitionLogWriter>();

        services.AddMail(configuration);
        services.AddJobs(configuration);

        return services.AddEngine(configuration, settings);
    }

    /// <summary>A background service that others ask things of.</summary>
    internal static void AddHostedSingleton<T>(this IServiceCollection services)
        where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }

    /// <summary>The face engine alone, for commands that need no database.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services, IConfiguration configuration, FaceIdSettings settings) =>
        services.AddFaceEngine(EngineSettings.Load(configuration, settings.ModelsFolder));
}
