using FaceId.Application.Recognition.Settings;
using FaceId.Domain.Recognition;
using FaceId.Infrastructure.Persistence;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceId.Infrastructure.Recognition;

/// <summary>Keeps the settings in memory until the <see cref="ChangeFeed"/> says that they changed.</summary>
internal sealed partial class CurrentSettings : IRecognitionSettings
{
    private const string Find = "SELECT value::text FROM settings WHERE name = $1";

    private readonly NpgsqlDataSource _database;
    private readonly ChangeFeed _feed;
    private readonly ILogger<CurrentSettings> _logger;

    private readonly Lock _gate = new();
    private RecognitionSettings? _known;
    private long _changes;

    public CurrentSettings(RecognitionSettings configured, NpgsqlDataSource database, ChangeFeed feed, ILogger<CurrentSettings> logger)
    {
        (Configured, _database, _feed, _logger) = (configured, database, feed, logger);
        feed.Changed += Forget;
    }

    public RecognitionSettings Configured { get; }

    public ValueTask<RecognitionSettings> CurrentAsync(CancellationToken cancellationToken) =>
        _feed.IsCurrent && Volatile.Read(ref _known) is { } known ? new(known) : new(LoadAsync(cancellationToken));

    private async Task<RecognitionSettings> LoadAsync(CancellationToken cancellationToken)
    {
        var changes = Volatile.Read(ref _changes);
        await using var command = _database.CreateCommand(Find);
        command.Parameters.Add(new NpgsqlParameter { Value = SettingsJson.Name });
        var settings = await command.ExecuteScalarAsync(cancellationToken) is string stored ? Read(stored) : Configured;
        lock (_gate)
        {
            // Unless something changed since the reading began.
            if (changes == _changes)
            {
                _known = settings;
            }
        }

        return settings;
    }

    private RecognitionSettings Read(string stored)
    {
        var read = SettingsJson.Read(stored, Configured);
        if (!read.IsError)
        {
            return read.Value;
        }

        LogUnusable(_logger, string.Join(' ', read.Errors.Select(error => error.Description)));
        return Configured;
    }

    private void Forget(string change)
    {
        if (change is "settings" or "all")
        {
            lock (_gate)
            {
                _changes++;
                _known = null;
            }
        }
    }

    [LoggerMessage(EventId = 430, Level = LogLevel.Error, Message = "The row 'recognition' of the table settings cannot be used, and the configured settings hold until it is mended with 'faceid settings set': {Reason}")]
    private static partial void LogUnusable(ILogger logger, string reason);
}
