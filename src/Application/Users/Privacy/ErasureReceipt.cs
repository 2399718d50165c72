using System.Globalization;

namespace FaceId.Application.Users.Privacy;

/// <summary>What an erasure did, signed, so that anybody who holds it can have it checked later.</summary>
/// <param name="UserId">The number that the account had; it is never given again.</param>
/// <param name="Subject">A keyed hash of that number, which names the person without it.</param>
/// <param name="Signature">HMAC-SHA256 by a key of this installation over all the rest.</param>
public sealed record ErasureReceipt(Guid Id, DateTimeOffset ErasedAt, int UserId, string Subject, ErasureCounts Counts, string Signature)
{
    public static ErasureReceipt Issue(Guid id, DateTimeOffset erasedAt, int userId, ErasureCounts counts, IReceiptSeal seal)
    {
        var unsigned = new ErasureReceipt(id, erasedAt, userId, seal.Subject(userId), counts, "");
        return unsigned with { Signature = seal.Sign(unsigned.Canonical()) };
    }

    public bool IsGenuine(IReceiptSeal seal) => seal.IsSignedBy(Canonical(), Signature);

    /// <summary>The text that is signed: a line a value, in one order and one spelling.</summary>
    private string Canonical() => string.Create(CultureInfo.InvariantCulture, $"""
        faceid erasure receipt 1
        {Id:N}
        {ErasedAt.UtcDateTime:O}
        {UserId}
        {Subject.Length}:{Subject}
        {Counts.Faces}
        {Counts.Sessions}
        {Counts.LogRowsUnlinked}
        {Counts.SecurityEventsUnlinked}
        {Counts.ImagesDeleted}
        {Counts.ImagesElsewhere}
        """);
}

/// <param name="ImagesElsewhere">Photos that other programs keep outside the data folder; they are theirs to delete.</param>
public sealed record ErasureCounts(
    int Faces, int Sessions, int LogRowsUnlinked, int SecurityEventsUnlinked, int ImagesDeleted, int ImagesElsewhere);

/// <summary>Signs receipts with a key of this installation.</summary>
public interface IReceiptSeal
{
    string Subject(int userId);

    string Sign(string text);

    bool IsSignedBy(string text, string signature);
}
