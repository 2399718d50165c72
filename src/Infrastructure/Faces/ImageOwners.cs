using FaceId.Infrastructure.Configuration;
using Npgsql;

namespace FaceId.Infrastructure.Faces;

/// <summary>
/// Says whose the photos in a folder are: an empty file for each database whose faces name some. To one database the photos of another look like nobody's, and
/// a server is soon started in the same folder with another DATABASE_URL.
/// </summary>
internal sealed class ImageOwners(NpgsqlDataSource database)
{
    /// <summary>What these files' names begin with.</summary>
    public const string Prefix = "database-";

    // A restored dump is another database in this: nobody can tell a move from a copy.
    private const string Identity = "SELECT system_identifier || '-' || current_database() FROM pg_control_system()";

    private string? _own;

    /// <summary>Notes this database before its first photo is written.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task NoteAsync(string folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, await OwnAsync(cancellationToken));
        if (!File.Exists(file))
        {
            await File.WriteAllBytesAsync(file, [], cancellationToken);
            DataFolder.Flush(folder);
        }
    }

    /// <returns>Why photos that this database does not name may be another's; null when they cannot be.</returns>
    public async Task<string?> WhyNotOursAsync(string folder, CancellationToken cancellationToken)
    {
        var own = await OwnAsync(cancellationToken);
        string[] owners = [.. Directory.EnumerateFiles(folder, $"{Prefix}*").Select(file => Path.GetFileName(file))];
        return owners switch
        {
            [var only] when only == own => null,
            [] => $"Nothing says whose photos these are. If all are of this database, make an empty file {own} beside them.",
            _ => $"They may be another database's: {string.Join(", ", owners.Where(owner => owner != own))}. If all are of this database now, let {own} be the only such file beside them.",
        };
    }

    private async Task<string> OwnAsync(CancellationToken cancellationToken)
    {
        if (_own is null)
        {
            await using var command = database.CreateCommand(Identity);
            _own = Prefix + Uri.EscapeDataString((string)(await command.ExecuteScalarAsync(cancellationToken))!);
        }

        return _own;
    }
}
