using FaceId.Infrastructure.Users;

namespace FaceId.Infrastructure.Security;

/// <summary>
/// All that is sealed in the database, and where it lies. An envelope is made for one of these, so nothing is sealed that a change of the
/// master key would miss.
/// </summary>
internal static class SealedData
{
    public static readonly SealedKind Encodings = new("faces/encoding/v1", new SealedColumn("face encodings", "faces", "encoding")
    {
        Owner = UserId,

        // Plain rows of other programs may begin with any byte.
        Condition = "octet_length(encoding) NOT IN (512, 1024)",
    });

    public static readonly SealedKind SecondEncodings = new(
        "faces/second/v1", new SealedColumn("second encodings", "faces", "second_encoding") { Owner = UserId });

    public static readonly SealedKind Templates = new("faces/template/v1", new SealedColumn("face templates", "faces", "template") { Owner = UserId });

    /// <summary>Each opens one file of <see cref="Faces.ImageFiles"/>.</summary>
    public static readonly SealedKind ImageKeys = new(
        "faces/image-key/v1", new SealedColumn("keys of kept photos", "faces", "image_key") { Owner = "int4send(id) || int4send(user_id)" });

    public static readonly SealedKind Secrets = new(
        "users/secret/v1",
        new SealedColumn("TOTP secrets", "users", "mfa_secret") { IsText = true, Owner = OwnId },
        new SealedColumn("TOTP secrets being set up", "users", "mfa_pending_secret") { IsText = true, Owner = OwnId });

    public static readonly SealedKind SigningKeys = new(
        "users/signing-key/v1", new SealedColumn("signing keys", "signing_keys", "sealed_key") { KeyType = "varchar", Owner = OwnId });

    public static readonly SealedKind Mails = new(
        "users/outgoing-mail/v1",
        new SealedColumn("mails", "outgoing_mails", "protected_content") { KeyType = "bigint", Owner = "convert_to(dedupe_key, 'UTF8')" });

    public static readonly SealedKind Liveness = new(
        "recognition/liveness/v1", new SealedColumn("liveness sessions", "liveness_sessions", "sealed_run") { KeyType = "uuid", Owner = OwnId });

    private const string UserId = "int4send(user_id)";
    private const string OwnId = "convert_to(id::text, 'UTF8')";

    public static IReadOnlyList<SealedKind> All { get; } = [Encodings, SecondEncodings, Templates, ImageKeys, Secrets, SigningKeys, Mails, Liveness];
}

/// <param name="Purpose">Names the derived key, with a version.</param>
internal sealed record SealedKind(string Purpose, params IReadOnlyList<SealedColumn> Columns);

/// <param name="What">For people.</param>
internal sealed record SealedColumn(string What, string Table, string Column)
{
    /// <summary>Of the column <c>id</c>, by which the table is walked.</summary>
    public string KeyType { get; init; } = "integer";

    /// <summary>Whether it holds the text of <see cref="Secrets"/> rather than bytes.</summary>
    public bool IsText { get; init; }

    /// <summary>The bytes that are authenticated with the envelope, as SQL.</summary>
    public required string Owner { get; init; }

    /// <summary>What an envelope meets beside having the form of one, as SQL.</summary>
    public string Condition { get; init; } = "true";

    /// <summary>Version and key id of an envelope, null for anything else, as SQL.</summary>
    public string Header => IsText
        ? $"""
           CASE WHEN {Column} ~ '^{Secrets.Marker}[A-Za-z0-9_-]+$' AND length({Column}) >= {Secrets.Marker.Length} + {(SealedEnvelope.Overhead * 8 + 5) / 6} AND {Condition}
           THEN substr(decode(translate(substr({Column}, {Secrets.Marker.Length} + 1, 8), '-_', '+/'), 'base64'), 1, {SealedEnvelope.HeaderLength}) END
           """
        : $"""
           CASE WHEN octet_length({Column}) >= {SealedEnvelope.Overhead} AND get_byte({Column}, 0) = {SealedEnvelope.Version} AND {Condition}
           THEN substr({Column}, 1, {SealedEnvelope.HeaderLength}) END
           """;
}
