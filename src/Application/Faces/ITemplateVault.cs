using FaceId.Domain.Faces;

namespace FaceId.Application.Faces;

/// <summary>Encrypts vectors for the database and reads them back.</summary>
public interface ITemplateVault
{
    /// <summary>Encrypts a vector so that only this server's key opens it, and only as this person's.</summary>
    byte[] Seal(FaceVector vector, int userId);

    /// <summary>
    /// Reads what a row of faces holds: our envelope, 512 bytes of float32 or 1024 bytes of float64, little-endian.
    /// </summary>
    /// <exception cref="TemplateUnreadableException">It is none of these, or was sealed by another key or for another person.</exception>
    FaceVector Open(byte[] stored, string model, int userId);
}

/// <summary>A stored template cannot be opened. The message says why and what to do, and carries none of its bytes.</summary>
public sealed class TemplateUnreadableException(string message, Exception? inner = null) : Exception(message, inner);
