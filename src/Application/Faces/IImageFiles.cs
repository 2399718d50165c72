using ErrorOr;

namespace FaceId.Application.Faces;

/// <summary>The photos that rows of faces name: those that FaceId keeps, each sealed by a key of its own, and those of other programs on the same database.</summary>
public interface IImageFiles
{
    /// <summary>Seals a photo for a face that is about to be enrolled and puts it on the disk, whole or not at all.</summary>
    /// <returns>What the row names; or <see cref="FaceErrors.ImageNotKept"/>.</returns>
    Task<ErrorOr<KeptImage>> KeepAsync(int faceId, ReadOnlyMemory<byte> image, CancellationToken cancellationToken);

    /// <summary>Opens a photo that FaceId keeps.</summary>
    /// <returns>The file's bytes, to be disposed of by the caller; or <see cref="FaceErrors.ImageMissing"/> or <see cref="FaceErrors.ImageSealed"/>.</returns>
    Task<ErrorOr<PhotoFile>> OpenAsync(int faceId, int userId, string path, byte[] sealedKey, CancellationToken cancellationToken);

    /// <summary>Deletes a photo that lies in the data folder; others are not ours to delete.</summary>
    /// <returns>False when it lies elsewhere and was left alone.</returns>
    /// <exception cref="IOException">It is another program's and cannot be deleted. One that FaceId keeps cannot be read without its row, and goes later.</exception>
    bool Delete(string path);
}

/// <summary>A photo on the disk that no row names yet. Disposing removes it, unless it was said to stay.</summary>
public sealed class KeptImage(string path, Func<int, byte[]> sealKey, Action remove) : IDisposable
{
    private bool _stays;

    /// <summary>Relative to the data folder.</summary>
    public string Path => path;

    /// <summary>The photo's key, sealed for a person. The caller has a transaction open already, so that a change of the master key waits for it.</summary>
    public byte[] SealKey(int userId) => sealKey(userId);

    /// <summary>Said before the row is committed: when the answer to a commit is lost nobody knows whether a row names the photo.</summary>
    public void Stay() => _stays = true;

    public void Dispose()
    {
        if (!_stays)
        {
            remove();
        }
    }
}
