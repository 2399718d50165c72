using FaceId.Application.Recognition.Settings;
using FaceId.Domain.Recognition;
using FaceId.Infrastructure.Persistence;
using Npgsql;

namespace FaceId.Infrastructure.Recognition;

/// <summary>Keeps the settings in memory until the <see cref="ChangeFeed"/> says that they changed.</summary>
internal sealed class CurrentSettings : IRecognitionSettings
{
    private readonly NpgsqlDataSource _database;
    private readonly ChangeFeed _feed;
    private RecognitionSettings? _known;
    private int _changes;

    public CurrentSettings(NpgsqlDataSource database, ChangeFeed feed)
    {
        (_database, _feed) = (database, feed);
        feed.Changed += Forget;
    }

    public async ValueTask<RecognitionSettings> GetAsync(CancellationToken cancellationToken)
    {
        if (_feed.IsCurrent && Volatile.Read(ref _known) is { } known)
        {
            return known;
        }

        var changes = Volatile.Read(ref _changes);
        await using var command = _database.CreateCommand("SELECT value FROM settings WHERE name = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = StoredSettings.Recognition });
        var read = await command.ExecuteScalarAsync(cancellationToken) is string json ? SettingsJson.Read(json) : new RecognitionSettings();
        Volatile.Write(ref _known, read);

        // A change that was heard while they were read may have been missed by the reading.
        if (Volatile.Read(ref _changes) != changes)
        {
            Volatile.Write(ref _known, null);
        }

        return read;
    }

    private void Forget(string change)
    {
        if (change is "settings" or "all")
        {
            Interlocked.Increment(ref _changes);
            Volatile.Write(ref _known, null);
        }
    }
}
