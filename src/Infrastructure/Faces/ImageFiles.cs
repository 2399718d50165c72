using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using ErrorOr;
using FaceId.Application.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Security;
using Microsoft.Extensions.Logging;

namespace FaceId.Infrastructure.Faces;

/// <summary>
/// Keeps photos under <c>images</c> of the data folder, in 256 folders by the first letters of their random names, each in a <see cref="SealedImage"/>
/// whose key lies sealed in the row of its face. So a photo ends with its row, also where copies of the file live on. Of other programs' photos it deletes
/// those in the data folder: pictures only, so that no row can name the key or the database's files.
/// </summary>
internal sealed partial class ImageFiles : IImageFiles, IDisposable
{
    public const string Folder = "images";

    /// <summary>What a file is called until it is whole.</summary>
    public const string Draft = ".part";

    private const int OwnerLength = 2 * sizeof(int);
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // ENOSPC and EDQUOT on Linux, ERROR_DISK_FULL on Windows; the upper half says of whose making a number is.
    private static readonly int[] Full = [28, 122, 112];

    private static readonly string[] Kinds = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    private readonly string _dataFolder;
    private readonly SealedEnvelope _keys;
    private readonly Lazy<string> _root;
    private readonly ImageOwners _owners;
    private readonly ILogger<ImageFiles> _logger;

    public ImageFiles(FaceIdSettings settings, MasterKeys masterKeys, ImageOwners owners, ILogger<ImageFiles> logger)
    {
        (_dataFolder, _owners, _logger) = (settings.DataFolder, owners, logger);
        _keys = new SealedEnvelope(masterKeys, SealedData.ImageKeys);

        // Made once: a folder that is gone later was on a disk that is gone, and what is written in its place would be lost under it.
        _root = new Lazy<string>(() =>
        {
            var root = Path.Combine(_dataFolder, Folder);
            DataFolder.Create(root);
            return root;
        });
    }

    /// <summary>Whether a row names a photo that is ours.</summary>
    public static bool IsKept(string path) => KeptPath().IsMatch(path);

    /// <summary>Whether a file is a photo that is ours, or was to become one.</summary>
    public static bool IsOurs(string path) => IsKept(path.EndsWith(Draft, StringComparison.Ordinal) ? path[..^Draft.Length] : path);

    public async Task<ErrorOr<KeptImage>> KeepAsync(int faceId, ReadOnlyMemory<byte> image, CancellationToken cancellationToken)
    {
        var key = RandomNumberGenerator.GetBytes(SealedImage.KeyLength);
        var name = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var path = $"{Folder}/{name[..2]}/{name}.sealed";
        var file = Path.Combine(_dataFolder, path);
        try
        {
            await WriteAsync(file, SealedImage.Seal(image.Span, key, faceId), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or StartupException)
        {
            LogNotKept(exception);
            return FaceErrors.ImageNotKept(Why(exception));
        }

        return new KeptImage(
            path,
            userId =>
            {
                var sealedKey = _keys.Seal(key, Owner(stackalloc byte[OwnerLength], faceId, userId));
                CryptographicOperations.ZeroMemory(key);
                return sealedKey;
            },
            () => Remove(file));
    }

    public async Task<ErrorOr<PhotoFile>> OpenAsync(int faceId, int userId, string path, byte[] sealedKey, CancellationToken cancellationToken)
    {
        byte[] key;
        try
        {
            key = _keys.Open(sealedKey, Owner(stackalloc byte[OwnerLength], faceId, userId));
        }
        catch (EnvelopeException exception)
        {
            return FaceErrors.ImageSealed($"its key does not open: {exception.Message}.");
        }

        if (!IsKept(path))
        {
            return FaceErrors.ImageMissing;
        }

        try
        {
            var file = await File.ReadAllBytesAsync(Path.Combine(_dataFolder, path), cancellationToken);
            return SealedImage.Open(file, key, faceId) is { } image
                ? image
                : FaceErrors.ImageSealed("the file was changed, or is another face's. Restore it from a backup.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return FaceErrors.ImageMissing;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return FaceErrors.ImageSealed($"the file cannot be read: {exception.Message}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public bool Delete(string path)
    {
        if (IsKept(path))
        {
            Remove(Path.Combine(_dataFolder, path));
            return true;
        }

        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        var root = Real(_dataFolder) + Path.DirectorySeparatorChar;
        var full = Path.GetFullPath(path, _dataFolder);
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

    public void Dispose() => _keys.Dispose();

    /// <summary>Under another name first: whoever sees the name that a row will have sees all of the file, also after a power failure.</summary>
    private async Task WriteAsync(string file, byte[] content, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(_root.Value))
        {
            throw new DirectoryNotFoundException($"The folder {_root.Value} is gone.");
        }

        await _owners.NoteAsync(_root.Value, cancellationToken);
        var folder = Path.GetDirectoryName(file)!;
        if (!Directory.Exists(folder))
        {
            DataFolder.Create(folder);
            DataFolder.Flush(_root.Value);
        }

        var draft = file + Draft;
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnerOnly;
            }

            await using (var stream = new FileStream(draft, options))
            {
                await stream.WriteAsync(content, cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            File.Move(draft, file);
            DataFolder.Flush(folder);
        }
        catch
        {
            Remove(draft);
            Remove(file);
            throw;
        }
    }

    /// <summary>Nobody reads the file without its row; where it cannot be deleted now it is swept away later.</summary>
    private void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (DirectoryNotFoundException)
        {
            // Gone with its folder.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotRemoved(exception);
        }
    }

    private static string Why(Exception exception) => exception switch
    {
        IOException { HResult: var number } when Full.Contains(number & 0xFFFF) => "the disk is full.",
        DirectoryNotFoundException => "the folder of kept photos is gone.",
        _ => "the folder of kept photos cannot be written to.",
    };

    private static Span<byte> Owner(Span<byte> bytes, int faceId, int userId)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes, faceId);
        BinaryPrimitives.WriteInt32BigEndian(bytes[sizeof(int)..], userId);
        return bytes;
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

    [GeneratedRegex(@"^images/([0-9a-f]{2})/\1[0-9a-f]{30}\.sealed\z")]
    private static partial Regex KeptPath();

    [LoggerMessage(EventId = 440, Level = LogLevel.Error, Message = "A photo could not be kept, so its face was not enrolled")]
    private partial void LogNotKept(Exception exception);

    [LoggerMessage(EventId = 441, Level = LogLevel.Warning, Message = "A photo that no face names any more could not be deleted; it is tried again")]
    private partial void LogNotRemoved(Exception exception);
}
