namespace FaceId.Domain.Users;

/// <summary>
/// What a program proves itself with. It may do what its scopes say and its maker still may; it ends with its maker's account, so that
/// nobody who left keeps a way in.
/// </summary>
public sealed class ApiKey
{
    public const int MaxNameLength = 100;
    public const int MaxRequestsPerSecond = 10_000;

    /// <summary>Tells our keys from other strings, for people and for programs that look for leaked secrets.</summary>
    public const string Marker = "faceid_";

    private const int PrefixLength = 6;

    private ApiKey(
        string name, string prefix, byte[] keyHash, List<string> scopes, int createdBy, int? requestsPerSecond, DateTimeOffset createdAt, DateTimeOffset? expiresAt)
    {
        Name = name;
        Prefix = prefix;
        KeyHash = keyHash;
        Scopes = scopes;
        CreatedBy = createdBy;
        RequestsPerSecond = requestsPerSecond;
        CreatedAt = createdAt;
        ExpiresAt = expiresAt;
    }

    public int Id { get; private set; }

    public string Name { get; private set; }

    /// <summary>The key's first characters, to recognise it by.</summary>
    public string Prefix { get; private set; }

    public byte[] KeyHash { get; private set; }

    public List<string> Scopes { get; private set; }

    public int CreatedBy { get; private set; }

    /// <summary>How often it may knock; null for what everybody may.</summary>
    public int? RequestsPerSecond { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>To about a minute.</summary>
    public DateTimeOffset? LastUsedAt { get; private set; }

    /// <returns>The key for the database, and its text, to be shown once.</returns>
    public static (ApiKey Key, string Text) Create(
        string name, IReadOnlyList<string> scopes, int createdBy, int? requestsPerSecond, DateTimeOffset now, DateTimeOffset? expiresAt)
    {
        var text = Marker + SecretToken.New();
        var prefix = text[..(Marker.Length + PrefixLength)];
        return (new ApiKey(name, prefix, SecretToken.Hash(text), [.. scopes], createdBy, requestsPerSecond, now, expiresAt), text);
    }
}
