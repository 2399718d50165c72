using FaceId.Application.Faces;
using FaceId.Domain.Faces;

namespace FaceId.Infrastructure.Search;

/// <summary>
/// One search in both indexes. What they find is looked up in the database, which alone says who is there: whoever is not, or does not count,
/// is passed over, and the search goes further. Of faces that have only dlib's vector the stored numbers decide.
/// </summary>
internal sealed class GallerySearch(GalleryContents contents, GalleryReader reader, ITemplateVault vault, UnreadableFaces unreadable)
{
    /// <summary>Looked for beyond the limit at first, for those who are passed over.</summary>
    private const int Spare = 4;

    private const int Growth = 4;

    /// <summary>From how many faces on a search is worth several threads.</summary>
    private const int Many = 500_000;

    public async Task<IReadOnlyList<IReadOnlyList<GalleryMatch>>> RunAsync(
        IReadOnlyList<FaceOpinions> faces, GalleryQuery query, CancellationToken cancellationToken)
    {
        if (faces.Count == 0)
            return [];
        var probes = faces.Select(face => new Probe(face)).ToList();
        for (var take = query.Limit + Spare; ; take = take > int.MaxValue / Growth ? int.MaxValue : take * Growth)
        {
            var enough = await RunAsync(probes, query, take, cancellationToken);
            if (enough)
                return [.. probes.Select(probe => probe.Best(query))];
        }
    }

    private async Task<bool> RunAsync(List<Probe> probes, GalleryQuery query, int take, CancellationToken cancellationToken)
    {
        SearchIndexes(probes, query.Reach, take, cancellationToken);
        int[] faces = [.. probes.SelectMany(probe => probe.Fused).Select(match => match.FaceId).Distinct()];
        int[] users = [.. probes.SelectMany(probe => probe.Dlib).Select(match => match.UserId).Distinct()];
        if (faces.Length + users.Length == 0)
            return true;

        var known = (await reader.FindAsync(faces, users, cancellationToken))
            .Where(face => face.UserId != query.Except && (face.IsActive || query.Inactive)).ToLookup(face => face.Encoding is null);
        var byFace = known[true].ToDictionary(face => face.FaceId);
        var byUser = known[false].Select(Open).OfType<Opened>().ToLookup(face => face.Known.UserId);
        var enough = true;
        foreach (var probe in probes)
        {
            probe.Matches.Clear();
            probe.AddFused(byFace);
            enough &= probe.Fused.Length < take || probe.Matches.Count >= query.Limit;
            enough &= probe.AddDlib(byUser, query, take, contents.DlibError);
        }

        return enough;
    }

    private void SearchIndexes(List<Probe> probes, GalleryReach reach, int take, CancellationToken cancellationToken)
    {
        var fused = probes.Where(probe => probe.Template is not null).ToList();
        if (fused.Count > 0 && contents.Fused.Count > 0)
        {
            var found = contents.Fused.SearchBatch(
                [.. fused.Select(probe => probe.Template!)], take, DlibSteps.SquareBelow(reach.Fused), Threads(contents.Fused), cancellationToken);
            for (var i = 0; i < fused.Count; i++)
                fused[i].Fused = found[i];
        }

        if (contents.Dlib.Count > 0)
        {
            // All reach as far as the one whose rounding changed most.
            var further = reach.Dlib + probes.Max(probe => probe.Error) + contents.DlibError;
            var found = contents.Dlib.SearchBatch(
                [.. probes.Select(probe => probe.Steps)], take, DlibSteps.SquareAbove(further), Threads(contents.Dlib), cancellationToken);
            for (var i = 0; i < probes.Count; i++)
                probes[i].Dlib = found[i];
        }
    }

    private Opened? Open(KnownFace face)
    {
        try
        {
            return new Opened(face, vault.OpenEncoding(face.Encoding, FaceModels.Dlib, face.UserId));
        }
        catch (TemplateUnreadableException exception)
        {
            unreadable.Tell(face.FaceId, exception.Message);
            return null;
        }
    }

    private static int Threads(FaceIndex index) => index.Count < Many ? 1 : Environment.ProcessorCount;

    private sealed record Opened(KnownFace Known, FaceVector Vector);

    /// <summary>One face that is looked for, and what was found so far.</summary>
    private sealed class Probe
    {
        private readonly FaceVector _dlib;

        public Probe(FaceOpinions face)
        {
            _dlib = face.Dlib;
            Template = face.Template?.InSteps.ToArray();
            Error = DlibSteps.Round(face.Dlib.Values.Span, Steps);
        }

        public sbyte[]? Template { get; }

        /// <summary>dlib's vector.</summary>
        public sbyte[] Steps { get; } = new sbyte[FaceModels.DlibLength];

        public double Error { get; }

        public FaceMatch[] Fused { get; set; } = [];

        public FaceMatch[] Dlib { get; set; } = [];

        /// <summary>A person found by faces of both kinds is here twice.</summary>
        public List<GalleryMatch> Matches { get; } = [];

        public void AddFused(Dictionary<int, KnownFace> known)
        {
            foreach (var match in Fused)
            {
                if (known.TryGetValue(match.FaceId, out var face) && face.UserId == match.UserId)
                    Matches.Add(new GalleryMatch(face.FaceId, face.UserId, face.Name, new FaceDistance(match.Distance, FaceModels.Fused)));
            }
        }

        /// <returns>Whether nobody can be nearer who was not looked at.</returns>
        public bool AddDlib(ILookup<int, Opened> known, GalleryQuery query, int take, double error)
        {
            var nearest = Dlib.SelectMany(match => known[match.UserId]
                    .Select(face => new GalleryMatch(face.Known.FaceId, match.UserId, face.Known.Name, new FaceDistance(_dlib.DistanceTo(face.Vector), FaceModels.Dlib)))
                    .OrderBy(match => match.Distance.Value).Take(1))
                .Where(match => match.Distance.Value < query.Reach.Dlib)
                .ToList();
            Matches.AddRange(nearest);
            if (Dlib.Length < take)
                return true;

            // Who was not taken is at least so far away.
            var bound = Dlib[^1].Distance - Error - error;
            return bound >= query.Reach.Dlib || nearest.Count(match => match.Distance.Value <= bound) >= query.Limit;
        }

        public IReadOnlyList<GalleryMatch> Best(GalleryQuery query) =>
        [
            .. Matches.OrderBy(match => query.Reach.Share(match.Distance)).ThenBy(match => match.FaceId).DistinctBy(match => match.UserId).Take(query.Limit),
        ];
    }
}
