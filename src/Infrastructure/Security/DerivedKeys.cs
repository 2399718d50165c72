using System.Collections.Concurrent;
using System.Security.Cryptography;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Security;

/// <summary>The keys of one purpose: one from the master key in force, and one from each old one, for what still goes by it.</summary>
internal sealed class DerivedKeys(MasterKeys masterKeys, string purpose, int length = 32) : IDisposable
{
    private readonly ConcurrentDictionary<uint, byte[]> _keys = [];

    public byte[] Current => Of(masterKeys.Current);

    /// <summary>The one in force first.</summary>
    public IEnumerable<byte[]> All => masterKeys.All.Select(Of);

    public void Dispose()
    {
        foreach (var key in _keys.Values)
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private byte[] Of(MasterKey masterKey) =>
        _keys.GetOrAdd(masterKey.KeyId, static (_, by) => by.masterKey.Derive(by.purpose, by.length), (masterKey, purpose, length));
}
