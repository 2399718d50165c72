using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <summary>One mail about one event.</summary>
/// <param name="DedupeKey">Names the event, of which there is one mail; stored in the clear, so never an address or a token.</param>
/// <param name="UserId">Whom it concerns; null when there is no such account.</param>
/// <param name="RecipientName">Left out where the address is not proven: strangers could have their words sent by us.</param>
/// <param name="Values">What the text of this <see cref="MailKind"/> needs.</param>
public sealed record Mail(
    MailKind Kind, string DedupeKey, int? UserId, string Recipient, string RecipientName, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>A record prints its members by itself; these hold addresses and tokens.</summary>
    public override string ToString() => $"{Kind} {DedupeKey}";
}
