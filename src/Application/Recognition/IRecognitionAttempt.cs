using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition;

/// <summary>A request that leaves exactly one row in recognition_logs, whatever becomes of it.</summary>
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
}

public sealed record RecognitionFacts(
    bool Success, double? Distance = null, double? Threshold = null, double? Confidence = null, string? Model = null);
