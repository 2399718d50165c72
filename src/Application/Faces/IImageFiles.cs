namespace FaceId.Application.Faces;

/// <summary>The photos that rows of faces name. FaceId writes none; other programs on the same database may have.</summary>
public interface IImageFiles
{
    /// <summary>Deletes a photo that lies in the data folder; others are not ours to delete.</summary>
    /// <returns>False when it lies elsewhere and was left alone.</returns>
    /// <exception cref="IOException">It cannot be deleted.</exception>
    bool Delete(string path);
}
