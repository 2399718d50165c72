using System.Collections.Concurrent;
using System.Collections.Frozen;
using FaceId.Application.Common.Security;
using FaceId.Application.Users;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Persistence;
using Npgsql;

namespace FaceId.Infrastructure.Users;

/// <summary>Keeps in memory whom sessions and keys stand for, until the <see cref="ChangeFeed"/> says that it changed.</summary>
internal sealed class AccessDirectory : IAccessDirectory
{
    // A session takes about 300 bytes here.
    private const int MaxEntries = 100_000;

    private const string SessionColumns = """
        SELECT s.id, s.user_id, u.role, u.is_verified, u.mfa_enabled, u.mfa_setup_required, s.expires_at, s.proven_at, s.second_factor_at, s.last_seen_at,
            s.generation, s.cookie_hash IS NOT NULL, u.password_expires_at IS NOT NULL
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE u.is_active AND
        """;

    private const string FindSession = SessionColumns + " s.id = $1";
    private const string FindByCookie = SessionColumns + " s.cookie_hash = $1";

    private const string FindKey = """
        SELECT k.id, k.created_by, u.role, k.scopes, k.requests_per_second, k.expires_at
        FROM api_keys k JOIN users u ON u.id = k.created_by
        WHERE k.key_hash = $1 AND u.is_active
        """;

    private readonly NpgsqlDataSource _database;
    private readonly ChangeFeed _feed;
    private readonly LastSeen _lastSeen;
    private readonly AccountOptions _options;
    private readonly TimeProvider _time;

    private readonly ConcurrentDictionary<Guid, SessionAccess> _sessions = new();
    private readonly ConcurrentDictionary<Secret, (Guid Session, int Generation)> _cookies = new();
    private readonly ConcurrentDictionary<Secret, ApiKeyAccess> _keys = new();
    private readonly Lock _gate = new();
    private long _changes;

    public AccessDirectory(NpgsqlDataSource database, ChangeFeed feed, LastSeen lastSeen, AccountOptions options, TimeProvider time)
    {
        (_database, _feed, _lastSeen, _options, _time) = (database, feed, lastSeen, options, time);
        feed.Changed += Forget;
    }

    public async ValueTask<SessionAccess?> FindSessionAsync(Guid sessionId, bool fromMemory, CancellationToken cancellationToken)
    {
        if (_feed.IsCurrent && _sessions.TryGetValue(sessionId, out var known))
        {
            return Alive(known);
        }

        return fromMemory ? null : Alive((await LoadSessionAsync(FindSession, sessionId, cancellationToken))?.Access);
    }

    public async ValueTask<SessionAccess?> FindSessionByCookieAsync(string cookie, bool fromMemory, CancellationToken cancellationToken)
    {
        if (cookie.Length > SecretToken.MaxLength)
        {
            return null;
        }

        var secret = new Secret(SecretToken.Hash(cookie));
        if (_feed.IsCurrent && _cookies.TryGetValue(secret, out var held) && _sessions.TryGetValue(held.Session, out var known)
            && known.Generation == held.Generation && !IsIdle(known.Role, _lastSeen.Of(held.Session)))
        {
            return Alive(known);
        }

        if (fromMemory)
        {
            return null;
        }

        var loaded = await LoadSessionAsync(FindByCookie, secret.Bytes, cancellationToken);
        if (loaded is not { } found || IsIdle(found.Access.Role, Latest(found.LastSeenAt, _lastSeen.Of(found.Access.SessionId))))
        {
            return null;
        }

        Keep(_cookies, secret, (found.Access.SessionId, found.Access.Generation), Volatile.Read(ref _changes));
        return Alive(found.Access);
    }

    public async ValueTask<ApiKeyAccess?> FindApiKeyAsync(string key, bool fromMemory, CancellationToken cancellationToken)
    {
        if (key.Length > SecretToken.MaxLength || !key.StartsWith(ApiKey.Marker, StringComparison.Ordinal))
        {
            return null;
        }

        var secret = new Secret(SecretToken.Hash(key));
        var access = _feed.IsCurrent && _keys.TryGetValue(secret, out var known) ? known
            : fromMemory ? null
            : await LoadKeyAsync(secret, cancellationToken);
        if (access is null || access.ExpiresAt <= _time.GetUtcNow())
        {
            return null;
        }

        _lastSeen.Key(access.KeyId);
        return access;
    }

    public Task CatchUpAsync(CancellationToken cancellationToken) => _feed.CatchUpAsync(cancellationToken);

    private SessionAccess? Alive(SessionAccess? session)
    {
        if (session is null || session.ExpiresAt <= _time.GetUtcNow())
        {
            return null;
        }

        _lastSeen.Session(session.SessionId);
        return session;
    }

    private bool IsIdle(Role role, DateTimeOffset? lastSeen) =>
        lastSeen is not { } at || _time.GetUtcNow() - at > _options.IdleTimeout(role, browser: true);

    private static DateTimeOffset Latest(DateTimeOffset stored, DateTimeOffset? seen) => seen > stored ? seen.Value : stored;

    private async Task<(SessionAccess Access, DateTimeOffset LastSeenAt)?> LoadSessionAsync(string sql, object key, CancellationToken cancellationToken)
    {
        var changes = Volatile.Read(ref _changes);
        await using var command = _database.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = key });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        var session = new SessionAccess(
            reader.GetGuid(0),
            reader.GetInt32(1),
            SnakeCaseEnum<Role>.Read(reader.GetString(2)),
            reader.GetBoolean(3),
            reader.GetBoolean(4),
            reader.GetBoolean(5),
            reader.GetBoolean(12),
            reader.GetFieldValue<DateTimeOffset>(6),
            reader.GetFieldValue<DateTimeOffset>(7),
            reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8),
            reader.GetInt32(10),
            reader.GetBoolean(11));
        Keep(_sessions, session.SessionId, session, changes);
        return (session, reader.GetFieldValue<DateTimeOffset>(9));
    }

    private async Task<ApiKeyAccess?> LoadKeyAsync(Secret secret, CancellationToken cancellationToken)
    {
        var changes = Volatile.Read(ref _changes);
        await using var command = _database.CreateCommand(FindKey);
        command.Parameters.Add(new NpgsqlParameter { Value = secret.Bytes });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        var makersRole = SnakeCaseEnum<Role>.Read(reader.GetString(2));
        var permissions = reader.GetFieldValue<string[]>(3)
            .Select(Permissions.FromScope).OfType<Permission>().Where(permission => makersRole.Has(permission));
        var access = new ApiKeyAccess(
            reader.GetInt32(0),
            reader.GetInt32(1),
            permissions.ToFrozenSet(),
            reader.IsDBNull(4) ? null : reader.GetInt32(4),
            reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5));
        Keep(_keys, secret, access, changes);
        return access;
    }

    /// <summary>Keeps what was read, unless something changed since the reading began.</summary>
    private void Keep<TKey, TValue>(ConcurrentDictionary<TKey, TValue> entries, TKey key, TValue value, long changes)
        where TKey : notnull
    {
        lock (_gate)
        {
            if (changes != _changes)
            {
                return;
            }

            if (entries.Count >= MaxEntries)
            {
                entries.Clear();
            }

            entries[key] = value;
        }
    }

    private void Forget(string change)
    {
        lock (_gate)
        {
            if (change == "all")
            {
                _changes++;
                _sessions.Clear();
                _cookies.Clear();
                _keys.Clear();
            }
            else if (change.StartsWith("session:", StringComparison.Ordinal) && Guid.TryParse(change.AsSpan("session:".Length), out var sessionId))
            {
                _changes++;
                _sessions.TryRemove(sessionId, out _);
            }
            else if (change.StartsWith("user:", StringComparison.Ordinal) && int.TryParse(change.AsSpan("user:".Length), out var userId))
            {
                _changes++;
                RemoveWhere(_sessions, session => session.UserId == userId);
                RemoveWhere(_keys, key => key.MakerId == userId);
            }
            else if (change == "api_keys")
            {
                _changes++;
                _keys.Clear();
            }
        }
    }

    private static void RemoveWhere<TKey, TValue>(ConcurrentDictionary<TKey, TValue> entries, Predicate<TValue> match)
        where TKey : notnull
    {
        foreach (var (key, value) in entries)
        {
            if (match(value))
            {
                entries.TryRemove(key, out _);
            }
        }
    }

    /// <summary>A hash as a dictionary's key. Its bytes are as random as a hash code could be.</summary>
    private readonly record struct Secret(byte[] Bytes)
    {
        public bool Equals(Secret other) => System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(Bytes, other.Bytes);

        public override int GetHashCode() => BitConverter.ToInt32(Bytes);
    }
}
