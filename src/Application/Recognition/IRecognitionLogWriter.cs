using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition;

public interface IRecognitionLogWriter
{
    /// <summary>
    /// Writes one row and returns when it is durable. A <see cref="RecognitionLog.UserId"/> that is not, or no longer, in the
    /// database is written as null.
    /// </summary>
    Task WriteAsync(RecognitionLog row);
}
