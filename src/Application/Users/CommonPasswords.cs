using System.IO.Compression;
using System.Text;

namespace FaceId.Application.Users;

/// <summary>
/// The passwords that attackers try first (Blocklist/README.md says whose list it is). Loaded at the first question; kept as sorted
/// 64-bit hashes, eight bytes each, so that one in 10^14 other passwords is taken for one of them.
/// </summary>
public sealed class CommonPasswords
{
    private const string Resource = "FaceId.Application.Users.Blocklist.common-passwords.txt.br";

    private readonly Lazy<ulong[]> _hashes = new(Load);

    public int Count => _hashes.Value.Length;

    /// <param name="folded">As <see cref="Domain.Users.Password.Fold"/> gives it.</param>
    public bool Contains(string folded) => Array.BinarySearch(_hashes.Value, Hash(Encoding.UTF8.GetBytes(folded))) >= 0;

    private static ulong[] Load()
    {
        using var packed = typeof(CommonPasswords).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The program was built without {Resource}.");
        using var unpacked = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionMode.Decompress))
        {
            brotli.CopyTo(unpacked);
        }

        var text = unpacked.GetBuffer().AsSpan(0, (int)unpacked.Length);
        var hashes = new ulong[text.Count((byte)'\n')];
        for (var i = 0; i < hashes.Length; i++)
        {
            var end = text.IndexOf((byte)'\n');
            hashes[i] = Hash(text[..end]);
            text = text[(end + 1)..];
        }

        Array.Sort(hashes);
        return hashes;
    }

    /// <summary>FNV-1a: nobody gains by a collision, which could only get their own password refused.</summary>
    private static ulong Hash(ReadOnlySpan<byte> text)
    {
        var hash = 14695981039346656037;
        foreach (var b in text)
        {
            hash = (hash ^ b) * 1099511628211;
        }

        return hash;
    }
}
