using FaceId.Domain.Faces;

namespace FaceId.Application.Faces;

/// <summary>Encrypts what is stored of faces, so that only this server's key opens it, and only as the same person's; and reads it back.</summary>
public interface ITemplateVault
{
    SealedFace Seal(FaceOpinions face, int userId);

    /// <summary>Many at once, on all processors. The caller has a transaction open already, so that a change of the key waits for it.</summary>
    SealedFace[] Seal(IReadOnlyList<(FaceOpinions Face, int UserId)> faces, CancellationToken cancellationToken);

    /// <summary>Reads dlib's vector: our envelope, 512 bytes of float32 or 1024 bytes of float64, little-endian.</summary>
    /// <exception cref="TemplateUnreadableException">It is none of these, or was sealed by another key or for another person.</exception>
    FaceVector OpenEncoding(ReadOnlySpan<byte> stored, string model, int userId);

    /// <exception cref="TemplateUnreadableException">It is no envelope, or was sealed by another key or for another person.</exception>
    FaceVector OpenSecond(ReadOnlySpan<byte> stored, string model, int userId);

    /// <exception cref="TemplateUnreadableException">It is no envelope, or was sealed by another key or for another person.</exception>
    FaceTemplate OpenTemplate(ReadOnlySpan<byte> stored, int userId);
}

/// <summary>A stored template cannot be opened. The message says why and what to do, and carries none of its bytes.</summary>
public sealed class TemplateUnreadableException(string message, Exception? inner = null) : Exception(message, inner);
