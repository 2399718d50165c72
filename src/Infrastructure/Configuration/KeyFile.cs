using System.Security.Cryptography;
using System.Text;
using FaceId.Infrastructure.Interop;

namespace FaceId.Infrastructure.Configuration;

/// <summary>Files of master keys in base64, a line each. A file is replaced whole, so that whoever reads it sees the keys of one moment.</summary>
internal static class KeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    // A key in base64 takes 44 characters and a line end; anything much longer is some other file.
    private const int MaxKeyLength = 4 * MasterKey.Size;
    private const int MaxLength = 1000 * MaxKeyLength;

    /// <summary>The one key of a file; null when there is no file.</summary>
    /// <exception cref="StartupException">The key is malformed, or its file is unreadable or open to other users.</exception>
    public static MasterKey? Read(string path)
    {
        var text = ReadText(path, MaxKeyLength);
        try
        {
            return text is null ? null : MasterKey.Decode(text, path);
        }
        finally
        {
            Array.Clear(text ?? []);
        }
    }

    /// <summary>All keys of a file; none when there is no file.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static IReadOnlyList<MasterKey> ReadAll(string path)
    {
        var text = ReadText(path, MaxLength);
        try
        {
            return text is null ? [] : DecodeAll(text, '\n', path);
        }
        finally
        {
            Array.Clear(text ?? []);
        }
    }

    public static IReadOnlyList<MasterKey> DecodeAll(ReadOnlySpan<char> text, char separator, string origin)
    {
        var keys = new List<MasterKey>();
        foreach (var part in text.Split(separator))
        {
            if (!text[part].IsWhiteSpace())
                keys.Add(MasterKey.Decode(text[part], origin));
        }

        return keys;
    }

    /// <summary>Writes a key to a file that must not exist yet.</summary>
    /// <returns>False when another process was first; its key counts.</returns>
    /// <exception cref="StartupException">The file cannot be made.</exception>
    public static bool TryCreate(string path, MasterKey key) =>
        Write(path, [key], draft => Libc.TryLink(draft, path));

    /// <summary>Puts these keys in the place of those in the file, all at once.</summary>
    /// <inheritdoc cref="TryCreate" path="/exception"/>
    public static void Replace(string path, IReadOnlyList<MasterKey> keys) => Write(path, keys, draft =>
    {
        File.Move(draft, path, overwrite: true);
        return true;
    });

    /// <summary>Writes the keys under another name first: whoever sees the file sees all of it.</summary>
    private static bool Write(string path, IReadOnlyList<MasterKey> keys, Func<string, bool> publish)
    {
        var draft = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():n}";
        var line = new byte[MaxKeyLength];
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerOnly;
            using (var stream = new FileStream(draft, options))
            {
                foreach (var key in keys)
                {
                    var length = key.Encode(line);
                    line[length++] = (byte)'\n';
                    stream.Write(line, 0, length);
                }

                stream.Flush(flushToDisk: true);
            }

            var published = publish(draft);

            // What is encrypted with a key must not outlive it in a power failure.
            DataFolder.Flush(Path.GetDirectoryName(path)!);
            return published;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The key file {path} cannot be made: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(line);
            File.Delete(draft);
        }
    }

    private static char[]? ReadText(string path, int limit)
    {
        try
        {
            using var file = File.OpenHandle(path);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0)
                throw new StartupException($"{path} can be read or changed by other users; close it with: chmod 600 '{path}'");

            var bytes = new byte[Math.Min(limit, RandomAccess.GetLength(file))];
            try
            {
                return Encoding.Latin1.GetChars(bytes, 0, RandomAccess.Read(file, bytes, fileOffset: 0));
            }
            finally
            {
                CryptographicOperations.ZeroMemory(bytes);
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The key file {path} cannot be read: {e.Message}", e);
        }
    }
}
