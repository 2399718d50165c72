namespace FaceId.Domain.Recognition;

/// <summary>Settings that somebody changed; what nobody changed has no row.</summary>
public sealed class StoredSettings
{
    /// <summary>The name of <see cref="RecognitionSettings"/>.</summary>
    public const string Recognition = "recognition";

    public required string Name { get; init; }

    /// <summary>JSON.</summary>
    public required string Value { get; init; }

    /// <summary>Counts the changes, so that two people who change the same do not undo each other's work unknowingly.</summary>
    public required int Version { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Null for the console, and for people who are erased.</summary>
    public int? UpdatedBy { get; init; }
}
