namespace FaceId.Infrastructure.Search;

/// <summary>A person whose face is near to the one looked for, by the nearest of that person's templates.</summary>
/// <param name="SquaredDistance">In units of 1/65536.</param>
internal readonly record struct FaceMatch(int FaceId, int UserId, int SquaredDistance)
{
    /// <summary>The Euclidean distance of the two templates.</summary>
    public double Distance => Math.Sqrt(SquaredDistance) / FaceIndex.Unit;
}
