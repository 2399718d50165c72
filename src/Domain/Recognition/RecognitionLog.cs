namespace FaceId.Domain.Recognition;

/// <summary>One enrolment or recognition attempt, refused ones too. Rows are only ever added; they outlive the person, unlinked.</summary>
public sealed record RecognitionLog
{
    public long Id { get; init; }

    /// <summary>The person enrolled or claimed; null when unknown or erased.</summary>
    public int? UserId { get; init; }

    public required RecognitionAction Action { get; init; }

    /// <summary>The person was enrolled, verified or found.</summary>
    public required bool Success { get; init; }

    /// <summary>Probability in 0..1 that it is the same person; null where there is no calibration for it.</summary>
    public double? Confidence { get; init; }

    public string? IpAddress { get; init; }

    public string? UserAgent { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What was tried, also when <see cref="Action"/> is <see cref="RecognitionAction.Failed"/>.</summary>
    public RecognitionAction? Attempted { get; init; }

    public double? Distance { get; init; }

    public double? Threshold { get; init; }

    public string? Model { get; init; }

    /// <summary>The account that asked; null for a program, and when it is erased.</summary>
    public int? ActorId { get; init; }

    /// <summary>The API key that asked.</summary>
    public int? ApiKeyId { get; init; }

    /// <summary>The stable code of the refusal; null on success.</summary>
    public string? Reason { get; init; }

    /// <summary>From the first byte of the request to the decision, in milliseconds.</summary>
    public double? LatencyMs { get; init; }
}
