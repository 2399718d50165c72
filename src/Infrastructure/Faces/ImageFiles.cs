using FaceId.Application.Faces;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Faces;

/// <summary>Deletes photos inside the data folder: pictures only, so that no row can name the key or the database's files.</summary>
internal sealed class ImageFiles(FaceIdSettings settings) : IImageFiles
{
    private static readonly string[] Kinds = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    public bool Delete(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        var root = Real(settings.DataFolder) + Path.DirectorySeparatorChar;
        var full = Path.GetFullPath(path, settings.DataFolder);
        var file = Path.Combine(Real(Path.GetDirectoryName(full) ?? full), Path.GetFileName(full));
        if (!file.StartsWith(root, StringComparison.Ordinal) || !Kinds.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
        {
            return false;
        }

        try
        {
            File.Delete(file);
        }
        catch (DirectoryNotFoundException)
        {
            // Gone with its folder.
        }

        return true;
    }

    /// <summary>A folder's path with every symbolic link on the way followed, so that none leads out of the data folder.</summary>
    private static string Real(string folder)
    {
        var parent = Path.GetDirectoryName(folder);
        if (parent is null)
        {
            return folder;
        }

        var here = new DirectoryInfo(Path.Combine(Real(parent), Path.GetFileName(folder)));
        return here.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? here.FullName;
    }
}
