using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Postgres;

/// <summary>What may differ between the clusters of a server, a command and a test.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>The cluster is kept in its subfolder <c>postgres</c>, its log beside that.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Where PostgreSQL's programs are; looked for when null.</summary>
    public string? BinFolder { get; init; }

    /// <summary>False gives up safety on power failure for speed: for tests only.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Long enough for the recovery after a power failure.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a clean stop may take before PostgreSQL is told to stop at once, which costs a recovery at the next start.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(20);

    public static EmbeddedPostgresOptions For(FaceIdSettings settings) => new()
    {
        DataFolder = settings.DataFolder,
        BinFolder = settings.PostgresBin,
    };
}

/// <summary>On whose behalf a cluster is used.</summary>
public enum EmbeddedPostgresUse
{
    /// <summary>A server: one for each data folder.</summary>
    Server,

    /// <summary>A command: beside a running server or other commands, or alone.</summary>
    Command,
}
