using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Configuration;

/// <summary>Where the service keeps its things. Both folders are absolute paths; they need not exist yet.</summary>
public sealed record FaceIdSettings
{
    private const string Section = "FaceId";

    /// <summary>A postgres:// URL or an Npgsql string; null means the embedded cluster. Holds a password: never log it.</summary>
    public string? DatabaseUrl { get; init; }

    /// <summary>Holds the embedded cluster, the outbox and the master key.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Holds the model files.</summary>
    public required string ModelsFolder { get; init; }

    /// <summary>The master key in base64; null means the key file in the data folder. Never log it.</summary>
    public string? Key { get; init; }

    /// <summary>Keys that were in force before, separated by commas. Never log them.</summary>
    public string? OldKeys { get; init; }

    /// <summary>The folder of PostgreSQL's programs; null means the usual places.</summary>
    public string? PostgresBin { get; init; }

    /// <summary>
    /// Reads <c>DATABASE_URL</c>, <c>FACEID_DATA</c>, <c>FACEID_MODELS</c>, <c>FACEID_KEY</c>, <c>FACEID_KEY_OLD</c> and
    /// <c>FACEID_POSTGRES_BIN</c>, which win, or the same from the section <c>FaceId</c>: <c>DatabaseUrl</c>, <c>Data</c>, <c>Models</c>,
    /// <c>Key</c>, <c>OldKeys</c>, <c>PostgresBin</c>. Empty values count as absent.
    /// </summary>
    /// <exception cref="StartupException">A folder's name leads to a file.</exception>
    public static FaceIdSettings Load(IConfiguration configuration)
    {
        return new FaceIdSettings
        {
            DatabaseUrl = Value("DATABASE_URL", "DatabaseUrl"),
            DataFolder = Folder("FACEID_DATA", Value("FACEID_DATA", "Data") ?? "data"),
            ModelsFolder = Folder("FACEID_MODELS", Value("FACEID_MODELS", "Models") ?? FindModels()),
            Key = Value("FACEID_KEY", "Key"),
            OldKeys = Value("FACEID_KEY_OLD", "OldKeys"),
            PostgresBin = Value("FACEID_POSTGRES_BIN", "PostgresBin"),
        };

        string? Value(string variable, string key) =>
            NullIfBlank(configuration[variable]) ?? NullIfBlank(configuration[$"{Section}:{key}"]);
    }

    /// <summary>A record prints its members by itself; these hold secrets.</summary>
    public override string ToString() => $"data {DataFolder}, models {ModelsFolder}, database {(DatabaseUrl is null ? "embedded" : "by DATABASE_URL")}";

    private static string? NullIfBlank(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    private static string Folder(string variable, string value)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(value));
        return File.Exists(path) ? throw new StartupException($"{variable}: {path} is a file; name a folder.") : path;
    }

    /// <summary>The models folder of the current directory, otherwise the one beside or above the program (a repository's build).</summary>
    private static string FindModels()
    {
        var here = Path.GetFullPath("models");
        if (HoldsModels(here))
            return here;

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var models = Path.Combine(folder.FullName, "models");
            if (HoldsModels(models))
                return models;
        }

        return here;
    }

    private static bool HoldsModels(string folder) => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.dat").Any();
}
