using FaceId.Application.Users;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Configuration;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FaceId.Infrastructure.Persistence;

/// <summary>Readies the database for the server: it answers, has its migrations and partitions, and an administrator.</summary>
public sealed partial class DatabaseStartup
{
    private readonly Task<Database> _opening;
    private readonly IServiceScopeFactory _scopes;
    private readonly IConfiguration _configuration;
    private readonly AccountOptions _options;
    private readonly ILogger<DatabaseStartup> _logger;

    public DatabaseStartup(
        Task<Database> opening, IServiceScopeFactory scopes, IConfiguration configuration, AccountOptions options, ILogger<DatabaseStartup> logger)
    {
        _opening = opening;
        _scopes = scopes;
        _configuration = configuration;
        _options = options;
        _logger = logger;
    }

    /// <param name="migrate">Whether to apply missing migrations; otherwise they stop the start.</param>
    /// <returns>The first administrator, if this start made one.</returns>
    /// <exception cref="StartupException">Something keeps the server from starting; the message says what to do.</exception>
    public async Task<CreatedAdmin?> RunAsync(bool migrate, CancellationToken cancellationToken)
    {
        var database = await _opening.WaitAsync(cancellationToken);
        await database.CheckAsync(cancellationToken);

        await using var scope = _scopes.CreateAsyncScope();
        var schema = scope.ServiceProvider.GetRequiredService<SchemaMigrator>();
        if (migrate)
        {
            var applied = await schema.MigrateAsync(cancellationToken);
            if (applied.Count > 0)
            {
                LogMigrated(_logger, applied.Count);
            }
        }
        else if (!await schema.IsCompleteAsync(cancellationToken))
        {
            throw new StartupException("The database lacks migrations: run 'faceid db migrate', or start without --no-migrate.");
        }

        await scope.ServiceProvider.GetRequiredService<LogPartitions>().EnsureAsync(cancellationToken);
        var created = await EnsureAdminAsync(scope.ServiceProvider.GetRequiredService<FirstAdmin>(), cancellationToken);
        await TellMfaAsync(scope.ServiceProvider.GetRequiredService<FaceIdDb>(), cancellationToken);
        return created;
    }

    /// <summary>Says how far accounts that reach other people's data hang on passwords alone.</summary>
    private async Task TellMfaAsync(FaceIdDb db, CancellationToken cancellationToken)
    {
        var bare = await db.Users.CountAsync(user => user.Role == Role.Admin && user.IsActive && !user.MfaEnabled, cancellationToken);
        if (_options.RequireMfa == MfaRule.Off)
        {
            LogMfaOff(_logger, bare);
        }
        else
        {
            LogMfaRequired(_logger, _options.RequireMfa, bare);
        }
    }

    private async Task<CreatedAdmin?> EnsureAdminAsync(FirstAdmin firstAdmin, CancellationToken cancellationToken)
    {
        try
        {
            return await firstAdmin.EnsureAsync(Setting("ADMIN_EMAIL", "AdminEmail"), Setting("ADMIN_PASSWORD", "AdminPassword"), cancellationToken);
        }
        catch (InvalidOperationException exception)
        {
            throw new StartupException(exception.Message);
        }
    }

    private string? Setting(string variable, string key) =>
        (_configuration[$"FACEID_{variable}"] ?? _configuration[$"FaceId:{key}"]) is { Length: > 0 } value ? value : null;

    [LoggerMessage(EventId = 210, Level = LogLevel.Information, Message = "Applied {Count} database migrations")]
    private static partial void LogMigrated(ILogger logger, int count);

    [LoggerMessage(EventId = 211, Level = LogLevel.Information,
        Message = "No account must have a second factor (FaceId:RequireMfa is off), and {Count} active administrators have none")]
    private static partial void LogMfaOff(ILogger logger, int count);

    [LoggerMessage(EventId = 212, Level = LogLevel.Information,
        Message = "FaceId:RequireMfa is {Rule}; {Count} active administrators have no second factor and can only set one up")]
    private static partial void LogMfaRequired(ILogger logger, MfaRule rule, int count);
}
