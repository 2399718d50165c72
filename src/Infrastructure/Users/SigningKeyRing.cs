using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using FaceId.Application.Users;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace FaceId.Infrastructure.Users;

/// <summary>
/// The keys that access tokens are signed with. One signs for <see cref="AccountOptions.SigningKeyLifetime"/>; the next is made in time for
/// every node to know it, and the one before verifies until its last token is over. They lie in the database, sealed by the master key.
/// </summary>
internal sealed class SigningKeyRing : IDisposable
{
    /// <summary>How long a key is known before it signs.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ReloadPause = TimeSpan.FromSeconds(5);

    private readonly IServiceScopeFactory _scopes;
    private readonly AccountOptions _options;
    private readonly TimeProvider _time;
    private readonly SealedEnvelope _envelope;
    private readonly SemaphoreSlim _loading = new(1);

    private Ring? _ring;

    public SigningKeyRing(MasterKeys masterKeys, IServiceScopeFactory scopes, ChangeFeed feed, AccountOptions options, TimeProvider time)
    {
        (_scopes, _options, _time) = (scopes, options, time);
        _envelope = new SealedEnvelope(masterKeys, SealedData.SigningKeys);
        feed.Changed += change =>
        {
            if (change is "signing_keys" or "all" && _ring is { } ring)
            {
                _ring = ring with { Outdated = true };
            }
        };
    }

    /// <summary>The key that signs now.</summary>
    public async ValueTask<SymmetricSecurityKey> CurrentAsync(CancellationToken cancellationToken)
    {
        var ring = await FreshAsync(cancellationToken);
        if (ring.IsRotationDue(_time.GetUtcNow(), _options.SigningKeyLifetime))
        {
            ring = await RotateAsync(cancellationToken);
        }

        return ring.Current(_time.GetUtcNow()) ?? throw new InvalidOperationException("There is no signing key; is the clock going backwards?");
    }

    /// <summary>The key of this id, which may have been made by another node a moment ago; null for a key that is none of ours, or over.</summary>
    public async ValueTask<SymmetricSecurityKey?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var ring = await FreshAsync(cancellationToken);
        if (ring.Keys.TryGetValue(id, out var key))
        {
            return key;
        }

        // Somebody who makes ids up must not cost us a query each.
        if (_time.GetElapsedTime(ring.LoadedAt) < ReloadPause)
        {
            return null;
        }

        return (await LoadAsync(cancellationToken)).Keys.GetValueOrDefault(id);
    }

    public void Dispose()
    {
        _envelope.Dispose();
        _loading.Dispose();
    }

    private async ValueTask<Ring> FreshAsync(CancellationToken cancellationToken) =>
        _ring is { Outdated: false } ring ? ring : await LoadAsync(cancellationToken);

    private async Task<Ring> LoadAsync(CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            await using var scope = _scopes.CreateAsyncScope();
            return await LoadAsync(scope.ServiceProvider.GetRequiredService<FaceIdDb>(), cancellationToken);
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task<Ring> LoadAsync(FaceIdDb db, CancellationToken cancellationToken)
    {
        var loadedAt = _time.GetTimestamp();
        var stored = await db.SigningKeys.AsNoTracking().OrderBy(key => key.ActiveFrom).ToListAsync(cancellationToken);
        return _ring = new Ring(
            stored.ToFrozenDictionary(key => key.Id, Open),
            [.. stored.Select(key => (key.Id, key.ActiveFrom))],
            loadedAt);
    }

    /// <summary>Makes the next key, unless another node just did, and drops those that verify nothing any more.</summary>
    private async Task<Ring> RotateAsync(CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            await using var scope = _scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<FaceIdDb>();
            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdvisoryLocks.SigningKeys})", cancellationToken);
            var ring = await LoadAsync(db, cancellationToken);
            var now = _time.GetUtcNow();
            if (!ring.IsRotationDue(now, _options.SigningKeyLifetime))
            {
                return ring;
            }

            db.SigningKeys.Add(New(now, ring.Current(now) is null ? now : now + Ahead));
            db.SecurityEvents.Add(new SecurityEvent { Kind = SecurityEventKind.SigningKeyRotated, CreatedAt = now });
            await db.SaveChangesAsync(cancellationToken);
            var over = ring.Over(now - Ahead - _options.AccessTokenLifetime);
            await db.SigningKeys.Where(key => over.Contains(key.Id)).ExecuteDeleteAsync(cancellationToken);
            ring = await LoadAsync(db, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return ring;
        }
        finally
        {
            _loading.Release();
        }
    }

    private SigningKey New(DateTimeOffset now, DateTimeOffset activeFrom)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var key = RandomNumberGenerator.GetBytes(32);
        var stored = new SigningKey(id, _envelope.Seal(key, Encoding.ASCII.GetBytes(id)), now, activeFrom);
        CryptographicOperations.ZeroMemory(key);
        return stored;
    }

    private SymmetricSecurityKey Open(SigningKey stored)
    {
        try
        {
            return new SymmetricSecurityKey(_envelope.Open(stored.SealedKey, Encoding.ASCII.GetBytes(stored.Id))) { KeyId = stored.Id };
        }
        catch (EnvelopeException exception)
        {
            throw new InvalidOperationException($"The signing key {stored.Id} in the database cannot be opened: {exception.Message}.", exception);
        }
    }

    private sealed record Ring(
        FrozenDictionary<string, SymmetricSecurityKey> Keys, IReadOnlyList<(string Id, DateTimeOffset ActiveFrom)> ByAge, long LoadedAt)
    {
        public bool Outdated { get; init; }

        public SymmetricSecurityKey? Current(DateTimeOffset now) =>
            ByAge.LastOrDefault(key => key.ActiveFrom <= now) is { Id: { } id } ? Keys[id] : null;

        public bool IsRotationDue(DateTimeOffset now, TimeSpan lifetime) =>
            ByAge is not [.., var newest] || now >= newest.ActiveFrom + lifetime - Ahead || Current(now) is null;

        /// <summary>Keys whose successor has been signing since this moment or longer.</summary>
        public List<string> Over(DateTimeOffset since) =>
            [.. ByAge.Zip(ByAge.Skip(1)).Where(pair => pair.Second.ActiveFrom < since).Select(pair => pair.First.Id)];
    }
}
