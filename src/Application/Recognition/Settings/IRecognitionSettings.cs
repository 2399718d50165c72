using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition.Settings;

/// <summary>The settings in force on all servers.</summary>
public interface IRecognitionSettings
{
    ValueTask<RecognitionSettings> GetAsync(CancellationToken cancellationToken);
}
