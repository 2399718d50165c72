using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Consents;

/// <summary>What the records of one person, oldest first, come to.</summary>
internal static class ConsentRecords
{
    public static Task<List<Consent>> RecordsOfAsync(this IQueryable<Consent> consents, int userId, CancellationToken cancellationToken) =>
        consents.AsNoTracking().Where(consent => consent.UserId == userId).OrderBy(consent => consent.Id).ToListAsync(cancellationToken);

    public static ConsentState StateOf(this IReadOnlyList<Consent> records, string versionInForce)
    {
        var standing = records.Where(record => record.WithdrawnAt is null).ToList();
        return standing switch
        {
            [] => records.Count == 0 ? ConsentState.None : ConsentState.Withdrawn,
            _ when standing.Exists(record => record.Version == versionInForce && record.Way != ConsentWay.Attestation) => ConsentState.Given,
            _ when standing.Exists(record => record.Version == versionInForce) => ConsentState.Attested,
            _ => ConsentState.Outdated,
        };
    }
}
