using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using Npgsql;

namespace FaceId.Infrastructure.Search.PgVector;

/// <summary>
/// One search: pgvector's graph proposes the nearest faces, which may not be quite the nearest. Of the people they belong to all faces are opened as they are stored
/// now, and these decide: a person who is proposed has the exact distance, and somebody who is gone, or does not count, is passed over.
/// </summary>
internal sealed class PgVectorSearch(NpgsqlDataSource database, ITemplateVault vault, UnreadableFaces unreadable, GalleryOptions gallery, SearchOptions options)
{
    /// <summary>Looked for beyond the limit at first, for those who are passed over.</summary>
    private const int Spare = 4;

    private const int Growth = 4;

    /// <summary>More than half-precision numbers change a distance of vectors that photos give.</summary>
    private const double Rounding = 0.005;

    private readonly string _faces = $"SELECT {GalleryRow.Columns(gallery.Templates)}, u.name, u.is_active FROM faces f JOIN users u ON u.id = f.user_id WHERE f.user_id = ANY ($1)";

    /// <param name="generation">Of the table that is searched.</param>
    /// <returns>Null when the table is another one by now.</returns>
    public async Task<IReadOnlyList<IReadOnlyList<GalleryMatch>>?> RunAsync(
        long generation, IReadOnlyList<FaceOpinions> faces, GalleryQuery query, CancellationToken cancellationToken)
    {
        var probes = faces.Select(face => new Probe(face)).ToList();
        for (var take = query.Limit + Spare; probes.Count > 0; take = take > int.MaxValue / Growth ? int.MaxValue : take * Growth)
        {
            if (!await ProposeAsync(probes, generation, take, cancellationToken))
                return null;
            int[] users = [.. probes.SelectMany(probe => probe.Proposed).Select(proposal => proposal.UserId).Distinct()];
            var known = users.Length == 0 ? [] : await OpenAsync(users, query, cancellationToken);
            var enough = true;
            foreach (var probe in probes)
                enough &= probe.Compare(known, query, take);
            if (enough)
                break;
        }

        return [.. probes.Select(probe => probe.Best(query))];
    }

    private async Task<bool> ProposeAsync(List<Probe> probes, long generation, int take, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);

        // One transaction: whoever empties the table waits for it, and says so in the state.
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT set_config('hnsw.ef_search', '{options.EfSearch}', true), set_config('hnsw.iterative_scan', 'relaxed_order', true)"));
        foreach (var probe in probes)
        {
            if (probe.Template is not null)
                batch.BatchCommands.Add(Nearest(fused: true, probe.Template, take));
            batch.BatchCommands.Add(Nearest(fused: false, probe.Dlib, take));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT generation FROM face_vectors_state WHERE filled_to IS NULL"));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        foreach (var probe in probes)
        {
            probe.Fused = probe.Template is null ? [] : await ReadAsync(reader, cancellationToken);
            probe.OfDlib = await ReadAsync(reader, cancellationToken);
        }

        await reader.NextResultAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && reader.GetInt64(0) == generation;
    }

    // The limit is no parameter: once the statement is prepared, PostgreSQL would have to guess it, and might read the whole table.
    private static NpgsqlBatchCommand Nearest(bool fused, float[] numbers, int take) => new(
        $"""
        SELECT user_id, numbers <-> $1::real[]::halfvec({FaceTemplate.Length}) FROM face_vectors
        WHERE {(fused ? "fused" : "NOT fused")} AND numbers IS NOT NULL ORDER BY numbers <-> $1::real[]::halfvec({FaceTemplate.Length}) LIMIT {take}
        """)
    {
        Parameters = { new NpgsqlParameter<float[]> { TypedValue = numbers } },
    };

    private static async Task<Proposal[]> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken);
        var found = new List<Proposal>();
        while (await reader.ReadAsync(cancellationToken))
            found.Add(new Proposal(reader.GetInt32(0), reader.GetDouble(1)));
        return [.. found];
    }

    /// <summary>All faces of these people, as far as they count.</summary>
    private async Task<List<Opened>> OpenAsync(int[] users, GalleryQuery query, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(_faces);
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = users });
        var opened = new List<Opened>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = GalleryRow.Read(reader, 0);
            if (row.UserId == query.Except || !(reader.GetBoolean(6) || query.Inactive))
                continue;
            if (Open(row, reader.GetString(5)) is { } face)
                opened.Add(face);
        }

        return opened;
    }

    private Opened? Open(GalleryRow row, string name)
    {
        try
        {
            Span<sbyte> steps = stackalloc sbyte[FaceTemplate.Length];
            return row.Template is { } template
                ? new Opened(row.FaceId, row.UserId, name, vault.OpenTemplate(template, row.UserId), null)
                : new Opened(row.FaceId, row.UserId, name, null, row.OpenDlib(vault, steps).Vector);
        }
        catch (TemplateUnreadableException exception)
        {
            unreadable.Tell(row.FaceId, exception.Message);
            return null;
        }
    }

    private readonly record struct Proposal(int UserId, double Distance);

    /// <summary>A face has either.</summary>
    private sealed record Opened(int FaceId, int UserId, string Name, FaceTemplate? Template, FaceVector? Dlib)
    {
        public FaceDistance? DistanceTo(FaceOpinions probe) => this switch
        {
            { Template: { } mine } => probe.Template is { } theirs ? new FaceDistance(theirs.DistanceTo(mine), FaceModels.Fused) : null,
            _ => new FaceDistance(probe.Dlib.DistanceTo(Dlib!), FaceModels.Dlib),
        };
    }

    /// <summary>One face that is looked for, and what was found so far.</summary>
    private sealed class Probe(FaceOpinions face)
    {
        private List<GalleryMatch> _matches = [];

        public float[]? Template { get; } = face.Template?.ToNumbers();

        public float[] Dlib { get; } = face.Dlib.Values.ToArray();

        public Proposal[] Fused { get; set; } = [];

        public Proposal[] OfDlib { get; set; } = [];

        public IEnumerable<Proposal> Proposed => Fused.Concat(OfDlib);

        /// <returns>Whether to look further would propose nobody who is nearer.</returns>
        public bool Compare(List<Opened> known, GalleryQuery query, int take)
        {
            _matches = [.. known
                .Select(opened => (Face: opened, Distance: opened.DistanceTo(face)))
                .Where(pair => pair.Distance is { } distance && distance.Value < query.Reach.Of(distance.Model))
                .Select(pair => new GalleryMatch(pair.Face.FaceId, pair.Face.UserId, pair.Face.Name, pair.Distance!.Value))];
            return IsEnough(Fused, FaceModels.Fused) && IsEnough(OfDlib, FaceModels.Dlib);

            bool IsEnough(Proposal[] proposed, string model)
            {
                if (proposed.Length < take)
                    return true;
                var bound = proposed[^1].Distance - Rounding;
                return bound >= query.Reach.Of(model)
                    || _matches.Where(match => match.Distance.Model == model && match.Distance.Value <= bound).Select(match => match.UserId).Distinct().Take(query.Limit).Count() >= query.Limit;
            }
        }

        public IReadOnlyList<GalleryMatch> Best(GalleryQuery query) =>
        [
            .. _matches.OrderBy(match => query.Reach.Share(match.Distance)).ThenBy(match => match.FaceId).DistinctBy(match => match.UserId).Take(query.Limit),
        ];
    }
}
