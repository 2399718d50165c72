using System.Globalization;
using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Search;

/// <param name="Engine">What searches: <see cref="Memory"/> or <see cref="PgVector"/>.</param>
/// <param name="EfSearch">How many faces pgvector keeps in view while it walks through its graph.</param>
internal sealed record SearchOptions(string Engine, int EfSearch)
{
    public const string Memory = "memory";
    public const string PgVector = "pgvector";
    public const string Key = "FaceId:Search";
    public const int DefaultEfSearch = 400;

    private const string AcceptKey = "FaceId:PgVector:AcceptUnencrypted";
    private const string EfSearchKey = "FaceId:PgVector:EfSearch";
    private const int LeastEfSearch = 40;
    private const int GreatestEfSearch = 1000;

    /// <exception cref="StartupException">A value cannot be read, or nobody accepted what pgvector means.</exception>
    public static SearchOptions Load(IConfiguration configuration)
    {
        var engine = Text(Key) switch
        {
            null or Memory => Memory,
            PgVector => PgVector,
            var text => throw new StartupException($"{Key} is '{text}'; give {Memory} or {PgVector}."),
        };
        var accepted = Text(AcceptKey) switch
        {
            null or "false" => false,
            "true" => true,
            var text => throw new StartupException($"{AcceptKey} is '{text}'; give true or false."),
        };
        if (engine == PgVector && !accepted)
        {
            throw new StartupException(
                $"{Key}={PgVector} stores what every face is compared by unencrypted in the database's table face_vectors: whoever reads the database or a backup of it can "
                + $"recognize the people, without the master key. Set {AcceptKey}=true if that is accepted, or leave {Key} out.");
        }

        return new SearchOptions(engine, Text(EfSearchKey) switch
        {
            null => DefaultEfSearch,
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ef) && ef is >= LeastEfSearch and <= GreatestEfSearch => ef,
            var text => throw new StartupException($"{EfSearchKey} is '{text}'; give a whole number from {LeastEfSearch} to {GreatestEfSearch}."),
        });

        string? Text(string key) => string.IsNullOrWhiteSpace(configuration[key]) ? null : configuration[key]!.Trim().ToLowerInvariant();
    }
}
