namespace FaceId.Domain.Recognition.Liveness;

/// <summary>What a passed session may be used for; it is good for nothing else.</summary>
public enum LivenessPurpose
{
    /// <summary>A verification of one person.</summary>
    Verify,

    /// <summary>An enrolment.</summary>
    Enroll,

    /// <summary>A face beside a password or code, as a proof.</summary>
    Proof,

    /// <summary>A search for whoever it is.</summary>
    Identify,
}
