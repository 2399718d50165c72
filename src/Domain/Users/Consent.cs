namespace FaceId.Domain.Users;

/// <summary>That a person agreed to have their face enrolled: to which text, when, and in which way it was told.</summary>
public sealed class Consent
{
    public const int MaxVersionLength = 50;

    private Consent(int userId, string version, ConsentWay way, int? recordedBy, int? apiKeyId, string? ipAddress, DateTimeOffset givenAt)
    {
        UserId = userId;
        Version = version;
        Way = way;
        RecordedBy = recordedBy;
        ApiKeyId = apiKeyId;
        IpAddress = ipAddress;
        GivenAt = givenAt;
    }

    public int Id { get; private set; }

    public int UserId { get; private set; }

    /// <summary>Which text was agreed to.</summary>
    public string Version { get; private set; }

    public ConsentWay Way { get; private set; }

    /// <summary>The account that told of it; the person's own, or an operator's.</summary>
    public int? RecordedBy { get; private set; }

    /// <summary>The API key that told of it.</summary>
    public int? ApiKeyId { get; private set; }

    public string? IpAddress { get; private set; }

    public DateTimeOffset GivenAt { get; private set; }

    public DateTimeOffset? WithdrawnAt { get; private set; }

    public static Consent Give(
        int userId, string version, ConsentWay way, int? recordedBy, int? apiKeyId, string? ipAddress, DateTimeOffset now) =>
        new(userId, version, way, recordedBy, apiKeyId, ipAddress, now);

    public void Withdraw(DateTimeOffset now) => WithdrawnAt = now;
}

public enum ConsentWay
{
    /// <summary>By the person, signed in to their own account.</summary>
    Self,

    /// <summary>By an operator or a program that has it on record elsewhere.</summary>
    Recorded,

    /// <summary>By the enrolment itself: the operator or program vouches for it.</summary>
    Attestation,
}
