using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition.Settings;

/// <summary>
/// The settings by which faces are recognised now. A change, by whatever program on whatever node, counts within two seconds.
/// </summary>
public interface IRecognitionSettings
{
    /// <summary>What holds until somebody changes it: the section <c>FaceId:Recognition</c>, otherwise what the program comes with.</summary>
    RecognitionSettings Configured { get; }

    /// <summary>Answers from memory, at once, while nothing changed.</summary>
    ValueTask<RecognitionSettings> CurrentAsync(CancellationToken cancellationToken);
}
