using FaceId.Application.Common;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Users;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Faces;
using FaceId.Infrastructure.Jobs;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Recognition;
using FaceId.Infrastructure.Users;
using FaceId.Infrastructure.Users.Mail;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FaceId.Infrastructure;

public static class DependencyInjection
{
    /// <param name="database">May still be opening; it is awaited before the first use, by <see cref="DatabaseStartup"/>.</param>
    public static IServiceCollection AddInfrastructure(
        this IServiceCollection services, IConfiguration configuration, FaceIdSettings settings, Task<Database> database)
    {
        services.AddSingleton(settings);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => MasterKey.LoadOrCreate(settings));

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

        services.AddSingleton<IPasswordHasher, PasswordHasher>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<IAccessTokens>(provider => provider.GetRequiredService<AccessTokens>());
        services.AddSingleton<ITemplateVault, TemplateVault>();
        services.AddSingleton<IRecognitionLogWriter, RecognitionLogWriter>();

        services.AddMail(configuration);
        services.AddJobs();

        return services.AddEngine(configuration, settings);
    }

    /// <summary>The face engine alone, for commands that need no database.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services, IConfiguration configuration, FaceIdSettings settings) =>
        services.AddFaceEngine(options =>
        {
            configuration.GetSection("FaceId").Bind(options);
            options.ModelsFolder = settings.ModelsFolder;
        });
}
