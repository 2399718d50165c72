using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FaceId.Infrastructure.Interop;

namespace FaceId.Infrastructure.Configuration;

/// <summary>
/// The one secret of an installation: 32 random bytes that are never used themselves. Every use takes a key of its own by
/// <see cref="Derive(string, int)"/> (HKDF-SHA256, RFC 5869), so that no purpose can read what belongs to another.
/// </summary>
public sealed class MasterKey : IDisposable
{
    public const int Size = 32;
    public const string FileName = "faceid.key";

    private const string Variable = "FACEID_KEY";
    private const string KeyIdPurpose = "faceid/key-id/v1";
    private const string Advice = "Make one with: openssl rand -base64 32";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    // Pinned, so that the collector leaves no copies behind that Dispose could not reach.
    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
    private bool _disposed;

    private MasterKey(ReadOnlySpan<byte> key, string origin)
    {
        key.CopyTo(_key);
        Origin = origin;
        Span<byte> id = stackalloc byte[sizeof(uint)];
        Derive(KeyIdPurpose, id);
        KeyId = BinaryPrimitives.ReadUInt32BigEndian(id);
    }

    /// <summary>Tells keys apart and says nothing about them: stored with whatever is encrypted.</summary>
    public uint KeyId { get; }

    /// <summary>Where the key came from: the variable's name or the file's path.</summary>
    public string Origin { get; }

    /// <summary>The key of <c>FACEID_KEY</c>, otherwise of the data folder's key file, which is made when it is missing.</summary>
    /// <exception cref="StartupException">The key is malformed, or its file is unreadable or open to other users.</exception>
    public static MasterKey LoadOrCreate(FaceIdSettings settings)
    {
        if (settings.Key is not null)
            return Decode(settings.Key, Variable);

        var path = Path.Combine(settings.DataFolder, FileName);
        DataFolder.Create(settings.DataFolder);
        return ReadFile(path) ?? CreateFile(path);
    }

    /// <summary>A key for one purpose.</summary>
    /// <param name="purpose">Names what the key is for, with a version: <c>faces/encoding/v1</c>.</param>
    /// <param name="length">In bytes, 1 to 8160.</param>
    /// <returns>A new array; the caller clears it with <see cref="CryptographicOperations.ZeroMemory"/> when done.</returns>
    public byte[] Derive(string purpose, int length)
    {
        var derived = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        Derive(purpose, derived);
        return derived;
    }

    /// <summary>A key for one purpose, into the caller's memory.</summary>
    public void Derive(string purpose, Span<byte> destination)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        ObjectDisposedException.ThrowIf(_disposed, this);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, destination, salt: [], Encoding.UTF8.GetBytes(purpose));
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_key);
    }

    public override string ToString() => $"master key {KeyId:x8}";

    private static MasterKey Decode(ReadOnlySpan<char> text, string origin)
    {
        Span<byte> key = stackalloc byte[3 * Size];
        try
        {
            if (!Convert.TryFromBase64Chars(text.Trim(), key, out var length))
                throw new StartupException($"{origin} does not hold base64. {Advice}");
            if (length != Size)
                throw new StartupException($"{origin} holds {length} bytes, and {Size} are needed. {Advice}");
            return new MasterKey(key[..Size], origin);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static MasterKey? ReadFile(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0)
                throw new StartupException($"{path} can be read or changed by other users; close it with: chmod 600 '{path}'");

            // A key in base64 takes 44 characters and a line end; anything much longer is some other file.
            var text = new byte[4 * Size];
            var chars = new char[4 * Size];
            try
            {
                var length = RandomAccess.Read(file, text, fileOffset: 0);
                return Decode(chars.AsSpan(0, Encoding.Latin1.GetChars(text.AsSpan(0, length), chars)), path);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(text);
                Array.Clear(chars);
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

    /// <summary>Writes the key under another name first: whoever sees the file sees all of it, and of two makers one wins.</summary>
    private static MasterKey CreateFile(string path)
    {
        var draft = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():n}";
        var key = new byte[Size];
        RandomNumberGenerator.Fill(key);
        var text = new byte[4 * Size];
        try
        {
            System.Buffers.Text.Base64.EncodeToUtf8(key, text, out _, out var length);
            text[length++] = (byte)'\n';
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerOnly;
            using (var stream = new FileStream(draft, options))
            {
                stream.Write(text, 0, length);
                stream.Flush(flushToDisk: true);
            }

            // Not File.Move, which looks whether the name is taken and then renames: a key made between the two would be replaced.
            if (!Libc.TryLink(draft, path))
                return ReadFile(path)!;

            // What is encrypted with this key must not outlive it in a power failure.
            DataFolder.Flush(Path.GetDirectoryName(path)!);
            return new MasterKey(key, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The key file {path} cannot be made: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(text);
            File.Delete(draft);
        }
    }
}
