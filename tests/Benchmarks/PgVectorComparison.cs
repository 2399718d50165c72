using System.Diagnostics;
using System.Globalization;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Postgres;
using FaceId.Infrastructure.Recognition;
using FaceId.Infrastructure.Search;
using FaceId.Infrastructure.Search.PgVector;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FaceId.Benchmarks;

/// <summary>The engine of pgvector beside the exact one, over the same faces: <c>pgvector FOLDER PGLITE SIZES EFS</c>.</summary>
/// <remarks>FOLDER gets a private cluster; where PostgreSQL has no pgvector, PGLITE is started with Node.js instead.</remarks>
internal static class PgVectorComparison
{
    private const int Seed = 20261201;
    private const int Probes = 1000;
    private const int Enrolments = 1000;
    private const int RowsAtOnce = 5000;
    private const double Reach = 0.467;

    /// <summary>As far as there are faces.</summary>
    private static readonly GalleryReach Anywhere = new(4, 4);

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var folder, var pglite, var sizes, var efs])
        {
            await Console.Error.WriteLineAsync("pgvector FOLDER PGLITE SIZES EFS");
            return 2;
        }

        var settings = new FaceIdSettings { DataFolder = folder, ModelsFolder = "unused" };
        using var vault = new TemplateVault(MasterKeys.LoadOrCreate(settings));
        var database = await OpenAsync(settings);
        using var node = await HasPgVectorAsync(database) ? null : Process.Start(new ProcessStartInfo("node", [pglite]) { RedirectStandardInput = true, RedirectStandardOutput = true });
        if (node is not null)
        {
            await database.DisposeAsync();
            var port = await node.StandardOutput.ReadLineAsync();
            database = await OpenAsync(settings with { DatabaseUrl = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;No Reset On Close=true;Max Auto Prepare=0;SSL Mode=Disable" });
        }

        await using (database)
        {
            await database.WithSchemaAsync(schema => schema.MigrateAsync(CancellationToken.None));
            Console.WriteLine($"{(node is null ? "" : "PGlite, WebAssembly in Node.js: ")}{await ScalarAsync<string>(database.DataSource, "SELECT version()")}, pgvector {await VersionAsync(database)}.");
            Console.WriteLine($"Times in ms: median (95th percentile) of {Probes} searches within {Reach} for one person, the look into the database included. Recall: the nearest of all faces was found.");
            Console.WriteLine();
            Console.WriteLine("| faces | ef_search | recall@1, another photo | recall@1, stranger | pgvector, another photo | stranger | exact, another photo | stranger |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|");
            var built = new List<string>();
            foreach (var size in sizes.Split(','))
                built.Add(await CompareAsync(database, vault, int.Parse(size, CultureInfo.InvariantCulture), [.. efs.Split(',').Select(ef => int.Parse(ef, CultureInfo.InvariantCulture))]));
            Console.WriteLine();
            Console.WriteLine("| faces | filled in, s | indexed, s | table, MiB | index, MiB | bytes a face | one more face, ms |");
            Console.WriteLine("|---|---|---|---|---|---|---|");
            built.ForEach(Console.WriteLine);
        }

        node?.StandardInput.Close();
        return 0;
    }

    /// <returns>A row of what it takes to have the table.</returns>
    private static async Task<string> CompareAsync(Database database, TemplateVault vault, int size, int[] efs)
    {
        var source = database.DataSource;
        var (options, unreadable) = (new GalleryOptions(int.MaxValue), new UnreadableFaces(TimeProvider.System, NullLogger<UnreadableFaces>.Instance));
        var gallery = SearchGallery.Measured(Seed);
        var contents = new GalleryContents(vault, unreadable, options);
        await ExecuteAsync(source, "TRUNCATE users, face_changes CASCADE");
        await ExecuteAsync(source, "DROP TABLE IF EXISTS face_vectors, face_vectors_state");
        var enrolled = new List<FaceOpinions>();
        for (var there = 0; there < size; there += RowsAtOnce)
        {
            var people = Enumerable.Range(0, Math.Min(RowsAtOnce, size - there)).Select(_ => gallery.Person()).ToList();
            foreach (var face in await AddAsync(source, vault, [.. people.Select(person => Photo(gallery, person))]))
                contents.Put(face);
            enrolled.AddRange(people.Where((_, i) => (there + i) % Math.Max(1, size / Probes) == 0).Select(person => Photo(gallery, person)));
        }

        var strangers = Enumerable.Range(0, Probes).Select(_ => Photo(gallery, gallery.Person())).ToList();
        enrolled = [.. enrolled.Take(Probes)];
        await ExecuteAsync(source, "ANALYZE users");
        await ExecuteAsync(source, "ANALYZE faces");

        var exact = new GallerySearch(contents, new GalleryReader(source, options), vault, unreadable);
        var (exactEnrolled, exactStrangers) = (await TimesAsync(enrolled, One(exact, Reach)), await TimesAsync(strangers, One(exact, Reach)));
        var (nearestEnrolled, nearestStrangers) = (await FacesAsync(enrolled, One(exact)), await FacesAsync(strangers, One(exact)));
        var row = "";
        foreach (var ef in efs)
        {
            var engine = new PgVectorEngine(
                Task.FromResult(database), source, vault, unreadable, options, new SearchOptions(SearchOptions.PgVector, ef), TimeProvider.System, NullLogger<PgVectorEngine>.Instance);
            await engine.PrepareAsync(CancellationToken.None);
            var watch = Stopwatch.StartNew();
            TimeSpan? filled = null;
            var loaded = await engine.LoadAsync(share => filled = share == 1 ? filled ?? watch.Elapsed : null, CancellationToken.None);
            var whole = watch.Elapsed;
            if (row.Length == 0)
                row = await SizeAsync(source, size, filled ?? whole, whole);
            var search = One(loaded);
            var (mine, theirs) = (await FacesAsync(enrolled, search), await FacesAsync(strangers, search));
            var near = One(loaded, Reach);
            var (enrolledTimes, strangerTimes) = (await TimesAsync(enrolled, near), await TimesAsync(strangers, near));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {size:n0} | {ef} | {Share(mine, nearestEnrolled)} | {Share(theirs, nearestStrangers)} | {Of(enrolledTimes)} | {Of(strangerTimes)} | {Of(exactEnrolled)} | {Of(exactStrangers)} |"));
            if (ef == efs[^1])
            {
                await AddAsync(source, vault, [.. Enumerable.Range(0, Enrolments).Select(_ => Photo(gallery, gallery.Person()))]);
                var began = Stopwatch.GetTimestamp();
                await loaded.FollowAsync(CancellationToken.None);
                row += string.Create(CultureInfo.InvariantCulture, $" {Stopwatch.GetElapsedTime(began).TotalMilliseconds / Enrolments:0.0} |");
            }

            await engine.CloseAsync();
        }

        return row;
    }

    private static async Task<string> SizeAsync(NpgsqlDataSource database, int size, TimeSpan filled, TimeSpan whole)
    {
        var table = await ScalarAsync<long>(database, "SELECT pg_table_size('face_vectors')");
        var index = await ScalarAsync<long>(database, "SELECT pg_relation_size('face_vectors_fused')");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {size:n0} | {filled.TotalSeconds:0.0} | {(whole - filled).TotalSeconds:0.0} | {table / 1048576.0:0} | {index / 1048576.0:0} | {(double)(table + index) / size:0} |");
    }

    private static Func<FaceOpinions, Task<IReadOnlyList<GalleryMatch>>> One(GallerySearch exact, double? reach = null) =>
        async face => (await exact.RunAsync([face], Query(reach), CancellationToken.None))[0];

    private static Func<FaceOpinions, Task<IReadOnlyList<GalleryMatch>>> One(IGalleryFaces faces, double? reach = null) =>
        async face => (await faces.SearchAsync([face], Query(reach), CancellationToken.None))![0];

    private static GalleryQuery Query(double? reach) => new(1, reach is { } distance ? new GalleryReach(distance, distance) : Anywhere);

    private static async Task<double[]> TimesAsync(List<FaceOpinions> probes, Func<FaceOpinions, Task<IReadOnlyList<GalleryMatch>>> search)
    {
        foreach (var probe in probes.Take(50))
            await search(probe);
        var times = new double[probes.Count];
        for (var i = 0; i < times.Length; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await search(probes[i]);
            times[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        return times;
    }

    private static async Task<int[]> FacesAsync(List<FaceOpinions> probes, Func<FaceOpinions, Task<IReadOnlyList<GalleryMatch>>> search)
    {
        var faces = new int[probes.Count];
        for (var i = 0; i < faces.Length; i++)
            faces[i] = (await search(probes[i])).Single().FaceId;
        return faces;
    }

    private static string Share(int[] found, int[] expected) => (found.Zip(expected).Count(pair => pair.First == pair.Second) / (double)found.Length).ToString("0.000", CultureInfo.InvariantCulture);

    private static string Of(double[] times) => string.Create(CultureInfo.InvariantCulture, $"{times.Quantile(0.5):0.00} ({times.Quantile(0.95):0.00})");

    /// <summary>Adds a person for each face, sealed as an enrolment seals it.</summary>
    private static async Task<IEnumerable<GalleryRow>> AddAsync(NpgsqlDataSource database, TemplateVault vault, FaceOpinions[] faces)
    {
        var users = await ScalarAsync<int[]>(
            database,
            """
            WITH added AS (INSERT INTO users (email, name, hashed_password, is_verified)
                SELECT format('%s@gallery.example', gen_random_uuid()), 'Nobody', '', true FROM generate_series(1, $1) RETURNING id)
            SELECT array_agg(id ORDER BY id) FROM added
            """,
            faces.Length);
        var stored = vault.Seal([.. faces.Zip(users, (face, user) => (face, user))], CancellationToken.None);
        var ids = await ScalarAsync<int[]>(
            database,
            """
            WITH added AS (INSERT INTO faces (user_id, encoding, model, template, template_model)
                SELECT user_id, encoding, $4, template, $5 FROM unnest($1::integer[], $2::bytea[], $3::bytea[]) AS _ (user_id, encoding, template) RETURNING id)
            SELECT array_agg(id ORDER BY id) FROM added
            """,
            users, stored.Select(face => face.Encoding).ToArray(), stored.Select(face => face.Template!.Sealed).ToArray(), FaceModels.Dlib, FaceModels.Fused);
        return ids.Select((id, i) => new GalleryRow(id, users[i], FaceModels.Dlib, null, stored[i].Template!.Sealed));
    }

    // What the search compares is the template; dlib's numbers are only there.
    private static FaceOpinions Photo(SearchGallery gallery, double[] person)
    {
        var steps = new sbyte[FaceTemplate.Length];
        gallery.Photo(person, steps);
        return new FaceOpinions(new FaceVector(FaceModels.Dlib, Array.ConvertAll(steps, step => step / (float)FaceTemplate.Steps)), null, new FaceTemplate(steps));
    }

    private static Task<Database> OpenAsync(FaceIdSettings settings) =>
        Database.OpenAsync(settings, EmbeddedPostgresUse.Command, NullLoggerFactory.Instance, CancellationToken.None);

    private static Task<bool> HasPgVectorAsync(Database database) =>
        ScalarAsync<bool>(database.DataSource, "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')");

    private static Task<string> VersionAsync(Database database) => ScalarAsync<string>(database.DataSource, "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'");

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource database, string sql, params object[] values)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
