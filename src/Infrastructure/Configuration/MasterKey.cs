using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

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
        if (KeyFile.Read(path) is { } found)
            return found;

        var made = Random(path);
        if (KeyFile.TryCreate(path, made))
            return made;

        made.Dispose();
        return KeyFile.Read(path) ?? throw new StartupException($"The key file {path} is made and taken away at once: is another program at work there?");
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

    /// <summary>Writes the key in base64.</summary>
    /// <returns>The length.</returns>
    internal int Encode(Span<byte> text)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        System.Buffers.Text.Base64.EncodeToUtf8(_key, text, out _, out var length);
        return length;
    }

    public override string ToString() => $"master key {KeyId:x8}";

    internal static MasterKey Random(string origin)
    {
        Span<byte> key = stackalloc byte[Size];
        RandomNumberGenerator.Fill(key);
        var made = new MasterKey(key, origin);
        CryptographicOperations.ZeroMemory(key);
        return made;
    }

    internal static MasterKey Decode(ReadOnlySpan<char> text, string origin)
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
}
