using FaceId.Domain.Users;

namespace FaceId.Application.Users.Consents;

/// <param name="Text">The text in force.</param>
/// <param name="Version">Names the text in force.</param>
/// <param name="Required">Whose consent must be on record before a face is enrolled.</param>
/// <param name="GivenVersion">The text that the person agreed to last.</param>
/// <param name="Way">In which way that was told.</param>
public sealed record ConsentResponse(
    string Text,
    string Version,
    ConsentRule Required,
    ConsentState State,
    string? GivenVersion,
    ConsentWay? Way,
    DateTimeOffset? GivenAt,
    DateTimeOffset? WithdrawnAt)
{
    internal static ConsentResponse From(IReadOnlyList<Consent> records, AccountOptions options)
    {
        var last = records.LastOrDefault(record => record.WithdrawnAt is null) ?? (records is [.., var newest] ? newest : null);
        return new ConsentResponse(
            options.ConsentText, options.ConsentVersion, options.RequireConsent, records.StateOf(options.ConsentVersion),
            last?.Version, last?.Way, last?.GivenAt, last?.WithdrawnAt);
    }
}

public enum ConsentState
{
    /// <summary>Nobody has told of any.</summary>
    None,

    /// <summary>The person agreed to the text in force.</summary>
    Given,

    /// <summary>Who enrolled the person vouches for it; they have not said so themselves.</summary>
    Attested,

    /// <summary>What there is belongs to another text than the one in force.</summary>
    Outdated,

    Withdrawn,
}
