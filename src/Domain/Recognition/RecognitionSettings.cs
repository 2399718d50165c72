namespace FaceId.Domain.Recognition;

/// <summary>How strict recognition is. Administrators change it while servers run.</summary>
public sealed record RecognitionSettings
{
    public FalseMatchRates FalseMatchRates { get; init; } = new();

    public RequiredLiveness RequireLiveness { get; init; } = new();

    /// <summary>Whether a face that has only dlib's numbers gets the second network's too at an accepted verification.</summary>
    public bool UpgradeAtVerification { get; init; } = true;
}

/// <summary>The share of strangers that may pass, for each purpose; thresholds follow from it by calibration.</summary>
public sealed record FalseMatchRates
{
    public const double Least = 1e-8;
    public const double Most = 1e-1;

    /// <summary>NIST SP 800-63B-4 takes no more for a factor of a sign-in.</summary>
    public const double MostForProof = 1e-4;

    /// <summary>A stranger is taken for one certain person.</summary>
    public double Verify { get; init; } = 1e-4;

    /// <summary>A stranger is taken for anybody in the whole gallery, in one search.</summary>
    public double Identify { get; init; } = 1e-2;

    /// <summary>A new person is taken for anybody who is enrolled already.</summary>
    public double Duplicate { get; init; } = 1e-3;

    /// <summary>A stranger proves to be the person whose session it is.</summary>
    public double Proof { get; init; } = MostForProof;
}

/// <summary>For what a passed liveness session is asked.</summary>
public sealed record RequiredLiveness
{
    public bool Verify { get; init; }

    public bool Enrol { get; init; }

    public bool Proof { get; init; }
}
