using FaceId.Application.Faces;
using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace FaceId.Infrastructure.Faces;

/// <summary>
/// Compares the kept photos with the rows that name them. The files' names go into a table of the transaction, so that the database compares them in one pass
/// and no list of a million is held here.
/// </summary>
internal sealed partial class ImageSweep(FaceIdSettings settings, NpgsqlDataSource database, ImageOwners owners, ILogger<ImageSweep> logger) : IImageSweep
{
    private const int MissingNamed = 20;

    // What was enrolled just now may not have been there when the folder was listed.
    private const string Odd = """
        SELECT file.path, face.id FROM image_files file
        FULL JOIN (SELECT id, image_path, image_key IS NOT NULL AND created_at < $1 AS kept FROM faces WHERE image_path IS NOT NULL) face ON face.image_path = file.path
        WHERE (face.id IS NULL AND file.old) OR (file.path IS NULL AND face.kept)
        """;

    public async Task<SweptImages> SweepAsync(DateTimeOffset olderThan, bool dryRun, CancellationToken cancellationToken)
    {
        var root = Path.Combine(settings.DataFolder, ImageFiles.Folder);
        SweptImages swept;
        try
        {
            swept = await SweepAsync(root, olderThan, dryRun, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            swept = new SweptImages(0, 0, [], $"The folder cannot be read: {exception.Message}");
        }

        if (swept.Missing > 0)
        {
            LogMissing(logger, swept.Missing, string.Join(", ", swept.MissingOf));
        }

        if (swept.NotSwept is { } why)
        {
            LogNotSwept(logger, why);
        }

        return swept;
    }

    private async Task<SweptImages> SweepAsync(string root, DateTimeOffset olderThan, bool dryRun, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ListAsync(connection, root, olderThan, cancellationToken);

        var whyNotOurs = Directory.Exists(root) ? await owners.WhyNotOursAsync(root, cancellationToken) : null;
        var (unnamed, deleted, missing, missingOf) = (0L, 0L, 0L, new List<int>());
        await using var command = new NpgsqlCommand(Odd, connection) { CommandTimeout = 0 };
        command.Parameters.Add(new NpgsqlParameter { Value = olderThan.ToUniversalTime() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (!await reader.IsDBNullAsync(0, cancellationToken))
            {
                unnamed++;
                deleted += whyNotOurs is null && (dryRun || Delete(reader.GetString(0))) ? 1 : 0;
            }
            else if (++missing <= MissingNamed)
            {
                missingOf.Add(reader.GetInt32(1));
            }
        }

        return new SweptImages(deleted, missing, missingOf, unnamed > deleted ? whyNotOurs ?? "Some files could not be deleted; the log says why." : null);
    }

    private static async Task ListAsync(NpgsqlConnection connection, string root, DateTimeOffset olderThan, CancellationToken cancellationToken)
    {
        await using (var table = new NpgsqlCommand("CREATE TEMP TABLE image_files (path varchar NOT NULL, old boolean NOT NULL) ON COMMIT DROP", connection))
        {
            await table.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var writer = await connection.BeginBinaryImportAsync("COPY image_files (path, old) FROM STDIN (FORMAT BINARY)", cancellationToken);
        foreach (var file in Files(root))
        {
            await writer.StartRowAsync(cancellationToken);
            await writer.WriteAsync($"{ImageFiles.Folder}/{file.Directory!.Name}/{file.Name}", NpgsqlDbType.Varchar, cancellationToken);
            await writer.WriteAsync(file.LastWriteTimeUtc < olderThan, NpgsqlDbType.Boolean, cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
    }

    private static IEnumerable<FileInfo> Files(string root) => !Directory.Exists(root)
        ? []
        : new DirectoryInfo(root).EnumerateDirectories().SelectMany(folder => folder.EnumerateFiles())
            .Where(file => ImageFiles.IsOurs($"{ImageFiles.Folder}/{file.Directory!.Name}/{file.Name}"));

    private bool Delete(string path)
    {
        try
        {
            File.Delete(Path.Combine(settings.DataFolder, path));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotDeleted(logger, exception);
            return false;
        }
    }

    [LoggerMessage(EventId = 442, Level = LogLevel.Warning, Message = "{Count} faces name a photo that is not in this server's folder: the first are {Faces}. Restore the folder, or let all servers share it")]
    private static partial void LogMissing(ILogger logger, long count, string faces);

    [LoggerMessage(EventId = 443, Level = LogLevel.Warning, Message = "Photos that no face names were left: {Why}")]
    private static partial void LogNotSwept(ILogger logger, string why);

    [LoggerMessage(EventId = 444, Level = LogLevel.Warning, Message = "A photo that no face names could not be deleted")]
    private static partial void LogNotDeleted(ILogger logger, Exception exception);
}
