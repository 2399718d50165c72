using FaceId.Infrastructure.Persistence;
using Hangfire;
using Hangfire.PostgreSql;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FaceId.Infrastructure.Jobs;

internal static class JobsRegistration
{
    public static IServiceCollection AddJobs(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(RetentionSchedule.Load(configuration));

        // Registered before AddHangfire, whose own would be shared by all servers of a process.
        services.AddSingleton<JobStorage>(provider => new PostgreSqlStorage(new PooledConnections(provider.GetRequiredService<Task<Database>>()), Options()));
        services.AddSingleton<JobActivator, JobScopes>();
        services.AddScoped<ScopeCaller>();
        services.AddScoped<DailyRetention>();
        services.AddScoped<FaceChangeTrim>();
        services.AddHangfire((provider, hangfire) => hangfire
            .UseLogProvider(new JobLog(provider.GetRequiredService<ILoggerFactory>().CreateLogger("Hangfire")))
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
            .UseSimpleAssemblyNameTypeSerializer()
            .UseRecommendedSerializerSettings());
        services.AddHostedService<JobServer>();
        return services;
    }

    private static PostgreSqlStorageOptions Options() => new()
    {
        SchemaName = JobSchema.Name,
        PrepareSchemaIfNecessary = false,

        // A job of this process wakes a worker at once. Polling finds those of processes that died; listening for
        // notifications would take one more connection a worker, for nothing.
        QueuePollInterval = TimeSpan.FromSeconds(2),

        // A killed server leaves its locks behind; they guard steps of milliseconds.
        DistributedLockTimeout = TimeSpan.FromMinutes(1),
        InvisibilityTimeout = TimeSpan.FromMinutes(5),
        UseSlidingInvisibilityTimeout = true,
    };
}
