using ErrorOr;

namespace FaceId.Domain.Recognition;

/// <summary>How sure FaceId has to be of a face, as administrators choose while it runs. The values here are those that nobody chose.</summary>
public sealed record RecognitionSettings
{
    public FalseMatchRates FalseMatchRates { get; init; } = new();

    /// <summary>Whether a face that has only dlib's numbers gets the second model's too when its person is next verified.</summary>
    public bool UpgradeAtVerification { get; init; } = true;

    public LivenessRequirements RequireLiveness { get; init; } = new();

    /// <summary>What breaks a rule, each with the name of its field; empty when all is well.</summary>
    public IReadOnlyList<Error> Check() => [.. FalseMatchRates.Check()];
}
