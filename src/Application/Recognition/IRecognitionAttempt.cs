using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition;

/// <summary>A request that leaves a row in recognition_logs, whatever becomes of it: one, or one for each decision that its answer holds.</summary>
public interface IRecognitionAttempt
{
    RecognitionAction Attempted { get; }

    /// <summary>The person enrolled or claimed; null when the attempt is about nobody in particular.</summary>
    int? SubjectId { get; }
}

/// <summary>An answer that says what its attempt came to.</summary>
public interface IRecognitionOutcome
{
    RecognitionFacts Facts { get; }

    /// <summary>All decisions of an answer that holds several.</summary>
    IReadOnlyList<RecognitionFacts> All => [Facts];
}

/// <param name="FoundId">The person found, of an attempt that claimed nobody.</param>
public sealed record RecognitionFacts(
    bool Success, double? Distance = null, double? Threshold = null, double? Confidence = null, string? Model = null, int? FoundId = null);
